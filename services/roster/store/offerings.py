"""Offerings, their classes, and the classes' graders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.roster.store import within
from shared.events.roster import Composition, Grader, SchemeRef
from shared.events.roster import Offering as OfferingSaid
from shared.identity import EVERYTHING, Reach

_COLUMNS = """
    o.offering_id, o.course, o.title, o.subject, o.subject_key, o.level, o.audience, o.module, o.periods,
    o.composition, o.scheme_id, o.scheme_version, o.opens_at, o.closes_at, o.window_rule,
    o.planned_learners, o.planned_classes, o.created_at
"""

_BY_COURSE = sa.text(f"SELECT {_COLUMNS} FROM offering o WHERE province_id = :province_id AND course = ANY(:courses)")

_ONE = sa.text(f"SELECT {_COLUMNS} FROM offering o WHERE province_id = :province_id AND offering_id = :offering_id")
_LOCKED = sa.text(f"{_ONE.text} FOR NO KEY UPDATE")

_ADD = sa.text("""
    INSERT INTO offering (province_id, offering_id, course, title, subject, subject_key, level, audience, module,
                          periods, composition, scheme_id, scheme_version, opens_at, closes_at, window_rule,
                          planned_learners, planned_classes, created_at)
    VALUES (:province_id, :offering_id, :course, :title, :subject, :subject_key, :level, :audience, :module,
            :periods, CAST(:composition AS jsonb), :scheme_id, :scheme_version, :opens_at, :closes_at, :window_rule,
            :planned_learners, :planned_classes, :created_at)
""")

_COUNT = sa.text("SELECT count(*) FROM offering WHERE province_id = :province_id")

_PAGE = sa.text(f"""
    SELECT {_COLUMNS},
           (SELECT count(*) FROM enrolment e WHERE e.province_id = o.province_id AND e.offering_id = o.offering_id
              AND e.withdrawn_at IS NULL AND {within.ENROLMENT}) AS enrolments,
           (SELECT count(*) FROM class c WHERE c.province_id = o.province_id AND c.offering_id = o.offering_id
              AND {within.CLASS}) AS classes
    FROM offering o
    WHERE o.province_id = :province_id AND (CAST(:after AS text) IS NULL OR o.course > :after)
    ORDER BY o.course LIMIT :limit
""")

_ASKED = f"""
    (CAST(:offering_id AS uuid) IS NULL OR c.offering_id = :offering_id)
    AND (CAST(:class_ids AS uuid[]) IS NULL OR c.class_id = ANY(:class_ids))
    AND {within.CLASS}
"""
_CLASSES = sa.text(f"""
    SELECT c.class_id, c.offering_id, c.number, c.code, o.course, o.audience,
           (SELECT count(*) FROM enrolment e WHERE e.province_id = c.province_id AND e.class_id = c.class_id
              AND e.withdrawn_at IS NULL) AS size,
           ARRAY(SELECT g.account FROM class_grader g WHERE g.province_id = c.province_id
                 AND g.class_id = c.class_id ORDER BY g.rank) AS graders
    FROM class c JOIN offering o USING (province_id, offering_id)
    WHERE c.province_id = :province_id
      AND {_ASKED}
      AND (CAST(:after_course AS text) IS NULL OR (o.course, c.number) > (:after_course, :after_number))
    ORDER BY o.course, c.number LIMIT :limit
""")

_COUNT_CLASSES = sa.text(f"""
    SELECT count(*) FROM class c JOIN offering o USING (province_id, offering_id)
    WHERE c.province_id = :province_id AND {_ASKED}
""")

_ADD_CLASSES = sa.text("""
    INSERT INTO class (province_id, class_id, offering_id, number, code, created_at)
    SELECT :province_id, u.class_id, :offering_id, u.number, u.code, :at
    FROM unnest(CAST(:ids AS uuid[]), CAST(:numbers AS integer[]), CAST(:codes AS text[]))
         AS u (class_id, number, code)
""")

_CLASS_LOCKED = sa.text("""
    SELECT class_id FROM class WHERE province_id = :province_id AND class_id = :class_id FOR NO KEY UPDATE
""")

_CLASSES_LOCKED = sa.text("""
    SELECT class_id FROM class WHERE province_id = :province_id AND offering_id = :offering_id
    ORDER BY class_id FOR NO KEY UPDATE
""")

_FORGET_GRADERS = sa.text("DELETE FROM class_grader WHERE province_id = :province_id AND class_id = :class_id")

_PUT_GRADERS = sa.text("""
    INSERT INTO class_grader (province_id, class_id, account, person_id, rank, since)
    SELECT :province_id, :class_id, u.account, u.person_id, u.rank, :at
    FROM unnest(CAST(:accounts AS text[]), CAST(:persons AS uuid[]), CAST(:ranks AS smallint[]))
         AS u (account, person_id, rank)
""")

_GRADERS = sa.text("""
    SELECT account, person_id FROM class_grader
    WHERE province_id = :province_id AND class_id = :class_id ORDER BY rank
""")


@dataclass(frozen=True, kw_only=True)
class Offering:
    """A course offered to an audience of a level in a subject, with the time in which it is studied."""

    offering_id: UUID
    course: str
    title: str
    subject: str
    subject_key: str
    level: str
    audience: str
    module: str
    periods: int
    composition: Composition
    scheme: SchemeRef
    opens_at: datetime
    closes_at: datetime
    window_rule: str
    planned_learners: int | None
    planned_classes: int | None
    created_at: datetime

    def said(self) -> OfferingSaid:
        """As an enrolment's event carries it."""
        names = ("course", "title", "subject", "level", "audience", "module", "periods", "composition", "scheme")
        return OfferingSaid(id=self.offering_id, **{name: getattr(self, name) for name in names})


