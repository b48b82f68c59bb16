"""What arrives: deliveries as sent, evidence, a sandbox's trials, and the meeting of evidence with enrolments."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.grading.store.sources import Source


@dataclass(frozen=True)
class Piece:
    """One event as it is kept: identity with the hash of its whole content, and the facts read from it."""

    event_id: str
    content_hash: bytes
    course: str
    learner: str
    type: str
    at: datetime
    facts: str


@dataclass(frozen=True)
class Delivery:
    """One webhook call as it came."""

    id: UUID
    webhook_id: str
    body: bytes
    outcome: dict[str, object]


_KEEP_DELIVERIES = sa.text("""
    INSERT INTO delivery (province_id, received_at, id, vendor, webhook_id, body, outcome)
    SELECT :province_id, :now, u.id, :vendor, u.webhook_id, u.body, u.outcome
    FROM unnest(CAST(:ids AS uuid[]), CAST(:webhook_ids AS text[]), CAST(:bodies AS bytea[]),
                CAST(:outcomes AS jsonb[]))
         AS u (id, webhook_id, body, outcome)
""")
_KEEP_EVIDENCE = sa.text("""
    INSERT INTO evidence (province_id, vendor, event_id, content_hash, course, learner, type, at, recorded_at, facts)
    SELECT :province_id, :vendor, u.event_id, u.content_hash, u.course, u.learner, u.type, u.at, :now, u.facts
    FROM unnest(CAST(:event_ids AS text[]), CAST(:hashes AS bytea[]), CAST(:courses AS text[]),
                CAST(:learners AS text[]), CAST(:types AS text[]), CAST(:ats AS timestamptz[]), CAST(:facts AS jsonb[]))
         AS u (event_id, content_hash, course, learner, type, at, facts)
    ORDER BY u.event_id
    ON CONFLICT DO NOTHING
    RETURNING event_id
""")
_KEEP_TRIALS = sa.text("""
    INSERT INTO trial (province_id, vendor, event_id, content_hash, recorded_at)
    SELECT :province_id, :vendor, u.event_id, u.content_hash, :now
    FROM unnest(CAST(:event_ids AS text[]), CAST(:hashes AS bytea[])) AS u (event_id, content_hash)
    ORDER BY u.event_id
    ON CONFLICT DO NOTHING
    RETURNING event_id
""")
_HASHES, _TRIAL_HASHES = (
    sa.text(f"""
        SELECT event_id, content_hash FROM {table}
        WHERE province_id = :province_id AND vendor = :vendor AND event_id = ANY(:event_ids)
    """)
    for table in ("evidence", "trial")
)
_MAKE_STUDIES = sa.text("""
    INSERT INTO study (province_id, course, learner)
    SELECT * FROM unnest(CAST(:provinces AS uuid[]), CAST(:courses AS text[]), CAST(:learners AS text[]))
        AS u (province_id, course, learner)
    ORDER BY province_id, course, learner
    ON CONFLICT DO NOTHING
""")
_LOCK_STUDIES = sa.text("""
    SELECT 1 FROM study s
    JOIN unnest(CAST(:provinces AS uuid[]), CAST(:courses AS text[]), CAST(:learners AS text[]))
         AS u (province_id, course, learner) USING (province_id, course, learner)
    ORDER BY s.province_id, s.course, s.learner
    FOR NO KEY UPDATE OF s
""")
_CLAIMED = sa.text("""
    SELECT c.course, c.learner, c.enrolment_id FROM claim c
    JOIN unnest(CAST(:courses AS text[]), CAST(:learners AS text[])) AS u (course, learner) USING (course, learner)
    WHERE c.province_id = :province_id
""")
_MARK_PENDING = sa.text("""
    INSERT INTO pending (province_id, enrolment_id, since, traceparent)
    SELECT u.province_id, u.enrolment_id, :now, :traceparent
    FROM unnest(CAST(:provinces AS uuid[]), CAST(:ids AS uuid[])) AS u (province_id, enrolment_id)
