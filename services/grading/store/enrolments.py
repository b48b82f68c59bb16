"""Grading's row per enrolment: what roster said of it, what certificates said, and the result."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.events.roster import Enrolment

Key = tuple[UUID, UUID]
"""(province_id, enrolment_id)"""


@dataclass(frozen=True)
class Evidenced:
    """One kept event as an assessment reads it."""

    event_id: str
    type: str
    at: datetime
    learner: str
    facts: str


@dataclass(frozen=True)
class Kept:
    """An enrolment as grading keeps it; `state` is roster's JSON and null while only a certificate was heard of."""

    province_id: UUID
    enrolment_id: UUID
    state: bytes | None
    certified_at: datetime | None
    status: str | None
    result: bytes | None


@dataclass(frozen=True, slots=True)
class Written:
    """A result as it is kept: its JSON, and beside it for lists its status and the papers that wait for a mark."""

    key: Key
    status: str
    result: bytes
    unmarked: str | None


_LOCK = sa.text("""
    SELECT 1 FROM enrolment
    WHERE province_id = ANY(:provinces) AND enrolment_id = ANY(:ids) ORDER BY enrolment_id FOR NO KEY UPDATE
""")
_MAKE = sa.text("""
    INSERT INTO enrolment (province_id, enrolment_id)
    SELECT * FROM unnest(CAST(:provinces AS uuid[]), CAST(:ids AS uuid[])) AS u (province_id, enrolment_id)
    ORDER BY enrolment_id ON CONFLICT DO NOTHING
""")
_TAKE = sa.text("""
    UPDATE enrolment e
    SET person_id = u.person_id, class_id = u.class_id, audience = u.audience, course = u.course, state = u.state,
        unit_path = CAST(string_to_array(u.unit_path, ',') AS uuid[])
    FROM unnest(CAST(:provinces AS uuid[]), CAST(:ids AS uuid[]), CAST(:persons AS uuid[]), CAST(:classes AS uuid[]),
                CAST(:audiences AS text[]), CAST(:courses AS text[]), CAST(:states AS bytea[]), CAST(:paths AS text[]))
         AS u (province_id, enrolment_id, person_id, class_id, audience, course, state, unit_path)
    WHERE e.province_id = u.province_id AND e.enrolment_id = u.enrolment_id
""")
_FORGET_CLAIMS = sa.text("""
    DELETE FROM claim c
    WHERE c.province_id = ANY(:provinces) AND c.enrolment_id = ANY(:ids)
      AND NOT EXISTS (
        SELECT 1 FROM unnest(CAST(:claim_ids AS uuid[]), CAST(:courses AS text[]), CAST(:learners AS text[]))
                      AS u (enrolment_id, course, learner)
        WHERE u.enrolment_id = c.enrolment_id AND u.course = c.course AND u.learner = c.learner)
""")
_CLAIM = sa.text("""
    INSERT INTO claim (province_id, enrolment_id, course, learner)
    SELECT * FROM unnest(CAST(:provinces AS uuid[]), CAST(:ids AS uuid[]), CAST(:courses AS text[]),
                         CAST(:learners AS text[])) AS u (province_id, enrolment_id, course, learner)
    ORDER BY enrolment_id, course, learner ON CONFLICT DO NOTHING
""")
_CERTIFICATES = sa.text("""
    SELECT province_id, enrolment_id, CAST(certificate AS text) AS certificates FROM enrolment
    WHERE province_id = ANY(:provinces) AND enrolment_id = ANY(:ids) AND certificate IS NOT NULL
""")
_CERTIFY = sa.text("""
    UPDATE enrolment e SET certificate = u.certificates, certified_at = u.certified_at
    FROM unnest(CAST(:provinces AS uuid[]), CAST(:ids AS uuid[]), CAST(:certificates AS jsonb[]),
                CAST(:ats AS timestamptz[])) AS u (province_id, enrolment_id, certificates, certified_at)
    WHERE e.province_id = u.province_id AND e.enrolment_id = u.enrolment_id
""")
_TAKE_PENDING = sa.text("""
    WITH oldest AS (
        SELECT id, province_id, enrolment_id FROM pending WHERE enrolment_id <> ALL(CAST(:leaving AS uuid[]))
        ORDER BY id LIMIT :limit FOR UPDATE SKIP LOCKED
    ), taken AS (
        SELECT p.id FROM pending p JOIN (SELECT DISTINCT province_id, enrolment_id FROM oldest) o
          USING (province_id, enrolment_id)
        FOR UPDATE OF p SKIP LOCKED
    )
    DELETE FROM pending p USING taken WHERE p.id = taken.id
    RETURNING p.province_id, p.enrolment_id, p.traceparent
""")
PENDING = sa.text("SELECT count(*) FROM pending")
_KNOWN = sa.text("""
    SELECT province_id, enrolment_id FROM enrolment
    WHERE province_id = ANY(:provinces) AND enrolment_id = ANY(:ids) ORDER BY enrolment_id
""")
_SEEN = """
    SELECT province_id, enrolment_id, state, certified_at, status, result FROM enrolment
    WHERE province_id = ANY(:provinces) AND enrolment_id = ANY(:ids) ORDER BY enrolment_id
"""
_KEPT = {False: sa.text(_SEEN), True: sa.text(f"{_SEEN} FOR NO KEY UPDATE")}
_EVIDENCE = sa.text("""
    SELECT c.enrolment_id, e.event_id, e.type, e.at, e.learner, CAST(e.facts AS text) AS facts
    FROM claim c JOIN evidence e USING (province_id, course, learner)
    WHERE c.province_id = ANY(:provinces) AND c.enrolment_id = ANY(:ids)
""")
_WRITE_RESULTS = sa.text("""
    UPDATE enrolment e SET status = u.status, result = u.result, unmarked = u.unmarked
    FROM unnest(CAST(:provinces AS uuid[]), CAST(:ids AS uuid[]), CAST(:statuses AS text[]), CAST(:results AS bytea[]),
                CAST(:unmarked AS jsonb[]))
         AS u (province_id, enrolment_id, status, result, unmarked)
    WHERE e.province_id = u.province_id AND e.enrolment_id = u.enrolment_id
""")


