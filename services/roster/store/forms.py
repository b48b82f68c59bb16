"""The rows of the forms, and who of the roster they may speak of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.roster.domain.forms import Form, Need, Outcome, Stated
from shared.identity import Reach

_LEARNERS = sa.text("""
    SELECT person_id, unit_id, unit_path FROM enrolment
    WHERE province_id = :province_id AND class_id = :class_id AND person_id = ANY(:ids) AND withdrawn_at IS NULL
""")

_POSTS = sa.text("""
    SELECT person_id, unit_id FROM employment
    WHERE province_id = :province_id AND person_id = ANY(:ids) AND valid_to IS NULL ORDER BY person_id, unit_id
""")

_CLASS_EXISTS = sa.text("""
    SELECT EXISTS (SELECT FROM class WHERE province_id = :province_id AND class_id = :class_id)
""")

_ADD = sa.text("""
    INSERT INTO form_row (province_id, row_id, form, unit_id, unit_path, owner_path, class_id, person_id, name,
                          search_key, birth_date, position, subject, account, phone, need, note, raised_by, raised_at)
    SELECT :province_id, u.row_id, :form, u.unit_id, ARRAY(SELECT jsonb_array_elements_text(u.unit_path)::uuid),
           ARRAY(SELECT jsonb_array_elements_text(u.owner_path)::uuid), :class_id, u.person_id, u.name, u.search_key,
           u.birth_date, u.position, u.subject, u.account, u.phone, u.need, u.note, :raised_by, :raised_at
    FROM unnest(CAST(:row_ids AS uuid[]), CAST(:unit_ids AS uuid[]), CAST(:unit_paths AS jsonb[]),
                CAST(:owner_paths AS jsonb[]), CAST(:person_ids AS uuid[]), CAST(:names AS text[]),
                CAST(:search_keys AS text[]), CAST(:birth_dates AS date[]), CAST(:positions AS text[]),
                CAST(:subjects AS text[]), CAST(:accounts AS text[]), CAST(:phones AS text[]),
                CAST(:needs AS text[]), CAST(:notes AS text[]))
         AS u (row_id, unit_id, unit_path, owner_path, person_id, name, search_key, birth_date, position, subject,
               account, phone, need, note)
    ON CONFLICT DO NOTHING
    RETURNING row_id
""")

_FROM = """
    FROM form_row f LEFT JOIN person p USING (province_id, person_id) LEFT JOIN class c USING (province_id, class_id)
      LEFT JOIN offering o USING (province_id, offering_id)
    WHERE f.province_id = :province_id
      AND (:everything OR f.unit_path && CAST(:units AS uuid[]) OR f.class_id = ANY(CAST(:classes AS uuid[]))
           OR o.audience = ANY(CAST(:audiences AS text[])))
"""
_ASKED = f"""
    {_FROM}
      AND f.form = :form
      AND (CAST(:unit_id AS uuid) IS NULL OR f.unit_path @> ARRAY[CAST(:unit_id AS uuid)])
      AND (CAST(:asked_class AS uuid) IS NULL OR f.class_id = :asked_class)
      AND (CAST(:waiting AS boolean) IS NULL OR (f.answered_at IS NULL) = :waiting)
      AND (CAST(:raised_before AS timestamptz) IS NULL OR f.raised_at < :raised_before)
"""
_COUNT = sa.text(f"SELECT count(*) {_ASKED}")
_COLUMNS = """
    f.row_id, f.form, f.unit_id, f.unit_path, f.owner_path, f.class_id, c.code AS class_code, f.person_id,
    coalesce(p.name, f.name) AS name, coalesce(p.search_key, f.search_key) AS search_key,
    coalesce(p.birth_date, f.birth_date) AS birth_date, f.position, f.subject, f.account,
    coalesce(f.phone, p.phone) AS phone, f.need, f.note, f.raised_by, f.raised_at, f.outcome, f.answer,
    f.answered_by, f.answered_at
"""
_PAGE = sa.text(f"""
    SELECT {_COLUMNS} {_ASKED}
      AND (CAST(:after AS uuid) IS NULL OR f.row_id > :after)
    ORDER BY f.row_id LIMIT :limit
""")
_ONE = sa.text(f"SELECT {_COLUMNS} {_FROM} AND f.row_id = :row_id FOR NO KEY UPDATE OF f")
_STATED = sa.text(f"""
    SELECT {_COLUMNS} {_FROM}
      AND (CAST(:unit_id AS uuid) IS NULL OR f.unit_path @> ARRAY[CAST(:unit_id AS uuid)])
    ORDER BY f.row_id
""")
_ANSWER = sa.text("""
    UPDATE form_row SET outcome = :outcome, answer = :answer, answered_by = :answered_by, answered_at = :answered_at
    WHERE province_id = :province_id AND row_id = :row_id
""")
_PASS_UP = sa.text("""
    UPDATE form_row SET owner_path = ARRAY[owner_path[1]] WHERE province_id = :province_id AND row_id = :row_id
