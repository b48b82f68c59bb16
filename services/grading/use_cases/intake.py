"""The webhook's intake: answers only after every accepted event is durable; waiting deliveries share one commit."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.grading.store import intake as store
from services.grading.store.intake import Delivery, Piece
from services.grading.store.sources import Source
from services.grading.use_cases.deliveries import Incoming
from shared.clock import NewId
from shared.database import retrying, transaction

MOST_TOGETHER = 4_000
"""Events that share one commit at the most."""


Hashes = Mapping[str, bytes]
"""Of each event that was there before, the hash it was kept with."""
Claims = Mapping[tuple[str, str], set[UUID]]
"""Of each (course, learner), the enrolments that read its evidence."""


class ConflictError(ValueError):
    """A single event whose id was seen before with other content; the message is the id."""


@dataclass
class Answer:
    """What became of each event of one delivery; each is in exactly one of the four."""

    accepted: int = 0
    duplicates: int = 0
    parked: int = 0
    rejected: list[dict[str, str | None]] = field(default_factory=list)
    conflict: str | None = None


class Intake:
    """Takes deliveries of all sources; those that wait while one commit runs share the next one."""

    def __init__(self, engine: AsyncEngine, new_id: NewId) -> None:
        self._engine = engine
        self._new_id = new_id
        self._waiting: dict[Source, list[tuple[Incoming, datetime, asyncio.Future[Answer]]]] = {}
        self._writers: dict[Source, asyncio.Task[None]] = {}

    async def take(self, source: Source, incoming: Incoming, now: datetime) -> Answer:
        """Answers after the commit. Raises ConflictError for a single event with other content than before."""
        answered: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(source, []).append((incoming, now, answered))
        writer = self._writers.get(source)
        if writer is None or writer.done():
            self._writers[source] = asyncio.create_task(self._write(source))
        answer = await answered
        if answer.conflict is not None:
            raise ConflictError(answer.conflict)
        return answer

    async def keep_malformed(self, source: Source, body: bytes, webhook_id: str, reason: str, now: datetime) -> None:
        """A signed body that is not of the contract's form is kept for audit."""
        kept = Delivery(self._new_id(), webhook_id, body, {"malformed": reason})

        async def once() -> None:
            async with transaction(self._engine, source.province_id) as connection:
                await store.keep_deliveries(connection, source, [kept], now)

        await retrying(once)

    async def _write(self, source: Source) -> None:
        while waiting := self._waiting.get(source):
            together, events = 0, 0
            while together < len(waiting) and (together == 0 or events < MOST_TOGETHER):
                events += len(waiting[together][0].pieces)
                together += 1
            group, self._waiting[source] = waiting[:together], waiting[together:]
            try:
                answers = await self._commit(source, group)
            except Exception as fault:
                if together > 1:  # one delivery must not refuse the others
                    for one in group:
                        await self._alone(source, one)
                else:
                    _fail(group[0][2], fault)
                continue
            for (_, _, answered), answer in zip(group, answers, strict=True):
                if not answered.done():
                    answered.set_result(answer)

    async def _alone(self, source: Source, one: tuple[Incoming, datetime, asyncio.Future[Answer]]) -> None:
        try:
            (answer,) = await self._commit(source, [one])
        except Exception as fault:
            _fail(one[2], fault)
            return
        if not one[2].done():
            one[2].set_result(answer)

    async def _commit(
        self, source: Source, group: Sequence[tuple[Incoming, datetime, asyncio.Future[Answer]]]
    ) -> list[Answer]:
        batch = [(incoming, now) for incoming, now, _ in group]
        return await retrying(lambda: take_together(self._engine, source, batch))


def _fail(answered: asyncio.Future[Answer], fault: BaseException) -> None:
    if not answered.done():
        answered.set_exception(fault)


async def take_together(
    engine: AsyncEngine, source: Source, batch: Sequence[tuple[Incoming, datetime]]
) -> list[Answer]:
    """One transaction for several deliveries: evidence, its meeting with enrolments, marks, bodies as sent."""
    first: dict[str, Piece] = {}
    for incoming, _ in batch:
        for piece in incoming.pieces:
            first.setdefault(piece.event_id, piece)
    now = batch[0][1]
    take = _tried if source.sandbox else keep
    async with transaction(engine, source.province_id) as connection:
        known, claims = await take(connection, source, list(first.values()), now, batch[-1][0].traceparent)
        answers = [_answer(incoming, first, known, claims) for incoming, _ in batch]
        kept = [
            Delivery(i.delivery.id, i.delivery.webhook_id, i.delivery.body, _outcome(answer))
            for (i, _), answer in zip(batch, answers, strict=True)
        ]
        await store.keep_deliveries(connection, source, kept, now)
    return answers


async def keep(
    connection: AsyncConnection, source: Source, pieces: Sequence[Piece], now: datetime, traceparent: str | None
) -> tuple[Hashes, Claims]:
    """Evidence for good: it meets its enrolments, whose results are marked for assessment."""
    known = await store.keep_evidence(connection, source, pieces, now)
    studies = _studies(pieces, known)
    await store.lock_studies(connection, [(source.province_id, *study) for study in studies])
    claims = await store.claimed(connection, source.province_id, studies) if studies else {}
    touched = [(source.province_id, enrolment) for study in studies for enrolment in claims.get(study, ())]
    await store.mark_pending(connection, touched, now, traceparent)
    return known, claims


async def _tried(
    connection: AsyncConnection, source: Source, pieces: Sequence[Piece], now: datetime, traceparent: str | None
) -> tuple[Hashes, Claims]:
    """A sandbox's events: judged by the same ids and the same roster, and of no effect on anybody (decision 15)."""
    known = await store.keep_trials(connection, source, pieces, now)
    studies = _studies(pieces, known)
    return known, await store.claimed(connection, source.province_id, studies) if studies else {}


def _studies(pieces: Sequence[Piece], known: Hashes) -> list[tuple[str, str]]:
    return sorted({(piece.course, piece.learner) for piece in pieces if piece.event_id not in known})


def _answer(
    incoming: Incoming,
    first: dict[str, Piece],
    known: Hashes,
    claims: Claims,
) -> Answer:
    """Counts each event once: of a new id the first piece is the event, every other one a repeat or a conflict."""
    answer = Answer(rejected=list(incoming.rejected))
    for piece in incoming.pieces:
        kept = known.get(piece.event_id)
        fresh = first.get(piece.event_id)
        if kept is None and fresh is piece:
            if (piece.course, piece.learner) in claims:
                answer.accepted += 1
            else:
                answer.parked += 1
        elif piece.content_hash == (kept if kept is not None else fresh.content_hash if fresh else None):
            answer.duplicates += 1
        else:
            answer.rejected.append({"id": piece.event_id, "reason": "this id was seen before with other content"})
            if incoming.single:
                answer.conflict = piece.event_id
    return answer


def _outcome(answer: Answer) -> dict[str, object]:
    return {
        "accepted": answer.accepted,
        "duplicates": answer.duplicates,
        "parked": answer.parked,
        "rejected": answer.rejected,
    }
