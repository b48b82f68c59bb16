"""Who may do what: dated grants, made with their persons and accounts; and what the gateway asks at log-in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.roster.domain.matching import Draft
from services.roster.domain.names import search_key, tidy
from services.roster.domain.units import Tree
from services.roster.store import grants as store
from services.roster.store import offerings, people, units
from services.roster.store.grants import RoleGrant as RoleGrant
from services.roster.use_cases.fan_out import say_persons
from shared import audit, outbox
from shared.audit import Act
from shared.clock import vietnamese_day
from shared.database import retrying, transaction
from shared.events.envelope import Step
from shared.identity import Grant, Role, is_whole


class BadGrantError(ValueError):
    """A grant that cannot be made; the message says which."""


class NoSuchAccountError(LookupError):
    """Nobody has this account."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A grant asked for. The person is made where the account is new; then `name` is needed."""

    account: str
    role: Role
    name: str | None = None
    birth_date: date | None = None
    unit_id: UUID | None = None
    unit_code: str | None = None
    class_id: UUID | None = None
    audience: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None


@dataclass(frozen=True, kw_only=True)
class Given:
    """What a log-in is worth."""

    account: str
    person_id: UUID
    province_id: UUID
    grants: list[Grant]


async def grant(engine: AsyncEngine, act: Act, wanted: Sequence[Wanted]) -> list[store.RoleGrant]:
    """Makes all the grants or none; those there are already keep their ids. Raises BadGrantError."""
    return await retrying(lambda: _grant(engine, act, wanted))


async def _grant(engine: AsyncEngine, act: Act, wanted: Sequence[Wanted]) -> list[store.RoleGrant]:
    async with transaction(engine, act.province_id) as connection:
        return await grant_in(connection, act, wanted)


async def grant_in(connection: AsyncConnection, act: Act, wanted: Sequence[Wanted]) -> list[store.RoleGrant]:
    """The same inside a transaction."""
    await people.alone(connection, act.province_id)
    holders = await people.holders(connection, act.province_id, (w.account for w in wanted))
    new: dict[str, Draft] = {}
    for index, one in enumerate(wanted):
        if one.account in holders or one.account in new:
            continue
        name = tidy(one.name or "")
        if not name:
            raise BadGrantError(f"grants/{index}: the account is new, so a name is needed")
        new[one.account] = Draft(act.new_id(), name, search_key(name), one.birth_date, new=True)
    await outbox.lock(connection, "person", [(act.province_id, draft.person_id) for draft in new.values()])
    step = Step(what="established", effective_at=act.at, recorded_at=act.recorded_at)
    drafts = list(new.values())
    await people.put(connection, act.province_id, drafts, {draft.person_id: step for draft in drafts})
    made = {account: draft.person_id for account, draft in new.items()}
    await people.put_accounts(connection, act.province_id, made, act.at)
    _refuse_own(act, wanted, holders)
    rows = await _rows(connection, act, wanted, holders | made)
    once = {(r.person_id, r.role, r.unit_id, r.class_id, r.audience, r.valid_from): r for r in rows}
    stored = await store.put(connection, act.province_id, list(once.values()))
    ids = {key: one.role_grant_id for key, one in zip(once, stored, strict=True)}
    given: list[tuple[str, dict[str, Any]]] = [(str(one.role_grant_id), {}) for one in stored if one.changed]
    await audit.record(connection, act, "role_grant.give", "role_grant", given)
    await say_persons(connection, act, [draft.person_id for draft in drafts])
    return [
        store.RoleGrant(
            ids[r.person_id, r.role, r.unit_id, r.class_id, r.audience, r.valid_from],
            r.person_id, r.role, r.unit_id, r.class_id, r.audience, r.valid_from, r.valid_to,
        )
        for r in rows
    ]  # fmt: skip


def _refuse_own(act: Act, wanted: Sequence[Wanted], holders: dict[str, UUID]) -> None:
    """Separation of duties: nobody gives a role to herself, under whichever of her accounts, nor ends or widens one."""
    for index, one in enumerate(wanted):
        if act.person_id is not None and holders.get(one.account) == act.person_id:
            raise BadGrantError(f"grants/{index}: nobody grants a role to herself")


async def _rows(
    connection: AsyncConnection, act: Act, wanted: Sequence[Wanted], holders: dict[str, UUID]
) -> list[store.RoleGrant]:
    kept = await units.everything(connection, act.province_id)
    tree = Tree(act.province_id, {unit_id: k.unit for unit_id, k in kept.items()})
    asked = sorted({w.class_id for w in wanted if w.class_id is not None})
    _, classes = await offerings.classes(connection, act.province_id, class_ids=asked)
    known = {row["class_id"] for row in classes}
    rows = []
    for index, one in enumerate(wanted):
        first = one.valid_from or vietnamese_day(act.at)
        try:
            unit_id = one.unit_id or (tree.by_code(one.unit_code, first).unit_id if one.unit_code else None)
        except ValueError as fault:
            raise BadGrantError(f"grants/{index}: {fault}") from None
        if unit_id is not None and unit_id not in tree.units:
            raise BadGrantError(f"grants/{index}: there is no such unit")
        if one.class_id is not None and one.class_id not in known:
            raise BadGrantError(f"grants/{index}: there is no such class")
        if one.valid_to is not None and one.valid_to <= first:
            raise BadGrantError(f"grants/{index}: ends before it begins")
        if not is_whole(Grant(role=one.role, unit_id=unit_id, class_id=one.class_id, audience=one.audience)):
            raise BadGrantError(f"grants/{index}: {one.role} needs the unit, class or audience it is over, one of them")
        rows.append(
            store.RoleGrant(
                act.new_id(), holders[one.account], one.role, unit_id, one.class_id, one.audience, first, one.valid_to
            )
        )
    return rows


async def listed(engine: AsyncEngine, province_id: UUID, account: str | None) -> list[store.RoleGrant]:
    """The grants of an account's person, ended ones too; or all of the province."""
    async with transaction(engine, province_id) as connection:
        return await store.of(connection, province_id, account)


async def of_account(engine: AsyncEngine, account: str, at: datetime) -> Given:
    """What an account may do at an instant. Raises NoSuchAccountError."""
    async with engine.connect() as connection:
        provinces = await store.provinces(connection, account)
    for province_id in provinces:
        async with transaction(engine, province_id) as connection:
            person_id = await store.person_of(connection, province_id, account, at)
            if person_id is None:
                continue
            day = vietnamese_day(at)
            rows = await store.of(connection, province_id, account)
            classes = await store.classes_graded(connection, province_id, person_id)
        grants = [
            Grant(role=Role(r.role), unit_id=r.unit_id, class_id=r.class_id, audience=r.audience)
            for r in rows
            if r.valid_from <= day and (r.valid_to is None or day < r.valid_to)
        ]
        graded = [Grant(role=Role.CORE_TEACHER, class_id=class_id) for class_id in classes]
        grants += [g for g in graded if g not in grants]
        grants.append(Grant(role=Role.LEARNER))
        return Given(account=account, person_id=person_id, province_id=province_id, grants=grants)
    raise NoSuchAccountError
