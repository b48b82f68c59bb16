"""Alembic's entry for reporting."""

from services.reporting.tables import metadata
from shared.migration import run

run(metadata)
