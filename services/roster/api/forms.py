"""/forms"""

from __future__ import annotations

from datetime import datetime, timedelta
from operator import itemgetter
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import FastAPI, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncEngine

from services.roster.api.lists import DEFAULT_LIMIT, Limit
from services.roster.api.rules import (
    ANSWERS_FORMS,
    FILLS_CLASS_FORMS,
    FILLS_SCHOOL_FORMS,
    READS_CONTACTS,
    READS_FORMS,
)
from services.roster.domain import phones
from services.roster.domain.forms import Form, Need
from services.roster.schemas.forms import (
    FormAnswer,
    FormDisagreements,
    FormRowDecided,
    FormRowList,
    FormRowsMade,
    FormRowsWanted,
)
from services.roster.use_cases import filling_in, forms
from services.roster.use_cases.filling_in import Covers, Wanted
from services.roster.use_cases.forms import Filter
from shared import paging, sheets
from shared.audit import Act
from shared.callers import acts, demand, may, province_of, server_time
from shared.clock import VIETNAM, vietnamese_day
from shared.identity import Principal, Rule, allowed, reach_of
from shared.sheets import Format, Table
from shared.web import answers, json_response, router

_MOST_PRINTED = 20_000
State = Literal["waiting", "answered"]


def mount(app: FastAPI, engine: AsyncEngine) -> None:
    """The four forms (Mẫu số 1 to 4): live lists in place of workbooks sent by mail."""
    routes = router()

    @routes.get("/forms/disagreements", response_model=FormDisagreements)
    async def disagreements(
        request: Request, caller: Annotated[Principal, may(READS_FORMS)], unit: UUID | None = None
    ) -> Response:
        """Of whom forms 1 and 3, or 2 and 4, do not say the same."""
        now = server_time(request, caller)
        reach = reach_of(caller, READS_FORMS)
        found = await forms.disagreements(engine, province_of(caller), reach, unit, vietnamese_day(now))
        items = [{"kind": kind, "rows": [_item(row, now, masked=True) for row in rows]} for kind, rows in found]
        return json_response({"items": items, "next": None, "total": len(items)})

    @routes.get("/forms/{form}", response_model=FormRowList, responses=answers(sheets.CSV_TYPE, sheets.XLSX_TYPE))
    async def listed(
        request: Request,
        caller: Annotated[Principal, may(READS_FORMS, READS_CONTACTS)],
        act: Annotated[Act, acts(READS_FORMS, READS_CONTACTS)],
        form: Form,
        unit: UUID | None = None,
        class_id: Annotated[UUID | None, Query(alias="class")] = None,
        state: State | None = None,
        over_days: Annotated[int | None, Query(ge=0, le=3_650)] = None,
        contacts: bool = False,
        format: Format = "json",  # noqa: A002
        limit: Limit = DEFAULT_LIMIT,
        cursor: str | None = None,
    ) -> Response:
        """One form's rows with their answers; `over_days`: those raised more than so many days ago. Phones as in
        `GET /enrolments`."""
        rule = READS_CONTACTS if contacts else READS_FORMS
        demand(caller, rule)
        asked = Filter(
            form=form,
            unit_id=unit,
            class_id=class_id,
            waiting=None if state is None else state == "waiting",
            raised_before=None if over_days is None else act.at - timedelta(days=over_days),
        )
        many = limit if format == "json" else _MOST_PRINTED
        span: dict[str, Any] = {"after": paging.after(cursor), "limit": many + 1}
        reach = reach_of(caller, rule)
        if contacts:
            total, rows = await forms.with_contacts(engine, act, reach, asked, **span)
        else:
            day = vietnamese_day(act.at)
            total, rows = await forms.find(engine, province_of(caller), reach, asked, day=day, **span)
        items = [_item(row, act.at, masked=not contacts) for row in rows]
        if format == "json":
            return json_response(paging.page(items, limit=limit, total=total, id_of=itemgetter("id")))
        table = Table(_HEADER, [_printed(number, row) for number, row in enumerate(items[:many], 1)])
        return await sheets.download(table, title=f"Mẫu số {int(form)}", name=f"form-{int(form)}", kind=format)

    @routes.post("/forms/{form}/rows", status_code=201, response_model=FormRowsMade)
    async def fill_in(
        caller: Annotated[Principal, may(FILLS_CLASS_FORMS, FILLS_SCHOOL_FORMS)],
        act: Annotated[Act, acts(FILLS_CLASS_FORMS, FILLS_SCHOOL_FORMS)],
        form: Form,
        body: FormRowsWanted,
    ) -> Response:
        """Rows of people who wait for something; all or none."""
        rule = FILLS_CLASS_FORMS if form.of_class else FILLS_SCHOOL_FORMS
        demand(caller, rule)
        wanted = [Wanted(**row.model_dump()) for row in body.rows]
        ids = await filling_in.raise_rows(engine, act, form, body.class_id, wanted, _covers(caller, rule))
        return json_response({"ids": ids}, 201)

    @routes.post("/forms/rows/{row_id}/answer", response_model=FormRowDecided)
    async def answer(
        caller: Annotated[Principal, may(ANSWERS_FORMS)],
        act: Annotated[Act, acts(ANSWERS_FORMS)],
        row_id: UUID,
        body: FormAnswer,
    ) -> Response:
        """Ends a row; what was answered is read by whoever raised it."""
        reach, covers = reach_of(caller, ANSWERS_FORMS), _covers(caller, ANSWERS_FORMS)
        await forms.answer(engine, act, row_id, body.outcome, body.answer, reach, covers)
        return json_response({"id": row_id, "state": "answered"})

    @routes.post("/forms/rows/{row_id}/pass-up", response_model=FormRowDecided)
    async def pass_up(
        caller: Annotated[Principal, may(ANSWERS_FORMS)], act: Annotated[Act, acts(ANSWERS_FORMS)], row_id: UUID
    ) -> Response:
        """From the Phòng to the Sở, with all that it says."""
        reach, covers = reach_of(caller, ANSWERS_FORMS), _covers(caller, ANSWERS_FORMS)
        await forms.pass_up(engine, act, row_id, reach, covers)
        return json_response({"id": row_id, "state": "waiting"})

    app.include_router(routes)


