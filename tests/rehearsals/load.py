"""Webhooks at an even pace and reads beside them, each call made once and timed: what fails is not hidden by a repeat.

In a thread and an event loop of its own, so that the launcher's work is not measured with it.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count, cycle
from pathlib import Path
from typing import Any, Self

import aiohttp
from standardwebhooks import Webhook

from deploy.local.vendor.client import VENDOR
from deploy.local.vendor.deliveries import Delivery
from deploy.local.vendor.record import DeliveryRecord
from shared.clock import utc_now

CALLERS = 6
READ_EVERY_S = 0.1
LIMIT_S = 30.0
READS = (
    "/api/v1/results?limit=1",
    "/api/v1/reports/progress",
    "/api/v1/certificates?limit=1",
    "/api/v1/units?as_of=2020-12-01",
)


@dataclass(frozen=True)
class Answer:
    """One call: what kind, when, how it was answered (0: not at all), and in how many seconds."""

    kind: str
    at: datetime
    status: int
    seconds: float


class Load:
    """`with Load(…) as load:` calls until the block ends. A delivery that failed is sent again later, so that its
    events count in the end; its failure stays counted."""

    def __init__(
        self,
        gateway: str,
        secret: str,
        record: Path,
        officer: str,
        deliveries: Sequence[Delivery],
        per_s: float,
        token: str | None = None,
    ) -> None:
        """`token`: the officer's, where the gateway has no built-in issuer."""
        self.answers: list[Answer] = []
        self.faults: list[str] = []
        """What was said where a call failed: when, what was called, status and the beginning of the answer."""
        self.acknowledged: set[str] = set()
        self._gateway = gateway
        self._webhook = Webhook(secret)
        self._path = record
        self._officer = officer
        self._token = token
        self._deliveries = list(deliveries)
        self._per_s = per_s
        self._stop = threading.Event()
        self._fault: BaseException | None = None
        self._thread = threading.Thread(target=self._work, name="load")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *fault: object) -> None:
        self._stop.set()
        self._thread.join()
        if self._fault is not None:
            raise self._fault

    def failed(self) -> dict[str, int]:
        """Calls that were not answered 200, by kind and status."""
        return dict(Counter(f"{one.kind} {one.status}" for one in self.answers if one.status != 200))

    def p99_ms(self, kind: str, since: datetime, until: datetime) -> float | None:
        """Of the calls sent between two moments."""
        took = sorted(one.seconds for one in self.answers if one.kind == kind and since <= one.at < until)
        return round(1000 * took[int(0.99 * (len(took) - 1))], 1) if took else None

    def _work(self) -> None:
        try:
            asyncio.run(self._run())
        except BaseException as fault:
            self._fault = fault

    async def _run(self) -> None:
        timeout = aiohttp.ClientTimeout(total=LIMIT_S)
        with DeliveryRecord(self._path, VENDOR) as record:
            async with aiohttp.ClientSession(self._gateway, timeout=timeout) as session, asyncio.TaskGroup() as tasks:
                self._record = record
                self._begun = asyncio.get_running_loop().time()
                self._turn = count()
                self._left = iter([*self._deliveries])
                self._again: list[Delivery] = []
                self._over = cycle(self._deliveries)
                for _ in range(CALLERS):
                    tasks.create_task(self._deliver(session))
                tasks.create_task(self._read(session))

    def _next(self) -> Delivery | None:
        """What failed before comes first. At the end nothing may be left that failed; the stream then begins anew."""
        if self._again:
            return self._again.pop(0)
        if self._stop.is_set():
            return None
        return next(self._left, None) or next(self._over)

    async def _deliver(self, session: aiohttp.ClientSession) -> None:
        loop = asyncio.get_running_loop()
        while (delivery := self._next()) is not None:
            early = self._begun + next(self._turn) / self._per_s - loop.time()
            if early > 0:
                await asyncio.sleep(early)
            sent_at = utc_now()
            headers = {
                "content-type": "application/json",
                "webhook-id": delivery.webhook_id,
                "webhook-timestamp": str(int(sent_at.timestamp())),
                "webhook-signature": self._webhook.sign(delivery.webhook_id, sent_at, delivery.body.decode()),
                "x-with-server-date": delivery.server_date,
            }
            status, rejected = await self._timed(
                session, "webhook", "POST", f"/webhooks/lms/{VENDOR}", headers, data=delivery.body
            )
            self._record.write(delivery, sent_at, status, rejected)
            if status == 200:
                self.acknowledged |= {event.id for event in delivery.events if event.id not in rejected}
            elif status not in range(400, 500):  # a refusal would come again
                self._again.append(delivery)

    async def _read(self, session: aiohttp.ClientSession) -> None:
        if (token := self._token) is None:
            async with session.post("/local/token", json={"account": self._officer}) as answer:
                token = str((await answer.json())["access_token"])
        headers = {"authorization": f"Bearer {token}"}
        for path in cycle(READS):
            if self._stop.is_set():
                return
            await self._timed(session, "read", "GET", path, headers)
            await asyncio.sleep(READ_EVERY_S)

    async def _timed(
        self, session: aiohttp.ClientSession, kind: str, method: str, path: str, headers: dict[str, str], **more: Any
    ) -> tuple[int, dict[str, str]]:
        loop = asyncio.get_running_loop()
        at, began, status = utc_now(), loop.time(), 0
        rejected: dict[str, str] = {}
        said = ""
        try:
            async with session.request(method, path, headers=headers, **more) as answer:
                content = await answer.read()
                status = answer.status
                said = content[:300].decode(errors="replace")
                if kind == "webhook" and status == 200:
                    rejected = {row["id"]: row["reason"] for row in json.loads(content)["rejected"]}
        except (aiohttp.ClientError, TimeoutError) as fault:
            status, said = 0, repr(fault)
        if status != 200:
            self.faults.append(f"{at:%H:%M:%S} {method} {path} {status} {said}")
        self.answers.append(Answer(kind, at, status, loop.time() - began))
        return status, rejected
