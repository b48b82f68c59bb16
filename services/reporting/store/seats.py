"""Seats under lock, and the rows counted of them: one statement per table and batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from services.reporting.domain.differences import Difference, SeatKey, Stored
from services.reporting.domain.seats import (
    Answers,
    Enrolled,
    Held,
    Movement,
    Seat,
    Studied,
    from_grading,
    in_force,
    place_of,
)
from services.reporting.store import deltas, spans

_KEYS = "unnest(CAST(:provinces AS uuid[]), CAST(:seats AS uuid[])) AS u (province_id, seat_id)"

_CREATE = sa.text(f"""
    INSERT INTO seat (province_id, seat_id)
    SELECT u.province_id, u.seat_id FROM {_KEYS} ORDER BY u.seat_id
    ON CONFLICT DO NOTHING
""")

_LOCK = sa.text(f"""
    SELECT s.province_id, s.seat_id, s.person_id, s.class_id, s.unit_path, s.offering_id, s.course, s.subject, s.level,
           s.audience, s.kind, s.enrolled_at, s.withdrawn_at, s.with_account_at, s.status, s.first_login_at,
           s.answered_at, s.answer_content, s.answer_organisation, s.answer_staff,
           CAST(s.result_movements AS text), CAST(s.refusals AS text), CAST(s.certificates AS text)
    FROM seat s JOIN {_KEYS} USING (province_id, seat_id)
    ORDER BY s.seat_id
    FOR NO KEY UPDATE OF s
""")

_STORED = sa.text(f"""
    SELECT m.province_id, m.seat_id, m.figure, m.at, m.delta
    FROM movement m JOIN {_KEYS} USING (province_id, seat_id)
""")

_COLUMNS = {
    "person_id": "uuid",
    "class_id": "uuid",
    "unit_id": "uuid",
    "place_id": "uuid",
    "unit_path": "text",
    "offering_id": "uuid",
    "course": "text",
    "subject": "text",
    "level": "text",
    "audience": "text",
    "kind": "text",
    "enrolled_at": "timestamptz",
    "withdrawn_at": "timestamptz",
    "with_account_at": "timestamptz",
    "status": "text",
    "first_login_at": "timestamptz",
    "answered_at": "timestamptz",
    "answer_content": "smallint",
    "answer_organisation": "smallint",
    "answer_staff": "smallint",
    "result_movements": "jsonb",
    "refusals": "jsonb",
    "certificates": "jsonb",
}

_SET = ", ".join(f"{c} = CAST(u.{c} AS uuid[])" if c == "unit_path" else f"{c} = u.{c}" for c in _COLUMNS)

_WRITE = sa.text(f"""
    UPDATE seat s SET {_SET}
    FROM unnest(CAST(:provinces AS uuid[]), CAST(:seats AS uuid[]),
                {", ".join(f"CAST(:{column} AS {kind}[])" for column, kind in _COLUMNS.items())})
         AS u (province_id, seat_id, {", ".join(_COLUMNS)})
    WHERE s.province_id = u.province_id AND s.seat_id = u.seat_id
""")

_PUT_PLACES = sa.text("""
    INSERT INTO place (province_id, place_id, unit_path)
    SELECT u.province_id, u.place_id, CAST(u.unit_path AS uuid[])
    FROM unnest(CAST(:provinces AS uuid[]), CAST(:places AS uuid[]), CAST(:paths AS text[]))
         AS u (province_id, place_id, unit_path)
    ORDER BY u.place_id
    ON CONFLICT DO NOTHING
""")

_DROP_MOVEMENTS = sa.text("""
    DELETE FROM movement m
    USING unnest(CAST(:provinces AS uuid[]), CAST(:seats AS uuid[]), CAST(:figures AS text[]),
                 CAST(:ats AS timestamptz[])) AS u (province_id, seat_id, figure, at)
    WHERE m.province_id = u.province_id AND m.seat_id = u.seat_id AND m.figure = u.figure AND m.at = u.at
""")

_PUT_MOVEMENTS = sa.text("""
    INSERT INTO movement (province_id, seat_id, figure, at, delta)
    SELECT * FROM unnest(CAST(:provinces AS uuid[]), CAST(:seats AS uuid[]), CAST(:figures AS text[]),
                         CAST(:ats AS timestamptz[]), CAST(:deltas AS smallint[]))
    ON CONFLICT (province_id, seat_id, figure, at) DO UPDATE SET delta = excluded.delta
