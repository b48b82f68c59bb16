"""Filling in the forms: a core teacher for her class, a school for its people; all rows or none."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.roster.domain import forms, phones
from services.roster.domain.forms import Form, Need
from services.roster.domain.names import search_key, tidy
from services.roster.domain.units import Placed, Tree, UnitChangeError, placed
from services.roster.store import forms as store
from services.roster.store import units
from services.roster.use_cases.offerings import NoSuchClassError
from shared import audit
from shared.audit import Act
from shared.clock import vietnamese_day
from shared.database import retrying, transaction
from shared.identity import Resource

Covers = Callable[[Resource], bool]
"""Whether what a row is about is within the caller's reach for the act."""
Path = tuple[UUID, ...]
"""Units from the province down."""
_OWNERS = frozenset({"district", "commune"})


class BadFormRowError(ValueError):
    """A row that cannot be taken; the message says which and why."""


class FormRowWaitsError(ValueError):
    """The same is asked for the same person already; the message says by which row."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """One row as it was filled in: a person of the roster, or in forms 2 and 4 one who is not in it."""

    need: Need
    person_id: UUID | None = None
    unit_code: str | None = None
    unit_id: UUID | None = None
    name: str | None = None
    birth_date: date | None = None
    position: str | None = None
    subject: str | None = None
    account: str | None = None
    phone: str | None = None
    note: str | None = None


async def raise_rows(
    engine: AsyncEngine, act: Act, form: Form, class_id: UUID | None, wanted: Sequence[Wanted], covers: Covers
) -> list[UUID]:
    """Takes all the rows or none, in their order.

    Raises BadFormRowError, FormRowWaitsError, NoSuchClassError.
    """
    if form.of_class != (class_id is not None):
        raise BadFormRowError("class_id: forms 1 and 2 are of a class, forms 3 and 4 are not")
    return await retrying(lambda: _raise(engine, act, form, class_id, wanted, covers))


async def _raise(
    engine: AsyncEngine, act: Act, form: Form, class_id: UUID | None, wanted: Sequence[Wanted], covers: Covers
) -> list[UUID]:
    for index, one in enumerate(wanted):
        _demand_whole(form, index, one)
    async with transaction(engine, act.province_id) as connection:
        if class_id is not None:
            known = await store.class_exists(connection, act.province_id, class_id)
            if not known or not covers(Resource(class_id=class_id)):
                raise NoSuchClassError
        tree = await _Tree.read(connection, act.province_id, vietnamese_day(act.at))
        if form.adds:
            # A core teacher knows her learners' schools and has none of them; a school speaks of itself.
            paths = [tree.named(one, None if form.of_class else covers) for one in wanted]
        else:
            paths = await _paths_of_known(connection, act, class_id, wanted, tree, covers)
        rows = [
            _row(act, index, one, path, () if path is None or form.of_class else tree.office_above(path))
            for index, (one, path) in enumerate(zip(wanted, paths, strict=True))
        ]
        kept = await store.add(
            connection, act.province_id, form, class_id, rows, raised_by=act.account, raised_at=act.at
        )
        for index, row in enumerate(rows):
            if row.row_id not in kept:
                raise FormRowWaitsError(f"rows/{index}: waits for an answer already")
        details = {"form": int(form)} | ({} if class_id is None else {"class": class_id})
        said = [(str(row.row_id), details | {"need": row.need}) for row in rows]
        await audit.record(connection, act, "form.raise", "form_row", said)
        return [row.row_id for row in rows]


def _demand_whole(form: Form, index: int, one: Wanted) -> None:
    if not forms.is_due(form, one.need):
        raise BadFormRowError(f"rows/{index}: need {one.need} does not belong into form {form}")
    if form.adds and not (tidy(one.name or "") and (one.unit_code or one.unit_id) and one.person_id is None):
        raise BadFormRowError(f"rows/{index}: forms 2 and 4 take a person by name and unit")
    if not form.adds and (one.person_id is None or one.name or one.unit_code or one.unit_id or one.birth_date):
        raise BadFormRowError(f"rows/{index}: forms 1 and 3 take a person by person_id alone")
    if one.phone is not None and phones.read(one.phone).number is None:
        raise BadFormRowError(f"rows/{index}: phone is no phone number")


async def _paths_of_known(
    connection: AsyncConnection,
    act: Act,
    class_id: UUID | None,
    wanted: Sequence[Wanted],
    tree: _Tree,
    covers: Covers,
) -> list[Path | None]:
    """Of the learner in the class, or of the person's post in a school within reach."""
    persons = [one.person_id for one in wanted if one.person_id is not None]
    if class_id is not None:
        learners = await store.learners(connection, act.province_id, class_id, persons)
        return [learners.get(person) for person in persons]
    posts = await store.posts(connection, act.province_id, persons)
    return [tree.first_covered(posts.get(person, ()), covers) for person in persons]


def _row(act: Act, index: int, one: Wanted, path: Path | None, owner: Path) -> store.Row:
    if path is None:
        raise BadFormRowError(f"rows/{index}: no such person or unit within reach")
    name = tidy(one.name or "")
    return store.Row(
        row_id=act.new_id(),
        unit_path=path,
        owner_path=owner or path[:1],
        person_id=one.person_id,
        name=name or None,
        search_key=search_key(name) if name else None,
        birth_date=one.birth_date,
        position=one.position,
        subject=one.subject,
        account=one.account,
        phone=None if one.phone is None else phones.read(one.phone).number,
        need=one.need,
        note=one.note,
    )


@dataclass(frozen=True)
class _Tree:
    """The province's units on a day."""

    tree: Tree
    there: Mapping[UUID, Placed]
    day: date

    @classmethod
    async def read(cls, connection: AsyncConnection, province_id: UUID, day: date) -> _Tree:
        kept = await units.everything(connection, province_id)
        tree = Tree(province_id, {unit_id: k.unit for unit_id, k in kept.items()})
        return cls(tree, placed(tree.units.values(), day), day)

    def named(self, one: Wanted, covers: Covers | None) -> Path | None:
        """The path of the unit that a row names by id or code, where it is within reach."""
        try:
            unit_id = one.unit_id or self.tree.by_code(one.unit_code or "", self.day).unit_id
        except UnitChangeError:
            return None
        return self.first_covered([unit_id], covers or (lambda _: True))

    def first_covered(self, unit_ids: Sequence[UUID], covers: Covers) -> Path | None:
        """The path of the first of these units within reach."""
        paths = (self.there[unit_id].path for unit_id in unit_ids if unit_id in self.there)
        return next((path for path in paths if covers(Resource(unit_path=path))), None)

    def office_above(self, path: Path) -> Path:
        """Who answers a school: the office right above it, which is the Phòng for primary and lower secondary schools;
        nobody's for those directly below the Sở, to whom core teachers write too (the dispatch, parts 1.5 and 2.8)."""
        ends = range(len(path) - 1, 1, -1)
        return next((path[:end] for end in ends if self.there[path[end - 1]].period.kind in _OWNERS), ())
