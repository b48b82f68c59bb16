"""The rounds in which people decide: core teachers, then institutions, then the Sở's lists.

What each decides depends on the learner's account and course and on the seed alone, so that a course that was
disturbed ends like one that was not.
"""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from deploy.local.sample.staff import StaffMember
from deploy.local.staff.client import StaffCallError, StaffClient
from shared.clock import VIETNAM

ROUNDS = (date(2020, 11, 2), date(2020, 12, 1), date(2020, 12, 29))
"""Days on which core teachers sit down; the institution follows a day later, the Sở two days later."""

REFUSED_BY_CORE_TEAM = 0.004
REFUSED_BY_INSTITUTION = 0.002
MOST_VERDICTS = 500
COURSES_AT_ONCE = 4
MOST_ON_A_LIST = 3_000
_REASONS = {
    "core_team": "Bài làm chưa đạt yêu cầu, đề nghị bổ sung phần vận dụng tại đơn vị.",
    "institution": "Kế hoạch giáo dục chưa bám sát hướng dẫn của học phần.",
}


@dataclass(frozen=True)
class Staff:
    """Who acts: lecturers by audience, an officer who makes lists, a leader who approves them."""

    seed: int
    officer: str
    leader: str
    lecturers: dict[str, list[str]]

    @classmethod
    def of(cls, seed: int, members: Iterable[StaffMember]) -> Staff:
        """From the sample's staff."""
        members = list(members)
        lecturers: dict[str, list[str]] = defaultdict(list)
        for member in members:
            if member.role == "institution_lecturer" and member.audience is not None:
                lecturers[member.audience].append(member.account)
        return cls(
            seed,
            next(m.account for m in members if m.role == "province_officer"),
            next(m.account for m in members if m.role == "department_leader"),
            dict(lecturers),
        )


def at(day: date, hour: int) -> datetime:
    """An hour of a day in Vietnam."""
    return datetime.combine(day, time(hour), VIETNAM)


async def hold_round(client: StaffClient, staff: Staff, courses: Iterable[tuple[str, str]], day: date) -> None:
    """One round over `(course, audience)`: verdicts of core teams and institutions, then a list per course.

    People of different courses do not wait for each other: a few courses at a time.
    """
    waiting = iter(courses)

    async def work() -> None:
        for course, audience in waiting:
            await _hold(client, staff, course, audience, day)

    async with asyncio.TaskGroup() as tasks:
        for _ in range(COURSES_AT_ONCE):
            tasks.create_task(work())


async def _hold(client: StaffClient, staff: Staff, course: str, audience: str, day: date) -> None:
    rows = await _open(client, staff, course)
    by_holder: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        if row["gates"]["core_team"]["state"] == "waiting":
            by_holder[row["gates"]["core_team"]["holder"]].append(row)
    for holder, mine in sorted(by_holder.items()):
        await _give(client, staff, holder, "core_team", mine, at(day, 9))
    rows = await _open(client, staff, course)
    lecturers = staff.lecturers[audience]
    waiting = [
        row
        for row in rows
        if row["gates"]["core_team"]["state"] == "met" and row["gates"]["institution"]["state"] == "waiting"
    ]
    await _give(
        client,
        staff,
        lecturers[len(course) % len(lecturers)],
        "institution",
        waiting,
        at(day + timedelta(days=1), 9),
    )
    await _recognise(client, staff, course, day + timedelta(days=2))


async def _open(client: StaffClient, staff: Staff, course: str) -> list[Any]:
    return await client.every(staff.officer, "/api/v1/results", course=course, status="in_verdict")


async def _give(client: StaffClient, staff: Staff, account: str, gate: str, rows: list[Any], when: datetime) -> None:
    chance = REFUSED_BY_CORE_TEAM if gate == "core_team" else REFUSED_BY_INSTITUTION
    verdicts = []
    for row in rows:
        met = random.Random(f"{staff.seed}:{gate}:{row['course']}:{row['account']}").random() >= chance
        verdicts.append({"enrolment_id": row["enrolment_id"], "met": met} | ({} if met else {"reason": _REASONS[gate]}))
    for start in range(0, len(verdicts), MOST_VERDICTS):
        part = verdicts[start : start + MOST_VERDICTS]
        answer = await client.act(account, "POST", "/api/v1/verdicts", {"gate": gate, "verdicts": part}, when)
        if refused := [row for row in answer["items"] if not row["accepted"]]:
            raise StaffCallError(f"{gate} verdicts by {account} were refused: {refused[:3]}")


async def _recognise(client: StaffClient, staff: Staff, course: str, day: date) -> None:
    title = f"Danh sách công nhận hoàn thành {course} đợt {day:%d/%m/%Y}"
    drafts = [
        one
        for one in await client.every(staff.leader, "/api/v1/recognition-lists")
        if one["state"] == "draft" and one["title"].startswith(f"Danh sách công nhận hoàn thành {course} ")
    ]
    ready = [
        row["enrolment_id"]
        for row in await _open(client, staff, course)
        if row["gates"]["institution"]["state"] == "met"
    ]
    if not drafts:
        for start in range(0, len(ready), MOST_ON_A_LIST):
            part = ready[start : start + MOST_ON_A_LIST]
            body = {"title": title, "enrolment_ids": part}
            drafts.append(await client.act(staff.officer, "POST", "/api/v1/recognition-lists", body, at(day, 10)))
    for draft in drafts:
        await _approve(client, staff, draft["id"], at(day, 15))


async def _approve(client: StaffClient, staff: Staff, list_id: str, when: datetime) -> None:
    path = f"/api/v1/recognition-lists/{list_id}"
    try:
        await client.act(staff.leader, "POST", f"{path}/approve", {}, when)
    except StaffCallError:
        # Approved already where the answer to an earlier call was lost; anything else is a fault.
        if (await client.get(staff.leader, path))["state"] != "approved":
            raise
