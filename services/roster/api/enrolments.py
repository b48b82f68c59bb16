"""/enrolments"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from operator import itemgetter
from typing import Annotated, Any
from uuid import UUID

from fastapi import FastAPI, Query, Response
from sqlalchemy.ext.asyncio import AsyncEngine

from services.roster.api.lists import DEFAULT_LIMIT, Limit
from services.roster.api.rules import CHANGES_ENROLMENTS, READS_CONTACTS, READS_ENROLMENTS
from services.roster.domain import phones
from services.roster.schemas import Extension, Withdrawal, utc
from services.roster.schemas.answers import EnrolmentExplained, EnrolmentList
from services.roster.use_cases import enrolments, enrolments_read
from services.roster.use_cases.enrolments_read import Filter
from shared import sheets
from shared.audit import Act
from shared.callers import acts, demand, may, province_of
from shared.clock import VIETNAM
from shared.events.roster import Enrolment
from shared.identity import Principal, reach_of
from shared.paging import key_of, page_by
from shared.scope import reaches
from shared.sheets import Format, Table
from shared.web import answers, json_response, router

_MOST_PRINTED = 20_000
_ids = Query(alias="id", max_length=100)


def mount(app: FastAPI, engine: AsyncEngine) -> None:
    """Enrolments as lists and one by one, and what may happen to one after it began."""
    routes = router()

    @routes.get("/enrolments", response_model=EnrolmentList, responses=answers(sheets.CSV_TYPE, sheets.XLSX_TYPE))
    async def list_enrolments(
        caller: Annotated[Principal, may(READS_ENROLMENTS, READS_CONTACTS)],
        act: Annotated[Act, acts(READS_ENROLMENTS, READS_CONTACTS)],
        unit: UUID | None = None,
        class_id: Annotated[UUID | None, Query(alias="class")] = None,
        offering: UUID | None = None,
        person: UUID | None = None,
        ids: Annotated[list[UUID] | None, _ids] = None,
        withdrawn: bool = False,
        contacts: bool = False,
        format: Format = "json",  # noqa: A002
        limit: Limit = DEFAULT_LIMIT,
        cursor: str | None = None,
    ) -> Response:
        """Within reach, in Vietnamese order of names; `id` (up to 100) names those of another list. Phones by their
        last digits unless `contacts` is asked for by those who must reach the learner; that is put on record."""
        rule = READS_CONTACTS if contacts else READS_ENROLMENTS
        demand(caller, rule)
        asked = Filter(
            unit_id=unit,
            class_id=class_id,
            offering_id=offering,
            person_id=person,
            ids=ids,
            withdrawn=withdrawn,
        )
        many = limit if format == "json" else _MOST_PRINTED
        span: dict[str, Any] = {"after": key_of(cursor, tuple[str, UUID]), "limit": many + 1}
        if contacts:
            total, rows = await enrolments_read.contacts(engine, act, reach_of(caller, rule), asked, **span)
        else:
            province_id = province_of(caller)
            total, rows = await enrolments_read.find(engine, province_id, reach_of(caller, rule), asked, **span)
        for row in rows:
            row["phone"] = row["phone"] if contacts else phones.masked(row["phone"])
        if format == "json":
            return json_response(
                page_by(rows, limit=limit, total=total, key=itemgetter("sort_key", "enrolment_id"), item=_found)
            )
        table = Table(_HEADER, [_printed(row) for row in rows[:many]])
        return await sheets.download(table, title="Danh sách học viên", name="enrolments", kind=format)

    @routes.get("/enrolments/{enrolment_id}", response_model=EnrolmentExplained)
    async def get_enrolment(caller: Annotated[Principal, may(READS_ENROLMENTS)], enrolment_id: UUID) -> Response:
        """One enrolment, the line of the roster: its windows, its dated steps, who decided what of it, and by name
        those who may: whom its accounts are."""
        reach = reach_of(caller, READS_ENROLMENTS)
        found = await enrolments_read.explained(engine, province_of(caller), reach, enrolment_id)
        row = found.row
        row["phone"] = phones.masked(row["phone"])
        more = {"windows": row["windows"], "steps": row["steps"], "decisions": found.decisions, "staff": found.staff}
        return json_response(_found(row) | {"withdrawn_reason": row["withdrawn_reason"]} | more)

    @routes.post("/enrolments/{enrolment_id}/withdraw")
    async def withdraw(
        caller: Annotated[Principal, may(CHANGES_ENROLMENTS)],
        act: Annotated[Act, acts(CHANGES_ENROLMENTS)],
        enrolment_id: UUID,
        body: Withdrawal,
    ) -> Response:
        """Ends it, with a reason."""
        within = reaches(caller, CHANGES_ENROLMENTS)
        return json_response(_item(await enrolments.withdraw(engine, act, enrolment_id, body.reason, within)))

    @routes.post("/enrolments/{enrolment_id}/extensions", status_code=201)
    async def extend(
        caller: Annotated[Principal, may(CHANGES_ENROLMENTS)],
        act: Annotated[Act, acts(CHANGES_ENROLMENTS)],
        enrolment_id: UUID,
        body: Extension,
    ) -> Response:
        """More time, with a reason."""
        within = reaches(caller, CHANGES_ENROLMENTS)
        changed = await enrolments.extend(engine, act, enrolment_id, utc(body.closes_at), body.reason, within)
        return json_response(_item(changed), 201)

    app.include_router(routes)


def _item(state: Enrolment) -> dict[str, Any]:
    names = ("unit_id", "class_id", "kind", "windows", "enrolled_at", "withdrawn_at", "steps")
    who = {"id": state.enrolment_id, "person_id": state.person.id, "course": state.offering.course}
    return who | {name: getattr(state, name) for name in names}


def _found(row: dict[str, Any]) -> dict[str, Any]:
    names = ("name", "birth_date", "accounts", "phone", "position", "course", "title", "subject", "level", "audience")
    more = ("kind", "graders", "enrolled_at", "withdrawn_at", "first_login_at")
    return (
        {"id": row["enrolment_id"], "person_id": row["person_id"], "offering_id": row["offering_id"]}
        | {name: row[name] for name in (*names, *more)}
        | {"unit": {"id": row["unit_id"], "name": row["unit_name"]}}
        | {"class": {"id": row["class_id"], "code": row["class_code"]}}
        | {"opens_at": _end(row, "opens_at", min), "closes_at": _end(row, "closes_at", max)}
    )


def _end(row: dict[str, Any], name: str, which: Callable[[Iterable[datetime]], datetime]) -> datetime:
    """The first opening or the last closing of her windows."""
    return which(datetime.fromisoformat(window[name]) for window in row["windows"])


_HEADER = (
    "Họ và tên", "Ngày sinh", "Đơn vị", "Chức vụ", "Môn học", "Khóa học", "Lớp", "Tài khoản", "Điện thoại",
    "Cốt cán", "Hạn học", "Đăng nhập lần đầu",
)  # fmt: skip


def _printed(row: dict[str, Any]) -> tuple[str | None, ...]:
    return (
        row["name"],
        None if row["birth_date"] is None else f"{row['birth_date']:%d/%m/%Y}",
        row["unit_name"],
        row["position"],
        row["subject"],
        row["course"],
        row["class_code"],
        ", ".join(row["accounts"]),
        row["phone"],
        ", ".join(row["graders"]),
        _local(_end(row, "closes_at", max)),
        _local(row["first_login_at"]),
    )


def _local(instant: datetime | None) -> str | None:
    return None if instant is None else f"{instant.astimezone(VIETNAM):%H:%M %d/%m/%Y}"