def _offering(row: Any) -> Offering:
    values = {name: row[name] for name in Offering.__dataclass_fields__ if name not in ("composition", "scheme")}
    return Offering(
        **values,
        composition=msgspec.convert(row["composition"], type=Composition),
        scheme=SchemeRef(id=row["scheme_id"], version=row["scheme_version"]),
    )


async def by_course(connection: AsyncConnection, province_id: UUID, courses: Sequence[str]) -> dict[str, Offering]:
    """Offerings by their course codes."""
    rows = await connection.execute(_BY_COURSE, {"province_id": province_id, "courses": list(courses)})
    return {row["course"]: _offering(row) for row in rows.mappings()}


async def one(
    connection: AsyncConnection, province_id: UUID, offering_id: UUID, *, locked: bool = False
) -> Offering | None:
    """One offering; `locked` is the root of whatever is decided over its classes."""
    which = {"province_id": province_id, "offering_id": offering_id}
    row = (await connection.execute(_LOCKED if locked else _ONE, which)).mappings().one_or_none()
    return None if row is None else _offering(row)


async def add(connection: AsyncConnection, province_id: UUID, new: Sequence[Offering]) -> None:
    """New offerings; a province has some dozens."""
    if not new:
        return
    rows = []
    for o in new:
        row = {
            name: getattr(o, name) for name in Offering.__dataclass_fields__ if name not in ("composition", "scheme")
        }
        composition = msgspec.json.encode(o.composition).decode()
        more = {"composition": composition, "scheme_id": o.scheme.id, "scheme_version": o.scheme.version}
        rows.append(row | more | {"province_id": province_id})
    await connection.execute(_ADD, rows)


async def page(
    connection: AsyncConnection, province_id: UUID, reach: Reach, after: str | None, limit: int
) -> tuple[int, list[tuple[Offering, dict[str, int]]]]:
    """How many there are, and one page by course code, with counts of what is within reach."""
    total = (await connection.execute(_COUNT, {"province_id": province_id})).scalar_one()
    rows = await connection.execute(
        _PAGE, reach.parameters() | {"province_id": province_id, "after": after, "limit": limit}
    )
    return total, [
        (_offering(row), {"enrolments": row["enrolments"], "classes": row["classes"]}) for row in rows.mappings()
    ]


async def classes(
    connection: AsyncConnection,
    province_id: UUID,
    *,
    offering_id: UUID | None = None,
    class_ids: Sequence[UUID] | None = None,
    reach: Reach = EVERYTHING,
    after: tuple[str, int] | None = None,
    limit: int = 100_000,
) -> tuple[int, list[dict[str, Any]]]:
    """Classes with their sizes and graders, by course and number; a unit reaches those it has learners in."""
    which = reach.parameters() | {
        "province_id": province_id,
        "offering_id": offering_id,
        "class_ids": None if class_ids is None else list(class_ids),
    }
    total = (await connection.execute(_COUNT_CLASSES, which)).scalar_one()
    course, number = after or (None, None)
    rows = await connection.execute(_CLASSES, which | {"after_course": course, "after_number": number, "limit": limit})
    return total, [dict(row) for row in rows.mappings()]


async def add_classes(
    connection: AsyncConnection,
    province_id: UUID,
    offering_id: UUID,
    new: Sequence[tuple[UUID, int, str]],
    at: datetime,
) -> None:
    """New classes `(id, number, code)` of an offering."""
    if new:
        arrays = {"ids": [c[0] for c in new], "numbers": [c[1] for c in new], "codes": [c[2] for c in new]}
        which = {"province_id": province_id, "offering_id": offering_id, "at": at}
        await connection.execute(_ADD_CLASSES, which | arrays)


async def lock_class(connection: AsyncConnection, province_id: UUID, class_id: UUID) -> bool:
    """Locks a class; false where there is none."""
    which = {"province_id": province_id, "class_id": class_id}
    return (await connection.execute(_CLASS_LOCKED, which)).scalar_one_or_none() is not None


async def lock_classes(connection: AsyncConnection, province_id: UUID, offering_id: UUID) -> None:
    """Locks an offering's classes, so that graders set meanwhile are seen by whoever joins."""
    await connection.execute(_CLASSES_LOCKED, {"province_id": province_id, "offering_id": offering_id})


async def graders(connection: AsyncConnection, province_id: UUID, class_id: UUID) -> list[Grader]:
    """The graders of a class in their order."""
    rows = await connection.execute(_GRADERS, {"province_id": province_id, "class_id": class_id})
    return [Grader(person_id=row.person_id, account=row.account) for row in rows]


async def put_graders(
    connection: AsyncConnection, province_id: UUID, class_id: UUID, new: Sequence[Grader], at: datetime
) -> None:
    """Sets the graders of a class."""
    which = {"province_id": province_id, "class_id": class_id}
    await connection.execute(_FORGET_GRADERS, which)
    if new:
        arrays = {"accounts": [g.account for g in new], "persons": [g.person_id for g in new]}
        await connection.execute(_PUT_GRADERS, which | arrays | {"ranks": list(range(len(new))), "at": at})
