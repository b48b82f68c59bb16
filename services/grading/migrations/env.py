"""Alembic's entry for grading."""

from services.grading.tables import metadata
from shared.migration import run

run(metadata)
