"""Reading the register: a page within reach, one certificate, a year, and who waits for a paper."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from services.certificates.store import candidates, certificates
from services.certificates.store.certificates import Asked
from services.certificates.store.certificates import Row as Row
from services.certificates.use_cases.changes import NoSuchCertificateError
from services.certificates.use_cases.changes import Reaches as Reaches
from shared.database import transaction
from shared.identity import Reach


async def page(
    engine: AsyncEngine,
    province_id: UUID,
    reach: Reach,
    *,
    unit: UUID | None,
    class_id: UUID | None,
    status: str | None,
    after: UUID | None,
    limit: int,
) -> tuple[list[Row], int]:
    """Certificates in the order of their ids, and how many there are in all."""
    asked = Asked(reach, unit, class_id, status, after, limit)
    async with transaction(engine, province_id) as connection:
        return await certificates.listed(connection, province_id, asked)


async def due(
    engine: AsyncEngine, province_id: UUID, *, after: UUID | None, limit: int
) -> tuple[list[dict[str, object]], int]:
    """Who has passed and cannot be given a paper as things are, and how many they are in all."""
    async with transaction(engine, province_id) as connection:
        return await candidates.stuck(connection, province_id, after, limit)


async def one(engine: AsyncEngine, province_id: UUID, certificate_id: UUID, reaches: Reaches) -> Row:
    """One certificate. Raises NoSuchCertificateError where it is out of reach."""
    async with transaction(engine, province_id) as connection:
        row = await certificates.one(connection, province_id, certificate_id)
    if row is None or not reaches(row):
        raise NoSuchCertificateError
    return row


async def year(engine: AsyncEngine, province_id: UUID, of: int) -> list[Row]:
    """Every number that was given in a year, void ones too."""
    async with transaction(engine, province_id) as connection:
        return await certificates.register(connection, province_id, of)
