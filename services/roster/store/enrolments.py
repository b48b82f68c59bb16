"""Enrolments as they live on: read whole for their events, changed in batches. They are made in `allocation.py`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.events.envelope import Step
from shared.events.roster import Account, Composition, Enrolment, Grader, Learner, Offering, SchemeRef, Window

_STATES = sa.text("""
    SELECT e.*, p.name, p.sort_key, p.birth_date, c.code AS class_code,
           o.course, o.title, o.subject, o.level, o.audience, o.module, o.periods, o.composition,
           o.scheme_id, o.scheme_version, o.opens_at, o.window_rule
    FROM enrolment e
    JOIN person p USING (province_id, person_id)
    JOIN class c USING (province_id, class_id)
    JOIN offering o ON o.province_id = e.province_id AND o.offering_id = e.offering_id
    WHERE e.province_id = :province_id AND e.enrolment_id = ANY(:ids)
    ORDER BY e.enrolment_id
""")

_ACCOUNTS = sa.text("""
    SELECT person_id, account, since, until FROM account
    WHERE province_id = :province_id AND person_id = ANY(:persons) ORDER BY since, account
""")

_GRADERS = sa.text("""
    SELECT class_id, person_id, account FROM class_grader
    WHERE province_id = :province_id AND class_id = ANY(:classes) ORDER BY class_id, rank
""")

_UNHEARD = sa.text("""
    SELECT e.enrolment_id FROM enrolment e
    JOIN unnest(CAST(:ids AS uuid[]), CAST(:logins AS timestamptz[]), CAST(:registereds AS timestamptz[]))
         AS u (enrolment_id, first_login_at, registered_at) USING (enrolment_id)
    WHERE e.province_id = :province_id
      AND (e.first_login_at, e.registered_at) IS DISTINCT FROM (u.first_login_at, u.registered_at)
    ORDER BY e.enrolment_id
""")

_IDS = sa.text("""
    SELECT enrolment_id FROM enrolment
    WHERE province_id = :province_id
      AND (CAST(:persons AS uuid[]) IS NULL OR person_id = ANY(:persons))
      AND (CAST(:classes AS uuid[]) IS NULL OR class_id = ANY(:classes))
      AND (CAST(:enrolments AS uuid[]) IS NULL OR enrolment_id = ANY(:enrolments))
    ORDER BY enrolment_id
""")

_PUT = sa.text("""
    UPDATE enrolment e SET windows = u.windows, steps = u.steps, withdrawn_at = u.withdrawn_at,
                           withdrawn_reason = coalesce(u.reason, e.withdrawn_reason),
                           first_login_at = u.first_login_at, registered_at = u.registered_at
    FROM unnest(CAST(:provinces AS uuid[]), CAST(:ids AS uuid[]), CAST(:windows AS jsonb[]), CAST(:steps AS jsonb[]),
                CAST(:withdrawns AS timestamptz[]), CAST(:reasons AS text[]), CAST(:logins AS timestamptz[]),
                CAST(:registereds AS timestamptz[]))
         AS u (province_id, enrolment_id, windows, steps, withdrawn_at, reason, first_login_at, registered_at)
    WHERE e.province_id = u.province_id AND e.enrolment_id = u.enrolment_id
""")


@dataclass(frozen=True, slots=True)
class Held:
    """An enrolment's state as it is said, with what roster alone keeps of it."""

    state: Enrolment
    opens_at: datetime
    window_rule: str
    first_login_at: datetime | None
    registered_at: datetime | None
    reason: str | None = None

    def stepped(self, step: Step, **changed: Any) -> Held:
        """With the state changed and one more step."""
        state = msgspec.structs.replace(self.state, steps=[*self.state.steps, step], **changed)
        return replace(self, state=state)


async def ids_of(
    connection: AsyncConnection,
    province_id: UUID,
    *,
    persons: Sequence[UUID] | None = None,
    classes: Sequence[UUID] | None = None,
    enrolments: Sequence[UUID] | None = None,
) -> list[UUID]:
    """The enrolments of persons, of classes, or those of these ids that there are."""
    which = {"persons": persons, "classes": classes, "enrolments": enrolments}
    arrays = {name: None if ids is None else list(ids) for name, ids in which.items()}
    return list((await connection.execute(_IDS, {"province_id": province_id} | arrays)).scalars())


