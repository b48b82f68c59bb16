"""Persons and their accounts: written in batches, read with their posts for imports, and whole for events."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.roster.domain.matching import Draft, keys_of
from services.roster.domain.names import search_key
from services.roster.domain.sheet_rows import Row
from shared.events.envelope import Step
from shared.events.roster import Account, Person

_ALONE = sa.text("SELECT pg_advisory_xact_lock(hashtextextended('roster people ' || :province_id, 0))")

# LIMIT keeps each look-up an index scan; right after a first import the planner thinks the tables empty (2 s, not 0.1).
_MEANT = sa.text("""
    WITH meant AS (
        SELECT p.person_id FROM unnest(CAST(:identities AS text[])) AS u (identity_number)
        CROSS JOIN LATERAL (SELECT person_id FROM person p WHERE p.province_id = :province_id
                              AND p.identity_number = u.identity_number LIMIT 1) p
        UNION
        SELECT a.person_id FROM unnest(CAST(:accounts AS text[])) AS u (account)
        CROSS JOIN LATERAL (SELECT person_id FROM account a WHERE a.province_id = :province_id
                              AND a.account = u.account LIMIT 1) a
        UNION
        SELECT p.person_id FROM unnest(CAST(:keys AS text[]), CAST(:births AS date[])) AS u (search_key, birth_date)
        CROSS JOIN LATERAL (SELECT person_id FROM person p WHERE p.province_id = :province_id
                              AND p.search_key = u.search_key AND p.birth_date = u.birth_date LIMIT 100) p
    )
    SELECT p.person_id, p.name, p.search_key, p.birth_date, p.identity_number, p.phone
    FROM meant CROSS JOIN LATERAL (SELECT * FROM person p WHERE p.province_id = :province_id
                                     AND p.person_id = meant.person_id LIMIT 1) p
    WHERE p.merged_into IS NULL AND p.erased_at IS NULL
""")

_ACCOUNTS = sa.text("""
    SELECT person_id, account, since, until FROM account
    WHERE province_id = :province_id AND person_id = ANY(:ids) ORDER BY since, account
""")

_EMPLOYMENTS = sa.text("""
    SELECT person_id, unit_id, position FROM employment
    WHERE province_id = :province_id AND person_id = ANY(:ids) AND valid_to IS NULL
""")

_ASSIGNMENTS = sa.text("""
    SELECT person_id, level, subject_key, subject, kind, unit_id FROM assignment
    WHERE province_id = :province_id AND person_id = ANY(:ids)
""")

_PUT = sa.text("""
    INSERT INTO person (province_id, person_id, name, search_key, sort_key, birth_date, identity_number, phone, steps)
    SELECT :province_id, u.* FROM unnest(
        CAST(:ids AS uuid[]), CAST(:names AS text[]), CAST(:search_keys AS text[]), CAST(:sort_keys AS text[]),
        CAST(:births AS date[]), CAST(:identities AS text[]), CAST(:phones AS text[]), CAST(:steps AS jsonb[])
    ) AS u
    ON CONFLICT (province_id, person_id) DO UPDATE SET
        name = excluded.name, search_key = excluded.search_key, sort_key = excluded.sort_key,
        birth_date = excluded.birth_date, identity_number = excluded.identity_number, phone = excluded.phone,
        steps = person.steps || excluded.steps
""")

_PUT_ACCOUNTS = sa.text("""
    INSERT INTO account (province_id, account, person_id, since)
    SELECT :province_id, u.account, u.person_id, :since
    FROM unnest(CAST(:accounts AS text[]), CAST(:ids AS uuid[])) AS u (account, person_id)
""")

_STATES = sa.text("""
    SELECT person_id, name, sort_key, birth_date, merged_into, erased_at, steps FROM person
    WHERE province_id = :province_id AND person_id = ANY(:ids)
""")

_HOLDERS = sa.text(
    "SELECT account, person_id FROM account WHERE province_id = :province_id AND account = ANY(:accounts)"
)


async def alone(connection: AsyncConnection, province_id: UUID) -> None:
    """One at a time among those who look for persons and make the missing ones; held to the transaction's end."""
    await connection.execute(_ALONE, {"province_id": str(province_id)})


