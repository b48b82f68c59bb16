"""Changes of the dated tree, all or nothing, and the tree as it was on a day."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from services.roster.domain.names import tidy
from services.roster.domain.units import FIRST_DAY, Period, Placed, Tree, Unit, UnitChangeError, placed
from services.roster.store import moves
from services.roster.store import units as store
from shared import audit, outbox
from shared.audit import Act
from shared.clock import start_of_day
from shared.database import retrying, transaction
from shared.events import roster as events
from shared.events.envelope import Step
from shared.outbox import Said


@dataclass(frozen=True, kw_only=True)
class Change:
    """One step of a change of the tree. Units are named by their code on the day, or by id."""

    op: str
    code: str | None = None
    unit_id: UUID | None = None
    name: str | None = None
    new_code: str | None = None
    kind: str | None = None
    parent_code: str | None = None
    parent_id: UUID | None = None
    successor_code: str | None = None
    codes: tuple[str, ...] = ()
    day: date | None = None


def apply(tree: Tree, change: Change, day: date, new_id: Callable[[], UUID]) -> Unit:
    """Makes one change to the tree and answers the unit it is about. Raises UnitChangeError."""
    if change.op == "establish":
        return _establish(tree, change, change.day or FIRST_DAY, new_id)
    day = change.day or day
    if change.op == "merge":
        return _merge(tree, change, day, new_id)
    unit = _unit(tree, change.unit_id, change.code, day)
    if change.op == "rename":
        name = tidy(change.name) if change.name else None
        return tree.rename(unit, day, name=name, code=change.new_code, kind=change.kind)
    if change.op == "reparent":
        parent = _unit(tree, change.parent_id, change.parent_code, day)
        return tree.move(unit, parent.unit_id, day)
    if change.op == "abolish":
        successor = tree.by_code(change.successor_code, day) if change.successor_code else None
        return tree.abolish(unit, day, successor)
    raise UnitChangeError("an unknown change")


def _unit(tree: Tree, unit_id: UUID | None, code: str | None, day: date) -> Unit:
    if unit_id is not None:
        if unit_id not in tree.units:
            raise UnitChangeError("there is no such unit")
        return tree.units[unit_id]
    if code is None:
        raise UnitChangeError("a change names its unit by code or id")
    return tree.by_code(code, day)


def _establish(tree: Tree, change: Change, day: date, new_id: Callable[[], UUID]) -> Unit:
    name = tidy(change.name or "")
    if not change.code or not name or not change.kind:
        raise UnitChangeError("a new unit needs code, name and kind")
    parent_id = change.parent_id
    if parent_id is None and change.parent_code is not None:
        parent_id = tree.by_code(change.parent_code, day).unit_id
    return tree.establish(new_id(), Period(change.code, name, change.kind, parent_id, day))


def _merge(tree: Tree, change: Change, day: date, new_id: Callable[[], UUID]) -> Unit:
    merged = [tree.by_code(code, day) for code in change.codes]
    if not change.code or not merged:
        raise UnitChangeError("a merger names the units and the one they become")
    names_new = change.code not in change.codes and change.name is not None
    into = _establish(tree, change, day, new_id) if names_new else tree.by_code(change.code, day)
    for unit in merged:
        if unit.unit_id != into.unit_id:
            tree.abolish(tree.units[unit.unit_id], day, into)
    return tree.units[into.unit_id]


async def change(engine: AsyncEngine, act: Act, changes: Sequence[Change], today: date) -> list[Unit]:
    """All the changes in their order, or none. Answers the unit of each. Raises UnitChangeError naming the change."""
    return await retrying(lambda: _change(engine, act, changes, today))


async def _change(engine: AsyncEngine, act: Act, changes: Sequence[Change], today: date) -> list[Unit]:
    async with transaction(engine, act.province_id) as connection:
        # The province's own unit stands for the tree: one change of it at a time.
        await outbox.lock(connection, "unit", [(act.province_id, act.province_id)])
        kept = await store.everything(connection, act.province_id)
        tree = Tree(act.province_id, {unit_id: k.unit for unit_id, k in kept.items()})
        about = []
        for index, one in enumerate(changes):
            try:
                about.append(apply(tree, one, today, act.new_id).unit_id)
            except UnitChangeError as fault:
                raise UnitChangeError(f"changes/{index}: {fault}") from None
        changed = [tree.units[unit_id] for unit_id in tree.steps]
        if changed:
            await outbox.lock(connection, "unit", [(act.province_id, unit.unit_id) for unit in changed])
            earlier = {unit_id: k.steps for unit_id, k in kept.items()}
            steps = {
                unit_id: [*earlier.get(unit_id, []), *(_step(act, what, day) for what, day in happened)]
                for unit_id, happened in tree.steps.items()
            }
            await store.put(connection, act.province_id, changed, steps)
            for unit_id, successor, day in sorted(tree.succeeded, key=lambda one: one[2]):
                await moves.to_successor(connection, act.province_id, unit_id, successor, day, act.new_id)
            details = [(str(unit_id), {"steps": [what for what, _ in done]}) for unit_id, done in tree.steps.items()]
            await audit.record(connection, act, "unit.change", "unit", details)
            await outbox.append(
                connection,
                [said(act.province_id, unit, steps[unit.unit_id]) for unit in changed],
                now=act.recorded_at,
                new_id=act.new_id,
                traceparent=act.traceparent,
            )
        return [tree.units[unit_id] for unit_id in about]


def _step(act: Act, what: str, day: date) -> Step:
    return Step(what=what, effective_at=start_of_day(day), recorded_at=act.recorded_at)


def said(province_id: UUID, unit: Unit, steps: list[Step]) -> Said:
    """The event of a unit."""
    names = ("code", "name", "kind", "parent_id", "valid_from", "valid_to")
    state = events.Unit(
        province_id=province_id,
        unit_id=unit.unit_id,
        periods=[events.UnitPeriod(**{name: getattr(p, name) for name in names}) for p in unit.periods],
        succeeded_by=list(unit.succeeded_by),
        steps=steps,
    )
    return Said(event="unit_changed", aggregate_id=unit.unit_id, state=state)


async def on(engine: AsyncEngine, province_id: UUID, day: date) -> dict[UUID, Placed]:
    """The tree of a day."""
    async with transaction(engine, province_id) as connection:
        kept = await store.everything(connection, province_id)
    return placed((k.unit for k in kept.values()), day)


def below(tree: Mapping[UUID, Placed], roots: set[UUID]) -> set[UUID]:
    """The units at or below some units."""
    return {unit_id for unit_id, unit in tree.items() if not roots.isdisjoint(unit.path)}