""")

StudyKey = tuple[UUID, str, str]


async def keep_deliveries(
    connection: AsyncConnection, source: Source, deliveries: Sequence[Delivery], now: datetime
) -> None:
    """Keeps bodies as they came."""
    await connection.execute(
        _KEEP_DELIVERIES,
        {
            "province_id": source.province_id,
            "vendor": source.vendor,
            "now": now,
            "ids": [d.id for d in deliveries],
            "webhook_ids": [d.webhook_id for d in deliveries],
            "bodies": [d.body for d in deliveries],
            "outcomes": [msgspec.json.encode(d.outcome).decode() for d in deliveries],
        },
    )


async def keep_evidence(
    connection: AsyncConnection, source: Source, pieces: Sequence[Piece], now: datetime
) -> dict[str, bytes]:
    """Keeps events that are new; answers the kept hash of each that was there before."""
    if not pieces:
        return {}
    rows = await connection.execute(
        _KEEP_EVIDENCE,
        {
            "province_id": source.province_id,
            "vendor": source.vendor,
            "now": now,
            "event_ids": [p.event_id for p in pieces],
            "hashes": [p.content_hash for p in pieces],
            "courses": [p.course for p in pieces],
            "learners": [p.learner for p in pieces],
            "types": [p.type for p in pieces],
            "ats": [p.at for p in pieces],
            "facts": [p.facts for p in pieces],
        },
    )
    return await _known(connection, source, pieces, {row.event_id for row in rows}, _HASHES)


async def keep_trials(
    connection: AsyncConnection, source: Source, pieces: Sequence[Piece], now: datetime
) -> dict[str, bytes]:
    """Remembers which ids a sandbox has sent, and nothing of what they say; answers as `keep_evidence` does."""
    if not pieces:
        return {}
    given = {
        "province_id": source.province_id,
        "vendor": source.vendor,
        "now": now,
        "event_ids": [p.event_id for p in pieces],
        "hashes": [p.content_hash for p in pieces],
    }
    rows = await connection.execute(_KEEP_TRIALS, given)
    return await _known(connection, source, pieces, {row.event_id for row in rows}, _TRIAL_HASHES)


async def _known(
    connection: AsyncConnection, source: Source, pieces: Sequence[Piece], new: set[str], hashes: sa.TextClause
) -> dict[str, bytes]:
    """The kept hash of each event that was there before."""
    known = [p.event_id for p in pieces if p.event_id not in new]
    if not known:
        return {}
    given = {"province_id": source.province_id, "vendor": source.vendor, "event_ids": known}
    return {row.event_id: bytes(row.content_hash) for row in await connection.execute(hashes, given)}


async def lock_studies(connection: AsyncConnection, keys: Iterable[StudyKey]) -> None:
    """Locks the roots at which evidence and enrolments meet, made where they are new, in sorted order: whichever
    of the two comes second sees the other."""
    wanted = sorted(set(keys))
    if not wanted:
        return
    arrays = {
        "provinces": [province for province, _, _ in wanted],
        "courses": [course for _, course, _ in wanted],
        "learners": [learner for _, _, learner in wanted],
    }
    await connection.execute(_MAKE_STUDIES, arrays)
    await connection.execute(_LOCK_STUDIES, arrays)


async def claimed(
    connection: AsyncConnection, province_id: UUID, studies: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], set[UUID]]:
    """The enrolments that read the evidence of each (course, learner)."""
    found: dict[tuple[str, str], set[UUID]] = {}
    rows = await connection.execute(
        _CLAIMED,
        {"province_id": province_id, "courses": [c for c, _ in studies], "learners": [le for _, le in studies]},
    )
    for row in rows:
        found.setdefault((row.course, row.learner), set()).add(row.enrolment_id)
    return found


async def mark_pending(
    connection: AsyncConnection, enrolments: Iterable[tuple[UUID, UUID]], now: datetime, traceparent: str | None
) -> None:
    """Says that results must be assessed anew: always a mark of its own, seen when this transaction commits. To rely
    on a mark that is there already would be wrong (it may be taken before this commit), and to lock it would make
    webhooks wait for assessments."""
    wanted = set(enrolments)
    if wanted:
        await connection.execute(
            _MARK_PENDING,
            {
                "provinces": [province for province, _ in wanted],
                "ids": [enrolment_id for _, enrolment_id in wanted],
                "now": now,
                "traceparent": traceparent,
            },
        )
