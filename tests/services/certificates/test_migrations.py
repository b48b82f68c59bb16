"""What a migration makes of certificates that were issued before it."""

from __future__ import annotations

import asyncio

import asyncpg

from shared import migration
from tests.support.databases import Databases
from tests.support.states import PROVINCE, number

BEFORE = "20261125_0400"
HELD = """
    INSERT INTO candidate (province_id, enrolment_id, recognition) VALUES ($1, $2, '{"audience": "managers"}')
"""
ISSUED = """
    INSERT INTO certificate (province_id, id, enrolment_id, list_id, person_id, class_id, unit_path, issuer_code,
                             register_year, register_number, number, printed, token, issued_at, recorded_at)
    VALUES (CAST($1 AS uuid), $2, $3, $2, $2, $2, ARRAY[CAST($1 AS uuid)], 'HV', 2021, 1, '1', '{}', 't', now(), now())
"""


async def test_a_certificate_of_before_is_given_the_audience_of_its_holders_course(databases: Databases) -> None:
    url = databases.empty("certificates", "migrations")["owner"]
    await asyncio.to_thread(migration.upgrade, "certificates", url, BEFORE)
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(HELD, PROVINCE, number(1))
        await connection.execute(ISSUED, PROVINCE, number(2), number(1))
        await asyncio.to_thread(migration.upgrade, "certificates", url)
        assert await connection.fetchval("SELECT audience FROM certificate") == "managers"
    finally:
        await connection.close()