""")


@dataclass(frozen=True, kw_only=True)
class Row:
    """One row to be kept. Paths run from the province to the unit; the owner answers the row."""

    row_id: UUID
    unit_path: tuple[UUID, ...]
    owner_path: tuple[UUID, ...]
    person_id: UUID | None
    name: str | None
    search_key: str | None
    birth_date: date | None
    position: str | None
    subject: str | None
    account: str | None
    phone: str | None
    need: Need
    note: str | None


@dataclass(frozen=True, kw_only=True)
class Filter:
    """What was asked for; None: everything. A unit means itself and all below it, as the tree was then."""

    form: Form
    unit_id: UUID | None = None
    class_id: UUID | None = None
    waiting: bool | None = None
    raised_before: datetime | None = None


async def class_exists(connection: AsyncConnection, province_id: UUID, class_id: UUID) -> bool:
    """Whether there is such a class."""
    found = await connection.execute(_CLASS_EXISTS, {"province_id": province_id, "class_id": class_id})
    return bool(found.scalar_one())


async def learners(
    connection: AsyncConnection, province_id: UUID, class_id: UUID, ids: Sequence[UUID]
) -> dict[UUID, tuple[UUID, ...]]:
    """The unit path of each of these persons who learns in a class."""
    which = {"province_id": province_id, "class_id": class_id, "ids": list(ids)}
    return {row.person_id: tuple(row.unit_path) for row in await connection.execute(_LEARNERS, which)}


async def posts(connection: AsyncConnection, province_id: UUID, ids: Sequence[UUID]) -> dict[UUID, list[UUID]]:
    """Where each of these persons works."""
    found: dict[UUID, list[UUID]] = {}
    for row in await connection.execute(_POSTS, {"province_id": province_id, "ids": list(ids)}):
        found.setdefault(row.person_id, []).append(row.unit_id)
    return found


async def add(
    connection: AsyncConnection,
    province_id: UUID,
    form: Form,
    class_id: UUID | None,
    rows: Sequence[Row],
    *,
    raised_by: str,
    raised_at: datetime,
) -> set[UUID]:
    """Keeps rows; answers the ids of those that did not wait already."""
    texts = ("name", "search_key", "birth_date", "position", "subject", "account", "phone", "need", "note")
    values: dict[str, Any] = {f"{name}s": [getattr(row, name) for row in rows] for name in texts}
    values |= {
        "row_ids": [row.row_id for row in rows],
        "unit_ids": [row.unit_path[-1] for row in rows],
        "unit_paths": [_json(row.unit_path) for row in rows],
        "owner_paths": [_json(row.owner_path) for row in rows],
        "person_ids": [row.person_id for row in rows],
    }
    whose = {"province_id": province_id, "class_id": class_id, "raised_by": raised_by, "raised_at": raised_at}
    kept = await connection.execute(_ADD, values | whose | {"form": int(form)})
    return set(kept.scalars())


def _json(path: Sequence[UUID]) -> str:
    return "[" + ",".join(f'"{one}"' for one in path) + "]"


async def page(
    connection: AsyncConnection, province_id: UUID, reach: Reach, asked: Filter, *, after: UUID | None, limit: int
) -> tuple[int, list[dict[str, Any]]]:
    """How many are found within reach, and one page in the order they came in, unmasked: the caller masks."""
    what = _within(province_id, reach) | {
        "form": int(asked.form),
        "unit_id": asked.unit_id,
        "asked_class": asked.class_id,
        "waiting": asked.waiting,
        "raised_before": asked.raised_before,
    }
    total = (await connection.execute(_COUNT, what)).scalar_one()
    rows = await connection.execute(_PAGE, what | {"after": after, "limit": limit})
    return total, [dict(row) for row in rows.mappings()]


async def stated(
    connection: AsyncConnection, province_id: UUID, reach: Reach, unit_id: UUID | None
) -> list[tuple[Stated, dict[str, Any]]]:
    """Every row of every form within reach, as the sides are compared by it and as it is shown."""
    rows = await connection.execute(_STATED, _within(province_id, reach) | {"unit_id": unit_id})
    return [(_stated(row), dict(row)) for row in rows.mappings()]


def _stated(row: Any) -> Stated:
    return Stated(
        row_id=row["row_id"],
        form=Form(row["form"]),
        need=Need(row["need"]),
        person_id=row["person_id"],
        search_key=row["search_key"] or "",
        birth_date=row["birth_date"],
        answered_at=row["answered_at"],
    )


async def locked(connection: AsyncConnection, province_id: UUID, reach: Reach, row_id: UUID) -> dict[str, Any] | None:
    """One row within reach, to be changed by this transaction."""
    found = await connection.execute(_ONE, _within(province_id, reach) | {"row_id": row_id})
    row = found.mappings().one_or_none()
    return None if row is None else dict(row)


def _within(province_id: UUID, reach: Reach) -> dict[str, Any]:
    reached = reach.parameters()
    return {name: reached[name] for name in ("everything", "units", "classes", "audiences")} | {
        "province_id": province_id
    }


async def answer(
    connection: AsyncConnection, province_id: UUID, row_id: UUID, outcome: Outcome, text: str, by: str, at: datetime
) -> None:
    """Ends the waiting of a row."""
    said = {"outcome": outcome, "answer": text, "answered_by": by, "answered_at": at}
    await connection.execute(_ANSWER, said | {"province_id": province_id, "row_id": row_id})


async def pass_up(connection: AsyncConnection, province_id: UUID, row_id: UUID) -> None:
    """Leaves a row to the province."""
    await connection.execute(_PASS_UP, {"province_id": province_id, "row_id": row_id})
