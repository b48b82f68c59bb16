"""Papers that wait for a mark: the board of markers, and the papers themselves."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import FastAPI, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncEngine

from services.grading.domain.board import Held, Waiting, waiting_days
from services.grading.schemas.answers import Board, PaperList
from services.grading.use_cases import papers
from services.grading.use_cases.papers import Filter
from shared import sheets
from shared.callers import may, province_of, server_time
from shared.clock import VIETNAM
from shared.events.roster import Enrolment
from shared.identity import Principal, Role, Rule, reach_of
from shared.paging import Cursor, Limit, key_of, page_by
from shared.sheets import Format, Table
from shared.web import answers, json_response, router

READS = Rule("paper.read", frozenset(Role) - {Role.VENDOR, Role.OPERATOR, Role.LEARNER})
_MOST_PRINTED = 20_000
_FILES = answers(sheets.CSV_TYPE, sheets.XLSX_TYPE)
Class = Annotated[UUID | None, Query(alias="class")]
Course = Annotated[str | None, Query(max_length=200, pattern=r"^[^\x00]*$")]


def mount(app: FastAPI, engine: AsyncEngine) -> None:
    """`GET /grader-board`, `GET /grader-board/papers`"""
    routes = router()

    @routes.get("/grader-board", response_model=Board, responses=_FILES)
    async def board(
        request: Request,
        caller: Annotated[Principal, may(READS)],
        unit: UUID | None = None,
        class_id: Class = None,
        course: Course = None,
        format: Format = "json",  # noqa: A002
    ) -> Response:
        """Who holds how many papers that wait for a mark, whoever holds the most first, of learners within reach. One
        row a grader, and one of nobody for classes without; a province has some hundreds, so there are no pages."""
        province_id = province_of(caller)
        now = server_time(request, caller)
        held = await papers.board(engine, province_id, reach_of(caller, READS), Filter(unit, class_id, course))
        if format == "json":
            items = [_held(one, now) for one in held]
            return json_response({"items": items, "next": None, "total": len(items)})
        table = Table(_BOARD, [_board_row(one, now) for one in held])
        return await sheets.download(table, title="Bài chờ chấm theo cốt cán", name="grader-board", kind=format)

    @routes.get("/grader-board/papers", response_model=PaperList, responses=_FILES)
    async def listed(
        request: Request,
        caller: Annotated[Principal, may(READS)],
        unit: UUID | None = None,
        class_id: Class = None,
        course: Course = None,
        format: Format = "json",  # noqa: A002
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> Response:
        """The papers themselves, the longest waiting first: for a core teacher those of her classes."""
        province_id = province_of(caller)
        now = server_time(request, caller)
        many = limit if format == "json" else _MOST_PRINTED
        rows, total = await papers.page(
            engine,
            province_id,
            reach_of(caller, READS),
            Filter(unit, class_id, course),
            after=key_of(cursor, tuple[datetime, UUID, str]),
            limit=many + 1,
        )
        items = [_paper(row, now) for row in rows]
        if format == "json":
            place = ("since", "enrolment_id", "paper")
            return json_response(
                page_by(items, limit=limit, total=total, key=lambda row: [row[name] for name in place])
            )
        table = Table(_PAPERS, [_paper_row(item) for item in items[:many]])
        return await sheets.download(table, title="Bài chờ chấm", name="papers", kind=format)

    app.include_router(routes)


def _held(one: Held, now: datetime) -> dict[str, Any]:
    return {
        "grader": one.grader,
        **_counts(one, now),
        "classes": [
            {
                "id": waiting.class_id,
                "code": waiting.code,
                "course": waiting.course,
                "graders": [grader.account for grader in waiting.graders],
                **_counts(waiting, now),
            }
            for waiting in one.classes
        ],
    }


def _counts(one: Held | Waiting, now: datetime) -> dict[str, Any]:
    return {
        "papers": one.papers,
        "essays": one.papers - one.finals,
        "finals": one.finals,
        "learners": one.learners,
        "oldest_at": one.oldest_at,
        "waiting_days": waiting_days(one.oldest_at, now),
    }


def _paper(row: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    enrolment: Enrolment = row["enrolment"]
    return {
        "enrolment_id": row["enrolment_id"],
        "person_id": row["person_id"],
        "name": enrolment.person.name,
        "unit": enrolment.unit_id,
        "unit_name": enrolment.unit_name,
        "class": enrolment.class_id,
        "class_code": enrolment.class_code,
        "course": enrolment.offering.course,
        "subject": enrolment.offering.subject,
        "kind": enrolment.kind,
        "graders": [grader.account for grader in enrolment.graders],
        "paper": row["paper"],
        "attempt": row["attempt"],
        "since": row["since"],
        "waiting_days": waiting_days(row["since"], now),
    }


_BOARD = (
    "Cốt cán",
    "Số bài chờ chấm",
    "Bài tự luận",
    "Bài cuối khóa",
    "Số học viên",
    "Lâu nhất từ",
    "Số ngày chờ",
    "Lớp",
)
_PAPERS = ("Học viên", "Đơn vị", "Lớp", "Khóa học", "Bài", "Lần nộp", "Nộp lúc", "Số ngày chờ", "Cốt cán")


def _board_row(one: Held, now: datetime) -> tuple[str | int | None, ...]:
    counts = _counts(one, now)
    names = ("papers", "essays", "finals", "learners", "oldest_at", "waiting_days")
    classes = ", ".join(waiting.code for waiting in one.classes)
    values = [_local(counts[name]) if name == "oldest_at" else counts[name] for name in names]
    return (one.grader.account if one.grader else None, *values, classes)


def _paper_row(item: Mapping[str, Any]) -> tuple[str | int | None, ...]:
    names = ("name", "unit_name", "class_code", "course", "paper", "attempt")
    waits = (_local(item["since"]), item["waiting_days"], ", ".join(item["graders"]))
    return (*(item[name] for name in names), *waits)


def _local(instant: datetime) -> str:
    return f"{instant.astimezone(VIETNAM):%H:%M %d/%m/%Y}"
