"""Imports: always a preview first; confirmed whole or by its valid rows; the same file twice changes nothing."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.roster.adapters import workbook
from services.roster.domain import matching
from services.roster.domain.sheet_rows import Message, Reading
from services.roster.domain.units import placed
from services.roster.store import imports as store
from services.roster.store import people, posts, units
from services.roster.store.imports import Import as Import
from services.roster.use_cases.fan_out import say_persons
from shared import audit, outbox
from shared.audit import Act
from shared.clock import vietnamese_day
from shared.database import retrying, transaction
from shared.events.envelope import Step
from shared.objects import Objects

_MESSAGES_KEPT = 5_000


class NoSuchImportError(LookupError):
    """There is no such import."""


class ImportRefusedError(ValueError):
    """It cannot be confirmed as asked."""


@dataclass(frozen=True)
class _Judged:
    plan: matching.Plan
    counts: dict[str, int | None]
    messages: list[Message]


async def preview(
    engine: AsyncEngine, objects: Objects, act: Act, content: bytes, file_name: str | None
) -> store.Import:
    """Reads a personnel workbook, keeps it, and says what confirming would do. Raises RefusedWorkbookError."""
    reading = await workbook.read(content)
    key, digest = await objects.keep("imports", content), hashlib.sha256(content).hexdigest()

    async def once() -> store.Import:
        async with transaction(engine, act.province_id) as connection:
            judged = await _judge(connection, act, reading)
            new = store.Import(
                import_id=act.new_id(),
                kind="personnel",
                state="previewed",
                file_key=key,
                file_name=file_name,
                sha256=digest,
                size=len(content),
                sent_by=act.account,
                sent_at=act.at,
                recorded_at=act.recorded_at,
                counts=judged.counts,
                mapping=reading.mapping,
                messages=judged.messages,
                row_states=judged.plan.states,
            )
            await store.add(connection, act.province_id, new)
            details = {"sha256": digest, "rows": judged.counts["rows"]}
            await audit.record(connection, act, "import.preview", "import", [(str(new.import_id), details)])
        return new

    return await retrying(once)


async def _judge(connection: AsyncConnection, act: Act, reading: Reading) -> _Judged:
    day = vietnamese_day(act.at)
    known = await people.meant(connection, act.province_id, reading.rows)
    kept = await units.everything(connection, act.province_id)
    codes = {one.period.code: unit_id for unit_id, one in placed((k.unit for k in kept.values()), day).items()}
    # A thread: pure Python over ten thousand rows would hold up every other request.
    plan = await asyncio.to_thread(matching.plan, reading.rows, known, codes, act.new_id)
    messages = sorted(
        [*reading.messages, *plan.messages], key=lambda m: (m.severity != "error", m.severity != "warning")
    )
    counts: dict[str, int | None] = {**plan.counts(), "declared_total": reading.declared_total}
    loose = sum(m.severity == "error" and m.row is None for m in messages)
    counts["error"] = (counts["error"] or 0) + loose
    return _Judged(plan, counts, messages[:_MESSAGES_KEPT])


async def confirm(engine: AsyncEngine, objects: Objects, act: Act, import_id: UUID, accept: str) -> store.Import:
    """Writes what the preview promised, judged again by what is known now: all rows, or the valid ones.

    Raises NoSuchImportError, ImportRefusedError (errors while all rows are asked for, or already confirmed).
    """
    found = await get(engine, act.province_id, import_id)
    if found.state == "confirmed":
        raise ImportRefusedError("the import is confirmed already")
    reading = await workbook.read(await objects.fetch(found.file_key))
    return await retrying(lambda: _confirm(engine, act, import_id, accept, reading))


async def _confirm(engine: AsyncEngine, act: Act, import_id: UUID, accept: str, reading: Reading) -> store.Import:
    async with transaction(engine, act.province_id) as connection:
        await store.begin(connection, import_id)
        await people.alone(connection, act.province_id)
        found = await store.one(connection, act.province_id, import_id)
        if found is None:
            raise NoSuchImportError
        if found.state == "confirmed":
            raise ImportRefusedError("the import is confirmed already")
        judged = await _judge(connection, act, reading)
        if accept == "all" and judged.counts["error"]:
            raise ImportRefusedError(f"{judged.counts['error']} errors; accept the valid rows, or send a mended file")
        await _write(connection, act, judged.plan)
        written = replace(
            found,
            state="confirmed",
            confirming=False,
            confirmed_by=act.account,
            confirmed_at=act.at,
            accepted=accept,
            counts=judged.counts,
            messages=judged.messages,
            row_states=judged.plan.states,
        )
        await store.confirmed(
            connection,
            act.province_id,
            import_id,
            by=act.account,
            at=act.at,
            accepted=accept,
            counts=written.counts,
            messages=written.messages,
            row_states=written.row_states,
        )
        details = {"accepted": accept, **written.counts}
        await audit.record(connection, act, "import.confirm", "import", [(str(import_id), details)])
    return written


async def _write(connection: AsyncConnection, act: Act, plan: matching.Plan) -> None:
    day: date = vietnamese_day(act.at)
    drafts = list(plan.persons.values())
    await outbox.lock(connection, "person", [(act.province_id, draft.person_id) for draft in drafts])
    steps = {
        draft.person_id: Step(
            what="established" if draft.new else "corrected", effective_at=act.at, recorded_at=act.recorded_at
        )
        for draft in drafts
    }
    await people.put(connection, act.province_id, drafts, steps)
    await people.put_accounts(connection, act.province_id, plan.accounts, act.at)
    await posts.put(connection, act.province_id, plan.employments, plan.left, plan.assignments, day)
    await say_persons(connection, act, [draft.person_id for draft in drafts])


async def listed(
    engine: AsyncEngine, province_id: UUID, after: UUID | None, limit: int
) -> tuple[int, list[Mapping[str, Any]]]:
    """A page of the province's imports, the newest first."""
    async with transaction(engine, province_id) as connection:
        return await store.page(connection, province_id, after, limit)


async def get(engine: AsyncEngine, province_id: UUID, import_id: UUID) -> store.Import:
    """One import. Raises NoSuchImportError."""
    async with transaction(engine, province_id) as connection:
        found = await store.one(connection, province_id, import_id)
    if found is None:
        raise NoSuchImportError
    return found


async def annotated(
    engine: AsyncEngine, objects: Objects, province_id: UUID, import_id: UUID
) -> tuple[store.Import, bytes]:
    """The workbook as it was sent, with the columns Status and Error."""
    found = await get(engine, province_id, import_id)
    content = await objects.fetch(found.file_key)
    states = {sheet: dict(rows) for sheet, rows in found.row_states.items()}
    return found, await workbook.annotated(workbook.ToAnnotate(content, states, _texts(found.messages)))


def _texts(messages: Sequence[Message]) -> dict[str, dict[int, str]]:
    texts: dict[str, dict[int, str]] = {}
    for message in messages:
        if message.row is not None:
            rows = texts.setdefault(message.sheet, {})
            said = f"{message.column}: {message.text}" if message.column else message.text
            rows[message.row] = f"{rows[message.row]}; {said}" if message.row in rows else said
    return texts
