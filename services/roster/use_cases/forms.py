"""The four forms as live lists: each row waits with its owner until it has an answer (WFL-4)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.roster.domain import forms
from services.roster.domain.forms import Outcome
from services.roster.domain.units import Placed, placed
from services.roster.store import forms as store
from services.roster.store import units
from services.roster.store.forms import Filter as Filter
from services.roster.use_cases.filling_in import Covers
from shared import audit
from shared.audit import Act
from shared.clock import vietnamese_day
from shared.database import retrying, transaction
from shared.identity import Reach, Resource


class NoSuchFormRowError(LookupError):
    """There is no such row within reach."""


class FormRowNotYoursError(ValueError):
    """The row is with another office."""


class FormRowClosedError(ValueError):
    """The row was answered, or is with the province already."""


class OwnFormRowError(ValueError):
    """Nobody answers what she asked for herself."""


async def _tree(connection: AsyncConnection, province_id: UUID, day: date) -> dict[UUID, Placed]:
    kept = await units.everything(connection, province_id)
    return placed((k.unit for k in kept.values()), day)


async def find(
    engine: AsyncEngine, province_id: UUID, reach: Reach, asked: Filter, *, day: date, after: UUID | None, limit: int
) -> tuple[int, list[dict[str, Any]]]:
    """How many rows are found, and one page with units and owners by name as of a day."""
    async with transaction(engine, province_id) as connection:
        total, rows = await store.page(connection, province_id, reach, asked, after=after, limit=limit)
        return total, _shown(rows, await _tree(connection, province_id, day))


async def with_contacts(
    engine: AsyncEngine, act: Act, reach: Reach, asked: Filter, *, after: UUID | None, limit: int
) -> tuple[int, list[dict[str, Any]]]:
    """The same; that the contacts were read is on record, by what was asked and how many were found (rule PRI-3)."""
    async with transaction(engine, act.province_id) as connection:
        total, rows = await store.page(connection, act.province_id, reach, asked, after=after, limit=limit)
        over = {"form": int(asked.form), "unit": asked.unit_id, "class": asked.class_id, "rows": len(rows)}
        where = asked.class_id or asked.unit_id or act.province_id
        await audit.record(connection, act, "contact.read", "form", [(str(where), over)])
        return total, _shown(rows, await _tree(connection, act.province_id, vietnamese_day(act.at)))


async def disagreements(
    engine: AsyncEngine, province_id: UUID, reach: Reach, unit_id: UUID | None, day: date
) -> list[tuple[forms.Difference, list[dict[str, Any]]]]:
    """Of whom core teachers and schools do not say the same, each with all rows of both sides."""
    async with transaction(engine, province_id) as connection:
        rows = await store.stated(connection, province_id, reach, unit_id)
        tree = await _tree(connection, province_id, day)
    shown = {row["row_id"]: row for row in _shown([row for _, row in rows], tree)}
    return [
        (one.kind, [shown[row.row_id] for row in (*one.core_team, *one.school)])
        for one in forms.disagreements(stated for stated, _ in rows)
    ]


def _shown(rows: Sequence[dict[str, Any]], tree: Mapping[UUID, Placed]) -> list[dict[str, Any]]:
    names = {unit_id: unit.period.name for unit_id, unit in tree.items()}
    return [
        row
        | {"unit": {"id": row["unit_id"], "name": names.get(row["unit_id"])}}
        | {"owner": {"id": row["owner_path"][-1], "name": names.get(row["owner_path"][-1])}}
        for row in rows
    ]


async def answer(
    engine: AsyncEngine, act: Act, row_id: UUID, outcome: Outcome, text: str, reach: Reach, covers: Covers
) -> None:
    """Ends a row with an answer; none is ended without one (WFL-4).

    Raises NoSuchFormRowError, FormRowNotYoursError, OwnFormRowError, FormRowClosedError.
    """

    async def end(connection: AsyncConnection) -> None:
        await store.answer(connection, act.province_id, row_id, outcome, text, act.account, act.at)

    await retrying(lambda: _decide(engine, act, row_id, reach, covers, ("form.answer", {"outcome": outcome}), end))


async def pass_up(engine: AsyncEngine, act: Act, row_id: UUID, reach: Reach, covers: Covers) -> None:
    """Leaves to the Sở what the Phòng cannot answer, as it does with its schools' lists by the evening (part 3.5).

    Raises NoSuchFormRowError, FormRowNotYoursError, OwnFormRowError, FormRowClosedError.
    """

    async def leave(connection: AsyncConnection) -> None:
        await store.pass_up(connection, act.province_id, row_id)

    await retrying(lambda: _decide(engine, act, row_id, reach, covers, ("form.pass_up", {}), leave))


async def _decide(
    engine: AsyncEngine,
    act: Act,
    row_id: UUID,
    reach: Reach,
    covers: Covers,
    said: tuple[str, dict[str, Any]],
    how: Callable[[AsyncConnection], Awaitable[None]],
) -> None:
    action, details = said
    async with transaction(engine, act.province_id) as connection:
        row = await store.locked(connection, act.province_id, reach, row_id)
        if row is None:
            raise NoSuchFormRowError
        if not covers(Resource(unit_path=tuple(row["owner_path"]))):
            raise FormRowNotYoursError
        if row["answered_at"] is not None or (action == "form.pass_up" and len(row["owner_path"]) == 1):
            raise FormRowClosedError
        if row["raised_by"] == act.account:
            raise OwnFormRowError
        await how(connection)
        await audit.record(connection, act, action, "form_row", [(str(row_id), details)])