async def unheard(
    connection: AsyncConnection, province_id: UUID, activity: Mapping[UUID, tuple[datetime | None, datetime | None]]
) -> list[UUID]:
    """Those enrolments whose (first log-in, registration) is not what is kept: most results change neither."""
    rows = await connection.execute(
        _UNHEARD,
        {
            "province_id": province_id,
            "ids": list(activity),
            "logins": [login for login, _ in activity.values()],
            "registereds": [registered for _, registered in activity.values()],
        },
    )
    return list(rows.scalars())


async def held(connection: AsyncConnection, province_id: UUID, ids: Sequence[UUID]) -> list[Held]:
    """Whole states, by id. Read them after their aggregates are locked."""
    rows = list((await connection.execute(_STATES, {"province_id": province_id, "ids": list(ids)})).mappings())
    accounts: dict[UUID, list[Account]] = {}
    persons = sorted({row["person_id"] for row in rows})
    for a in await connection.execute(_ACCOUNTS, {"province_id": province_id, "persons": persons}):
        one = Account(account=a.account, since=a.since, until=a.until)
        accounts.setdefault(a.person_id, []).append(one)
    graders: dict[UUID, list[Grader]] = {}
    classes = sorted({row["class_id"] for row in rows})
    for g in await connection.execute(_GRADERS, {"province_id": province_id, "classes": classes}):
        graders.setdefault(g.class_id, []).append(Grader(person_id=g.person_id, account=g.account))
    offerings: dict[UUID, Offering] = {}
    found = []
    for row in rows:
        if row["offering_id"] not in offerings:
            offerings[row["offering_id"]] = _offering(row)
        state = _state(row, offerings[row["offering_id"]], accounts, graders)
        found.append(
            Held(
                state, row["opens_at"], row["window_rule"], row["first_login_at"], row["registered_at"],
                row["withdrawn_reason"],
            )
        )  # fmt: skip
    return found


def _offering(row: Any) -> Offering:
    names = ("course", "title", "subject", "level", "audience", "module", "periods")
    return Offering(
        id=row["offering_id"],
        composition=msgspec.convert(row["composition"], type=Composition),
        scheme=SchemeRef(id=row["scheme_id"], version=row["scheme_version"]),
        **{name: row[name] for name in names},
    )


def _state(
    row: Any, offering: Offering, accounts: dict[UUID, list[Account]], graders: dict[UUID, list[Grader]]
) -> Enrolment:
    return Enrolment(
        province_id=row["province_id"],
        enrolment_id=row["enrolment_id"],
        person=Learner(
            id=row["person_id"], name=row["name"] or "", sort_key=row["sort_key"] or "", birth_date=row["birth_date"]
        ),
        accounts=accounts.get(row["person_id"], []),
        unit_id=row["unit_id"],
        unit_name=row["unit_name"],
        unit_path=row["unit_path"],
        position=row["position"],
        offering=offering,
        class_id=row["class_id"],
        class_code=row["class_code"],
        graders=graders.get(row["class_id"], []),
        kind=row["kind"],
        windows=msgspec.convert(row["windows"], type=list[Window]),
        enrolled_at=row["enrolled_at"],
        withdrawn_at=row["withdrawn_at"],
        steps=msgspec.convert(row["steps"], type=list[Step]),
    )


async def put(connection: AsyncConnection, changed: Sequence[Held]) -> None:
    """Stores what changes in an enrolment's life: windows, steps, withdrawal, first log-in, registration."""
    if not changed:
        return
    await connection.execute(
        _PUT,
        {
            "provinces": [h.state.province_id for h in changed],
            "ids": [h.state.enrolment_id for h in changed],
            "windows": [msgspec.json.encode(h.state.windows).decode() for h in changed],
            "steps": [msgspec.json.encode(h.state.steps).decode() for h in changed],
            "withdrawns": [h.state.withdrawn_at for h in changed],
            "reasons": [h.reason for h in changed],
            "logins": [h.first_login_at for h in changed],
            "registereds": [h.registered_at for h in changed],
        },
    )
