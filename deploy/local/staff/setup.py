"""Before the course: units, roles, vendor, issuers, workbooks, offerings, classes, graders. Each may run again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any

from deploy.local.sample.plan import COURSE_CLOSES_ON, COURSE_OPENS_ON, PlannedCourse
from deploy.local.sample.province import Province
from deploy.local.sample.staff import StaffMember
from deploy.local.sample.tree import VENDOR as VENDOR_UNIT
from deploy.local.sample.tree import Unit
from deploy.local.sample.workbooks import Book
from deploy.local.secrets import SANDBOX
from deploy.local.staff.client import StaffCallError, StaffClient
from deploy.local.vendor.client import VENDOR
from shared.clock import VIETNAM, end_of_day, start_of_day

Say = Callable[[str], None]

_TRIES = 3
TREE_SINCE = "2000-01-01"
GRANTS_SINCE = "2020-07-01"
SCHEME = {"id": "etep-managers-2020", "version": 1}

ISSUERS: tuple[dict[str, Any], ...] = (
    {
        "audience": "managers",
        "code": "HVQLGD",
        "issuer": "HỌC VIỆN QUẢN LÝ GIÁO DỤC",
        "parent_body": "BỘ GIÁO DỤC VÀ ĐÀO TẠO",
        "programme": "Chương trình Giáo dục phổ thông 2018",
        "number_pattern": "{number:04d}/{year}/GCN-HVQLGD",
        "place": "Hà Nội",
        "signer_title": "GIÁM ĐỐC",
        "valid_from": "2020-01-01",
    },
    {
        "audience": "teachers",
        "code": "ĐHSPHCM",
        "issuer": "TRƯỜNG ĐẠI HỌC SƯ PHẠM THÀNH PHỐ HỒ CHÍ MINH",
        "parent_body": "BỘ GIÁO DỤC VÀ ĐÀO TẠO",
        "programme": "Chương trình Giáo dục phổ thông 2018",
        "number_pattern": "{number:05d}/{year}/GCN-ĐHSPHCM",
        "place": "Thành phố Hồ Chí Minh",
        "signer_title": "HIỆU TRƯỞNG",
        "valid_from": "2020-01-01",
    },
)


def founders(staff: Sequence[StaffMember]) -> dict[str, str]:
    """Whom a call cannot name, so that they are named at the terminal: option of `establish` to account."""
    named = {"officer": "province_officer", "leader": "department_leader", "operator": "operator"}
    return {option: next(one.account for one in staff if one.role == role) for option, role in named.items()}


def moment(month: int, day: int, hour: int = 8) -> datetime:
    """An hour of a day of 2020 in Vietnam."""
    return datetime(2020, month, day, hour, tzinfo=VIETNAM)


async def set_up(
    client: StaffClient,
    province: Province,
    staff: Sequence[StaffMember],
    books: Sequence[Book],
    *,
    officer: str,
    leader: str,
    say: Say,
) -> None:
    """Brings the province from an empty root to classes with graders, through the real import path."""
    await _steadily(lambda: _units(client, province.tree.units, officer))
    others = [one for one in staff if one.account not in founders(staff).values()]
    await _grants(client, [one for one in others if one.role not in ("core_teacher", "school_head")], officer)
    await _register(client, officer)
    for issuer in ISSUERS:
        await client.act(leader, "POST", "/api/v1/issuers", issuer, moment(7, 15))
    offerings = await client.every(officer, "/api/v1/offerings")
    if not any(one["counts"]["enrolments"] for one in offerings):
        for book in books:
            await _steadily(lambda book=book: _import(client, book, officer, say))  # type: ignore[misc]
        await _steadily(lambda: _offer(client, province.courses, officer))
    await _steadily(lambda: _allocate(client, province.courses, officer))
    core = [one for one in staff if one.role == "core_teacher"]
    await _grants(client, [one for one in staff if one.role == "school_head"], officer)
    await _assign(client, core, officer)
    say("classes allocated, graders assigned")


async def _steadily(step: Callable[[], Awaitable[None]]) -> None:
    """A step whose call may have been taken although its answer was lost: looked at and done again from there."""
    for attempt in range(_TRIES):
        try:
            await step()
            return
        except StaffCallError:
            if attempt == _TRIES - 1:
                raise


async def _units(client: StaffClient, units: Sequence[Unit], officer: str) -> None:
    there = {one["code"] for one in (await client.get(officer, "/api/v1/units", as_of="2020-08-01"))["items"]}
    changes = [
        {
            "op": "establish",
            "code": unit.code,
            "name": unit.name,
            "kind": unit.kind,
            "parent_code": unit.parent_code,
            "from": TREE_SINCE,
        }
        for unit in units
        if unit.code not in there
    ]
    if changes:
        await client.act(officer, "POST", "/api/v1/units/changes", {"changes": changes}, moment(7, 10))


async def _grants(client: StaffClient, members: Sequence[StaffMember], officer: str) -> None:
    # A lecturer's grant reaches an audience, wherever in the province it works; an officer's a unit and below.
    over = [{"audience": one.audience} if one.audience else {"unit_code": one.unit_code} for one in members]
    await _give(client, [_grant(one) | reach for one, reach in zip(members, over, strict=True)], officer)


def _grant(one: StaffMember) -> dict[str, str]:
    return {
        "account": one.account,
        "name": one.name,
        "birth_date": one.birth_date.isoformat(),
        "role": one.role,
        "from": GRANTS_SINCE,
    }


async def _give(client: StaffClient, grants: Sequence[dict[str, str]], officer: str) -> None:
    for start in range(0, len(grants), 200):
        body = {"grants": grants[start : start + 200]}
        await client.act(officer, "POST", "/api/v1/role-grants", body, moment(7, 12))


async def _import(client: StaffClient, book: Book, officer: str, say: Say) -> None:
    when = moment(7, 20)
    preview = await client.act(officer, "POST", "/api/v1/imports?kind=personnel", None, when, file=book.path)
    answer = await client.act(officer, "POST", f"/api/v1/imports/{preview['id']}/confirm", {"accept": "all"}, when)
    counts = answer.get("counts", preview["counts"])
    say(f"imported {book.path.name}: {counts['rows']} rows")


async def _offer(client: StaffClient, courses: Sequence[PlannedCourse], officer: str) -> None:
    there = {one["course"] for one in await client.every(officer, "/api/v1/offerings")}
    body = [
        {
            "course": one.code,
            "title": one.title,
            "subject": one.subject,
            "level": one.level,
            "audience": one.audience,
            "module": "ETEP-M1",
            "periods": one.periods,
            "composition": one.composition.as_json(),
            "scheme": SCHEME,
            "opens_at": start_of_day(COURSE_OPENS_ON).isoformat(),
            "closes_at": end_of_day(COURSE_CLOSES_ON).replace(microsecond=0).isoformat(),
            "planned": {"learners": one.learners, "classes": one.classes},
        }
        for one in courses
        if one.code not in there
    ]
    if body:
        await client.act(officer, "POST", "/api/v1/offerings", {"offerings": body}, moment(7, 25))


async def _allocate(client: StaffClient, courses: Sequence[PlannedCourse], officer: str) -> None:
    planned = {one.code: one.classes for one in courses}
    for offering in await client.every(officer, "/api/v1/offerings"):
        if offering["counts"]["enrolments"]:
            continue
        body = {"method": "planned", "classes": planned[offering["course"]], "dry_run": False}
        await client.act(officer, "POST", f"/api/v1/offerings/{offering['id']}/allocate", body, moment(8, 1))


async def _assign(client: StaffClient, core: Sequence[StaffMember], officer: str) -> None:
    """One core teacher a class, in the order of class codes."""
    classes = sorted(await client.every(officer, "/api/v1/classes"), key=lambda one: str(one["code"]))
    pairs = list(zip(classes, sorted(core, key=lambda one: one.class_number or 0), strict=True))
    await _give(client, [_grant(member) | {"class_id": str(one["id"])} for one, member in pairs], officer)
    for one, member in pairs:
        if not one["graders"]:
            body = {"graders": [member.account]}
            await client.act(officer, "PUT", f"/api/v1/classes/{one['id']}/graders", body, moment(8, 5))


async def _register(client: StaffClient, officer: str) -> None:
    """The vendor with the unit of its people, who see its deliveries."""
    units = await client.every(officer, "/api/v1/units")
    own = next(unit["id"] for unit in units if unit["code"] == VENDOR_UNIT.code)
    await client.act(officer, "POST", "/api/v1/sources", {"vendor": VENDOR, "unit_id": own}, moment(7, 15))
    sandbox = {"vendor": SANDBOX, "unit_id": own, "sandbox": True}
    await client.act(officer, "POST", "/api/v1/sources", sandbox, moment(7, 15))
