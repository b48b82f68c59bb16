"""Alembic's entry for roster."""

from services.roster.tables import metadata
from shared.migration import run

run(metadata)