""")

_MOVEMENTS = msgspec.json.Decoder(tuple[Movement, ...])
_CERTIFICATES = msgspec.json.Decoder(tuple[Held, ...])


@dataclass(frozen=True, slots=True)
class Locked:
    """A seat under lock, and what the rows have of it."""

    seat: Seat
    stored: Stored


async def lock(connection: AsyncConnection, keys: Sequence[SeatKey]) -> dict[SeatKey, Locked]:
    """The seats `(province, seat)`, made where they are new, locked in the order of their ids."""
    arrays = {"provinces": [province for province, _ in keys], "seats": [seat for _, seat in keys]}
    await connection.execute(_CREATE, arrays)
    rows = (await connection.execute(_LOCK, arrays)).fetchall()
    stored: dict[SeatKey, list[Movement]] = {}
    for province_id, seat_id, figure, at, delta in await connection.execute(_STORED, arrays):
        stored.setdefault((province_id, seat_id), []).append(Movement(figure, at, delta))
    stages = await spans.of(connection, keys)
    locked: dict[SeatKey, Locked] = {}
    for row in rows:
        key = (row.province_id, row.seat_id)
        movements = tuple(stored.get(key, ()))
        locked[key] = Locked(_seat(row, movements), Stored(movements, stages.get(key, ())))
    return locked


def _seat(row: Any, stored: Sequence[Movement]) -> Seat:
    enrolled = studied = None
    if row.enrolled_at is not None:
        enrolled = Enrolled(
            person_id=row.person_id,
            class_id=row.class_id,
            unit_path=tuple(row.unit_path),
            offering_id=row.offering_id,
            course=row.course,
            subject=row.subject,
            level=row.level,
            audience=row.audience,
            kind=row.kind,
            enrolled_at=row.enrolled_at,
            withdrawn_at=row.withdrawn_at,
            with_account_at=row.with_account_at,
        )
    if row.status is not None:
        kept = row.result_movements
        studied = Studied(
            first_login_at=row.first_login_at,
            status=row.status,
            movements=from_grading(stored) if kept is None else _MOVEMENTS.decode(kept),
            refusals=() if row.refusals is None else _MOVEMENTS.decode(row.refusals),
            answers=None
            if row.answered_at is None
            else Answers(row.answered_at, row.answer_content, row.answer_organisation, row.answer_staff),
        )
    return Seat(enrolled, studied, _CERTIFICATES.decode(row.certificates))


def _columns(seat: Seat) -> dict[str, Any]:
    values: dict[str, Any] = dict.fromkeys(_COLUMNS)
    values["certificates"] = msgspec.json.encode(seat.certificates).decode()
    if (enrolled := seat.enrolled) is not None:
        for name in _COLUMNS.keys() & Enrolled.__dataclass_fields__.keys():
            values[name] = getattr(enrolled, name)
        values["unit_path"] = _array(enrolled.unit_path)
        values["unit_id"] = enrolled.unit_path[-1]
        values["place_id"] = place_of(enrolled.unit_path)
    if (studied := seat.studied) is not None:
        values["status"] = studied.status
        values["first_login_at"] = studied.first_login_at
        if (answers := studied.answers) is not None:
            values["answered_at"] = answers.at
            for question in ("content", "organisation", "staff"):
                values[f"answer_{question}"] = getattr(answers, question)
        if studied.refusals:
            values["refusals"] = msgspec.json.encode(studied.refusals).decode()
        # Kept only where they are not all in force (no enrolment yet, or withdrawn): the others stand in `movement`
        # already, and seats stay narrow for the reports that read all of them.
        if from_grading(in_force(seat)) != studied.movements:
            values["result_movements"] = msgspec.json.encode(studied.movements).decode()
    return values


def _array(ids: Sequence[UUID]) -> str:
    return "{" + ",".join(map(str, ids)) + "}"


async def write(connection: AsyncConnection, seats: Mapping[SeatKey, Seat], difference: Difference) -> None:
    """Stores the locked seats as they are now, and the difference to what is counted of them."""
    rows = [_columns(seat) for seat in seats.values()]
    await connection.execute(
        _WRITE,
        {"provinces": [province for province, _ in seats], "seats": [seat for _, seat in seats]}
        | {column: [row[column] for row in rows] for column in _COLUMNS},
    )
    paths = {
        (province, place_of(seat.enrolled.unit_path)): seat.enrolled.unit_path
        for (province, _), seat in seats.items()
        if seat.enrolled is not None
    }
    if paths:
        await connection.execute(
            _PUT_PLACES,
            {
                "provinces": [province for province, _ in paths],
                "places": [place for _, place in paths],
                "paths": [_array(path) for path in paths.values()],
            },
        )
    if difference.gone:
        await connection.execute(_DROP_MOVEMENTS, _movements(difference.gone))
    if difference.put:
        signs = [one.delta for _, one in difference.put]
        await connection.execute(_PUT_MOVEMENTS, _movements(difference.put) | {"deltas": signs})
    await spans.put(connection, difference)
    await deltas.add(connection, difference)


def _movements(rows: Sequence[tuple[SeatKey, Movement]]) -> dict[str, list[Any]]:
    return {
        "provinces": [province for (province, _), _ in rows],
        "seats": [seat for (_, seat), _ in rows],
        "figures": [one.figure for _, one in rows],
        "ats": [one.at for _, one in rows],
    }
