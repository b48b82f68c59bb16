"""The load of a run: the vendor's stream, staff who decide, an office that changes rosters, and somebody who reads.

The vendor's and the staff's calls are the simulator's own, on record in its files and repeated until they are answered.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

import aiohttp

from deploy.local.sample import staff as sample_staff
from deploy.local.sample.province import Province
from deploy.local.staff.client import StaffCallError, StaffClient
from deploy.local.staff.decisions import Staff, hold_round
from deploy.local.staff.setup import moment
from deploy.local.vendor.behaviour import VendorEvent
from deploy.local.vendor.client import VendorClient
from deploy.local.vendor.deliveries import Delivery
from deploy.local.vendor.rhythm import local_time
from shared.clock import utc_now
from tests.chaos.history import Call
from tests.chaos.modes import MODES
from tests.chaos.storm import Delayed

MOST_IN_ONE = 12
REPEATED = 0.1
READ_EVERY_S = 0.25
CHANGE_EVERY_S = 1.5
ROUND_EVERY_S = 5.0
READ_LIMIT_S = 20.0


def cut(events: Sequence[VendorEvent], seed: int) -> list[Delivery]:
    """The stream in many small deliveries; some are sent twice under one id, some again under another, out of order."""
    chance = random.Random(f"{seed}:chaos")
    arriving = sorted(events, key=lambda event: (event.arrives, event.id))
    deliveries: list[Delivery] = []
    start = 0
    while start < len(arriving):
        part = tuple(arriving[start : start + chance.randint(1, MOST_IN_ONE)])
        start += len(part)
        day = local_time(part[-1].arrives).date()
        deliveries.append(Delivery(f"chaos_{len(deliveries):06d}", 1, day, part))
        if chance.random() < REPEATED:
            earlier = chance.choice(deliveries[-20:])
            if chance.random() < 0.5 and earlier.sending == 1:
                deliveries.append(replace(earlier, sending=2, day=day))
            else:
                deliveries.append(replace(earlier, webhook_id=f"chaos_{len(deliveries):06d}", sending=1, day=day))
    return deliveries


@dataclass
class Load:
    """Everything the load needs to know of the sample and the stack."""

    gateway: str
    province: Province
    members: Sequence[sample_staff.StaffMember]
    deliveries: Sequence[Delivery]
    staff: StaffClient
    vendor: VendorClient
    seconds: float
    seed: int

    def __post_init__(self) -> None:
        self.people = Staff.of(self.province.seed, list(self.members))
        self.courses = [(one.code, one.audience) for one in self.province.courses]
        self.reads: list[Call] = []
        self.refused: list[str] = []
        self.today: date = self.deliveries[0].day
        self.last_day: date = self.deliveries[-1].day

    async def run(self, stop: asyncio.Event) -> None:
        """Until told to stop; then what is left of the stream is sent, so that every event has its answer."""
        async with asyncio.TaskGroup() as tasks:
            for work in (self._send, self._decide, self._change, self._read):
                tasks.create_task(work(stop))

    async def finish(self) -> None:
        """People decide once more on everything, when all evidence is in."""
        await self._round(self.courses, self.last_day)

    async def _send(self, stop: asyncio.Event) -> None:
        """At an even pace that uses the whole time up; what was delivered is passed over."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        delayed = Delayed(random.Random(f"{self.seed}:storm"), self.last_day)
        for number, delivery in enumerate(self.deliveries):
            self.today = delivery.day
            if MODES.storm:
                delayed.take(delivery)
                MODES.stormed += 1
            else:
                await self.vendor.play([delivery])
            await self.vendor.play(delayed.due(delivery.events[-1].arrives))
            ahead = began + self.seconds * (number + 1) / len(self.deliveries) - loop.time()
            if ahead > 0 and not stop.is_set():
                await asyncio.sleep(min(ahead, 1.0))
        await self.vendor.play(delayed.due(None))

    async def _decide(self, stop: asyncio.Event) -> None:
        chance = random.Random(f"{self.seed}:decide")
        while not stop.is_set():
            await self._round([chance.choice(self.courses)], self.today)
            await _pause(stop, ROUND_EVERY_S)

    async def _round(self, courses: Sequence[tuple[str, str]], day: date) -> None:
        try:
            await hold_round(self.staff, self.people, courses, day)
        except* StaffCallError as faults:  # evidence came in between, or a lost answer's call had been taken
            self.refused += [str(fault)[:300] for fault in faults.exceptions]

    async def _change(self, stop: asyncio.Event) -> None:
        """A class gets and loses a second grader, which fans out to its learners; somebody gets a role."""
        chance = random.Random(f"{self.seed}:change")
        officer = self.people.officer
        core = [one for one in self.members if one.role == "core_teacher"]
        classes = sorted(await self.staff.every(officer, "/api/v1/classes"), key=lambda one: str(one["code"]))
        first = {str(one["id"]): str(one["graders"][0]) for one in classes}
        turn = 0
        while not stop.is_set():
            class_id = chance.choice(sorted(first))
            second = [one for one in core if one.account != first[class_id]]
            graders = [first[class_id]] + ([chance.choice(second).account] if second and turn % 2 else [])
            await self._act("PUT", f"/api/v1/classes/{class_id}/graders", {"graders": graders})
            one = chance.choice(core)
            since = date.fromordinal(date(2021, 1, 1).toordinal() + turn).isoformat()
            grant = {"account": one.account, "role": "auditor", "unit_code": one.unit_code, "from": since}
            await self._act("POST", "/api/v1/role-grants", {"grants": [grant]})
            turn += 1
            await _pause(stop, CHANGE_EVERY_S)

    async def _act(self, method: str, path: str, body: object) -> None:
        try:
            await self.staff.act(self.people.officer, method, path, body, moment(12, 30))
        except StaffCallError as fault:
            self.refused.append(str(fault)[:300])

    async def _read(self, stop: asyncio.Event) -> None:
        """One small read after another, each on record: whether the API answers whatever happens behind it."""
        paths = ("/api/v1/results?limit=1", "/api/v1/units?as_of=2020-12-01", "/api/v1/certificates?limit=1")
        timeout = aiohttp.ClientTimeout(total=READ_LIMIT_S)
        async with aiohttp.ClientSession(self.gateway, timeout=timeout) as session:
            token, number = "", 0
            while not stop.is_set():
                if not token:
                    token = await self._token(session)
                elif await self._read_once(session, token, paths[number % len(paths)]) == 401:
                    token = ""
                number += 1
                await _pause(stop, READ_EVERY_S)

    async def _token(self, session: aiohttp.ClientSession) -> str:
        try:
            async with session.post("/local/token", json={"account": self.people.officer}) as answer:
                return str((await answer.json())["access_token"]) if answer.status == 200 else ""
        except (aiohttp.ClientError, TimeoutError):
            return ""

    async def _read_once(self, session: aiohttp.ClientSession, token: str, path: str) -> int:
        sent: datetime = utc_now()
        status, problem = 0, None
        try:
            async with session.get(path, headers={"authorization": f"Bearer {token}"}) as answer:
                await answer.read()
                status = answer.status
                if status >= 400:
                    problem = answer.content_type == "application/problem+json"
        except (aiohttp.ClientError, TimeoutError):
            status = 0
        self.reads.append(Call(sent, f"GET {path}", status, problem, utc_now()))
        return status


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return
