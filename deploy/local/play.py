"""The sample province's course from beginning to end: set up, played by the vendor, decided by people, certified."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from time import monotonic
from typing import Any

from deploy.local import stack as local
from deploy.local.quiet import until_quiet
from deploy.local.sample import province as sample
from deploy.local.sample import staff as sample_staff
from deploy.local.sample import workbooks
from deploy.local.sample.people import Person
from deploy.local.stack import Stack
from deploy.local.staff.client import StaffClient
from deploy.local.staff.decisions import ROUNDS, Staff, hold_round
from deploy.local.staff.setup import founders, set_up
from deploy.local.vendor import behaviour, deliveries
from deploy.local.vendor.client import VENDOR, VendorClient
from shared.clock import utc_now

LEARNERS_SHOWN = 12
PROVINCE_NAME = "Long An"


class DisagreementError(RuntimeError):
    """The report and the services' own lists do not say the same."""


@dataclass(frozen=True)
class Totals:
    """What the course came to, and what it took."""

    figures: dict[str, int]
    events: int
    seconds: float
    until: date | None
    """The last day played; None: all."""


Say = Callable[[str], None]


def print_line(line: str) -> None:
    """One flushed line."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


class Progress:
    """A bar on a terminal, a line each five percent elsewhere; one percentage over all rounds of the course.

    Each round goes through the course from its first day and passes over what was played: that is not told again.
    """

    def __init__(self, say: Say) -> None:
        self._say = say
        self._terminal = sys.stdout.isatty()
        self._shown = -1
        self._done = 0

    def __call__(self, done: int, total: int) -> None:
        if done < self._done:
            return
        self._done = done
        percent = 100 * done // total if total else 100
        step = percent if self._terminal else percent // 5
        if step == self._shown:
            return
        self._shown = step
        if self._terminal:
            bar = "█" * (percent // 4)
            sys.stdout.write(f"\r  {bar:<25} {percent:3d} %  {done:,} / {total:,} events ")
            sys.stdout.flush()
            if done == total:
                sys.stdout.write("\n")
        else:
            self._say(f"played {percent} % ({done:,} of {total:,} events)")


async def establish(stack: Stack, members: Sequence[sample_staff.StaffMember]) -> None:
    """Begins the province at the terminal, with those whom no call can name. Raises StartError."""
    words = ["--code", "80", "--name", PROVINCE_NAME]
    for option, account in founders(members).items():
        words += [f"--{option}", account]
    await local.run_command(stack, "roster-establish", *stack.command("services.roster", "establish", *words))


async def play_course(stack: Stack, *, say: Say = print_line) -> Totals:
    """Goes on where an earlier run stopped. Raises DisagreementError, TimeoutError, StaffCallError."""
    started = monotonic()
    people = os.environ.get("DEMO_PEOPLE")
    last = os.environ.get("DEMO_UNTIL")
    until = date.fromisoformat(last) if last else None
    province = await asyncio.to_thread(sample.build, people=int(people) if people else None)
    members = sample_staff.staff(province)
    books = await asyncio.to_thread(workbooks.write, province, stack.paths.sample)
    officer = next(one.account for one in members if one.role == "province_officer")
    leader = next(one.account for one in members if one.role == "department_leader")
    write_accounts(stack, province, members)
    _write_whole(stack.paths.sample_people, f"{len(province.persons)}\n")
    await establish(stack, members)
    events = await asyncio.to_thread(behaviour.course_events, province)
    cut = await asyncio.to_thread(deliveries.cut, events, province.seed)
    courses = [(one.code, one.audience) for one in province.courses]
    secret = json.loads(stack.paths.vendor_secrets.read_text())[VENDOR][0]
    async with (
        StaffClient(stack.gateway_url, stack.paths.staff_acts) as client,
        VendorClient(stack.gateway_url, secret, stack.paths.vendor_events, utc_now) as vendor,
    ):
        await set_up(client, province, members, books, officer=officer, leader=leader, say=say)
        await until_quiet(stack.addresses, only=("roster", "grading"))
        people_act = Staff.of(province.seed, members)
        progress = Progress(say)
        for day in ROUNDS:
            if until is not None and day > until:
                break
            await vendor.play(cut, until=day - timedelta(days=1), progress=progress)
            await until_quiet(stack.addresses, only=("grading",))
            if not await _held(client, officer, day):
                say(f"core teachers, institutions and the Sở decide ({day:%d/%m/%Y})")
                await hold_round(client, people_act, courses, day)
        await vendor.play(cut, until=until, progress=progress)
        await until_quiet(stack.addresses)
        figures = await _agreed(client, officer)
    return Totals(figures, sum(len(one.events) for one in cut), monotonic() - started, until)


async def _held(client: StaffClient, officer: str, day: date) -> bool:
    """Whether a later round was begun: an earlier one is then over, and must not be held again on newer evidence."""
    lists = await client.every(officer, "/api/v1/recognition-lists")
    later = [one for one in ROUNDS if one > day]
    return any(f"đợt {one + timedelta(days=2):%d/%m/%Y}" in row["title"] for row in lists for one in later)


async def _agreed(client: StaffClient, officer: str) -> dict[str, int]:
    """The report's figures, checked against grading's and certificates' own lists."""
    report = await client.get(officer, "/api/v1/reports/progress")
    figures: dict[str, int] = report["figures"]
    counted: dict[str, Any] = {
        "enrolments": (await client.get(officer, "/api/v1/results", limit=1))["total"],
        "certified": (await client.get(officer, "/api/v1/certificates", limit=1, status="valid"))["total"],
        "approved": sum(
            [
                (await client.get(officer, "/api/v1/results", limit=1, status=status))["total"]
                for status in ("recognised", "review")
            ]
        ),
    }
    for name, count in counted.items():
        if figures[name] != count:
            raise DisagreementError(f"{name}: the report says {figures[name]}, the services {count}")
    return figures


def write_accounts(stack: Stack, province: sample.Province, members: tuple[sample_staff.StaffMember, ...]) -> None:
    """The sample accounts that `GET /local/accounts` lists: staff of every role, some learners, the vendor."""
    learners = shown_learners(province, {one.account for one in members})
    items = [
        *({"account": one.account, "role": one.role, "units": [one.unit_code]} for one in members),
        *({"account": one.account, "role": "learner", "units": [one.school.code]} for one in learners),
    ]
    target = stack.paths.sample / "accounts.json"
    _write_whole(target, json.dumps({"items": items}, ensure_ascii=False))


def shown_learners(province: sample.Province, staff: Collection[str]) -> list[Person]:
    """The learners without another role whose accounts are listed, in the province's order: one for each story of the
    sample, so that whoever is late, fails or never came can be looked in as, and the first others up to a dozen."""
    having = [one for one in province.enrolments if one.person.account not in {None, *staff}]
    of_stories = {one.story: one.person for one in reversed(having)}.values()
    chosen = {one.number for one in of_stories}
    for one in having:
        if len(chosen) >= LEARNERS_SHOWN:
            break
        chosen.add(one.person.number)
    return [one for one in province.persons if one.number in chosen]


def _write_whole(target: Path, text: str) -> None:
    partial = target.with_suffix(".partial")
    partial.write_text(text, encoding="utf-8")
    partial.replace(target)