def arrays_of(keys: Iterable[Key]) -> dict[str, list[UUID]]:
    """Provinces and ids side by side, in the order in which every statement locks."""
    ordered = sorted(set(keys), key=lambda key: key[1])
    return {"provinces": [province for province, _ in ordered], "ids": [enrolment for _, enrolment in ordered]}


async def lock(connection: AsyncConnection, keys: Iterable[Key]) -> None:
    """Locks the rows, made where they are new: enrolment and certificate may come in any order."""
    arrays = arrays_of(keys)
    await connection.execute(_MAKE, arrays)
    await connection.execute(_LOCK, arrays)


async def take(connection: AsyncConnection, states: Sequence[tuple[Enrolment, bytes]]) -> None:
    """Writes what roster said; `bytes` is its JSON as it came."""
    await connection.execute(
        _TAKE,
        {
            "provinces": [s.province_id for s, _ in states],
            "ids": [s.enrolment_id for s, _ in states],
            "persons": [s.person.id for s, _ in states],
            "classes": [s.class_id for s, _ in states],
            "audiences": [s.offering.audience for s, _ in states],
            "courses": [s.offering.course for s, _ in states],
            "states": [data for _, data in states],
            "paths": [",".join(map(str, s.unit_path)) for s, _ in states],
        },
    )


async def claim(connection: AsyncConnection, claims: Mapping[Key, Sequence[tuple[str, str]]]) -> None:
    """Makes the claims of each enrolment exactly these (course, learner): its evidence is read over all of them."""
    rows = [
        (province, enrolment, *study)
        for (province, enrolment), studies in sorted(claims.items(), key=lambda item: item[0][1])
        for study in studies
    ]
    arrays = {"courses": [row[2] for row in rows], "learners": [row[3] for row in rows]}
    enrolments = [row[1] for row in rows]
    await connection.execute(_FORGET_CLAIMS, arrays_of(claims) | arrays | {"claim_ids": enrolments})
    await connection.execute(_CLAIM, arrays | {"provinces": [row[0] for row in rows], "ids": enrolments})


async def certificates(connection: AsyncConnection, keys: Iterable[Key]) -> dict[Key, str]:
    """All certificates heard of so far for each enrolment, as a JSON list; the caller holds the rows' locks."""
    rows = await connection.execute(_CERTIFICATES, arrays_of(keys))
    return {(row.province_id, row.enrolment_id): row.certificates for row in rows}


async def certify(connection: AsyncConnection, rows: Sequence[tuple[Key, str, datetime | None]]) -> None:
    """Writes all certificates of each enrolment (a JSON list, what counts comes last), and since when one is valid."""
    await connection.execute(
        _CERTIFY,
        {
            "provinces": [key[0] for key, _, _ in rows],
            "ids": [key[1] for key, _, _ in rows],
            "certificates": [certificates for _, certificates, _ in rows],
            "ats": [at for _, _, at in rows],
        },
    )


async def take_pending(connection: AsyncConnection, limit: int, leaving: Sequence[UUID] = ()) -> dict[Key, str | None]:
    """Takes the oldest marks that no other worker has, and all others of the same enrolments, with a trace that made
    one; they are gone when this transaction commits. Marks of the enrolments in `leaving` stay where they are."""
    rows = await connection.execute(_TAKE_PENDING, {"limit": limit, "leaving": list(leaving)})
    return {(row.province_id, row.enrolment_id): row.traceparent for row in rows}


async def known(connection: AsyncConnection, keys: Iterable[Key]) -> list[Key]:
    """Those of the keys that are enrolments, in the order of ids."""
    rows = await connection.execute(_KNOWN, arrays_of(keys))
    return [(row.province_id, row.enrolment_id) for row in rows]


async def kept(connection: AsyncConnection, keys: Iterable[Key], *, lock: bool = True) -> list[Kept]:
    """The rows of these enrolments, where `lock` locked, in the order of ids; those never heard of are left out."""
    rows = await connection.execute(_KEPT[lock], arrays_of(keys))
    return [Kept(*row) for row in rows]


async def evidence(connection: AsyncConnection, keys: Iterable[Key]) -> dict[UUID, list[Evidenced]]:
    """All evidence of each enrolment, over all its accounts."""
    found: dict[UUID, list[Evidenced]] = {}
    for enrolment_id, *event in await connection.execute(_EVIDENCE, arrays_of(keys)):
        found.setdefault(enrolment_id, []).append(Evidenced(*event))
    return found


async def write_results(connection: AsyncConnection, rows: Sequence[Written]) -> None:
    """Writes results."""
    await connection.execute(
        _WRITE_RESULTS,
        {
            "provinces": [row.key[0] for row in rows],
            "ids": [row.key[1] for row in rows],
            "statuses": [row.status for row in rows],
            "results": [row.result for row in rows],
            "unmarked": [row.unmarked for row in rows],
        },
    )