async def meant(connection: AsyncConnection, province_id: UUID, rows: Iterable[Row]) -> list[Draft]:
    """Every person whom some row may mean, by identity number, account, or name with birth date."""
    rows = list(rows)
    named = {(search_key(row.name), row.birth_date) for row in rows if row.birth_date is not None}
    found = await connection.execute(
        _MEANT,
        {
            "province_id": province_id,
            "identities": [row.identity_number for row in rows if row.identity_number],
            "accounts": [a for row in rows for a in (row.account, row.other_account) if a],
            "keys": [key for key, _ in named],
            "births": [birth for _, birth in named],
        },
    )
    drafts = {
        p.person_id: Draft(p.person_id, p.name, p.search_key, p.birth_date, p.identity_number, p.phone) for p in found
    }
    await _furnish(connection, province_id, drafts)
    return list(drafts.values())


async def _furnish(connection: AsyncConnection, province_id: UUID, drafts: Mapping[UUID, Draft]) -> None:
    if not drafts:
        return
    which = {"province_id": province_id, "ids": list(drafts)}
    for row in await connection.execute(_ACCOUNTS, which):
        drafts[row.person_id].accounts.add(row.account)
    for row in await connection.execute(_EMPLOYMENTS, which):
        drafts[row.person_id].employments[row.unit_id] = row.position
    for row in await connection.execute(_ASSIGNMENTS, which):
        drafts[row.person_id].assignments[row.level, row.subject_key] = (row.subject, row.kind, row.unit_id)


async def put(
    connection: AsyncConnection, province_id: UUID, drafts: Sequence[Draft], step: Mapping[UUID, Step]
) -> None:
    """Stores persons new and changed; each gets its step."""
    if not drafts:
        return
    keys = [keys_of(draft) for draft in drafts]
    await connection.execute(
        _PUT,
        {
            "province_id": province_id,
            "ids": [d.person_id for d in drafts],
            "names": [d.name for d in drafts],
            "search_keys": [search for search, _ in keys],
            "sort_keys": [sort for _, sort in keys],
            "births": [d.birth_date for d in drafts],
            "identities": [d.identity_number for d in drafts],
            "phones": [d.phone for d in drafts],
            "steps": [msgspec.json.encode([step[d.person_id]]).decode() for d in drafts],
        },
    )


async def put_accounts(
    connection: AsyncConnection, province_id: UUID, accounts: Mapping[str, UUID], since: datetime
) -> None:
    """Adds accounts that nobody has."""
    if accounts:
        arrays = {"accounts": list(accounts), "ids": list(accounts.values())}
        await connection.execute(_PUT_ACCOUNTS, {"province_id": province_id, "since": since, **arrays})


async def holders(connection: AsyncConnection, province_id: UUID, accounts: Iterable[str]) -> dict[str, UUID]:
    """account -> person, for those there are."""
    rows = await connection.execute(_HOLDERS, {"province_id": province_id, "accounts": sorted(set(accounts))})
    return {row.account: row.person_id for row in rows}


async def accounts_of(connection: AsyncConnection, province_id: UUID, ids: Iterable[UUID]) -> dict[UUID, list[Account]]:
    """Every account of each person, oldest first."""
    found: dict[UUID, list[Account]] = {}
    for row in await connection.execute(_ACCOUNTS, {"province_id": province_id, "ids": list(ids)}):
        found.setdefault(row.person_id, []).append(Account(account=row.account, since=row.since, until=row.until))
    return found


async def states(connection: AsyncConnection, province_id: UUID, ids: Sequence[UUID]) -> list[Person]:
    """The whole state of persons, as their events carry it."""
    accounts = await accounts_of(connection, province_id, ids)
    rows = await connection.execute(_STATES, {"province_id": province_id, "ids": list(ids)})
    return [
        Person(
            province_id=province_id,
            person_id=row.person_id,
            name=row.name,
            sort_key=row.sort_key,
            birth_date=row.birth_date,
            accounts=accounts.get(row.person_id, []),
            merged_into=row.merged_into,
            erased=row.erased_at is not None,
            steps=msgspec.convert(row.steps, type=list[Step]),
        )
        for row in rows
    ]