def _covers(caller: Principal, rule: Rule) -> Covers:
    return lambda resource: allowed(caller, rule, resource)


def _item(row: dict[str, Any], now: datetime, *, masked: bool) -> dict[str, Any]:
    names = ("form", "unit", "person_id", "name", "birth_date", "position", "subject", "account", "need", "note")
    more = ("owner", "raised_by", "raised_at", "outcome", "answer", "answered_by", "answered_at")
    return (
        {"id": row["row_id"]}
        | {name: row[name] for name in (*names, *more)}
        | {"phone": phones.masked(row["phone"]) if masked else row["phone"]}
        | {"class": None if row["class_id"] is None else {"id": row["class_id"], "code": row["class_code"]}}
        | {"state": "waiting" if row["answered_at"] is None else "answered"}
        | {"days_waiting": max(0, ((row["answered_at"] or now) - row["raised_at"]).days)}
    )


_HEADER = (
    "STT", "Họ và tên", "Ngày sinh", "Đơn vị", "Chức vụ", "Môn học", "Lớp", "Tài khoản", "Điện thoại",
    "Nội dung đề nghị", "Ghi chú", "Nơi trả lời", "Ngày đề nghị", "Số ngày chờ", "Kết quả", "Trả lời",
)  # fmt: skip
_NEEDS = {
    Need.ACCOUNT: "Chưa có tài khoản",
    Need.LOG_IN: "Không đăng nhập được",
    Need.REGISTRATION: "Chưa đăng ký được môn học",
    Need.DUPLICATE_ACCOUNT: "Có từ hai tài khoản",
    Need.CORRECTION: "Điều chỉnh thông tin",
    Need.SUPPORT: "Cần hỗ trợ",
    Need.ADDITION: "Bổ sung vào danh sách",
}
_OUTCOMES = {None: "Chưa trả lời", "done": "Đã giải quyết", "refused": "Không giải quyết"}


def _printed(number: int, item: dict[str, Any]) -> tuple[str | int | None, ...]:
    return (
        number,
        item["name"],
        None if item["birth_date"] is None else f"{item['birth_date']:%d/%m/%Y}",
        item["unit"]["name"],
        item["position"],
        item["subject"],
        None if item["class"] is None else item["class"]["code"],
        item["account"],
        item["phone"],
        _NEEDS[Need(item["need"])],
        item["note"],
        item["owner"]["name"],
        f"{item['raised_at'].astimezone(VIETNAM):%d/%m/%Y}",
        item["days_waiting"],
        _OUTCOMES[item["outcome"]],
        item["answer"],
    )
