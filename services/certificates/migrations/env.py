"""Alembic's entry for certificates."""

from services.certificates.tables import metadata
from shared.migration import run

run(metadata)
