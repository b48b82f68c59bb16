"""Plays deliveries to the webhook: signed by Standard Webhooks, a few in flight, repeated until they are answered."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from itertools import groupby
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import aiohttp
import msgspec
from standardwebhooks import Webhook

from deploy.local.vendor.deliveries import Delivery, sendings
from deploy.local.vendor.record import DELIVERED, DeliveryRecord

VENDOR: Final = "viettel"
TOO_MANY: Final = 429
_NO_ANSWER: Final = 0
_FIRST_PAUSE: Final = 0.2
_LONGEST_PAUSE: Final = 5.0
_CALL_LIMIT: Final = aiohttp.ClientTimeout(total=60)

Progress = Callable[[int, int], None]


class RefusedError(Exception):
    """The webhook refused a delivery for good (a status that no repeat would change)."""


class UnansweredError(Exception):
    """A delivery was not taken within the client's patience."""


class _Rejection(msgspec.Struct):
    id: str
    reason: str


class _Answer(msgspec.Struct):
    rejected: list[_Rejection]


_read_answer = msgspec.json.Decoder(_Answer).decode


@dataclass(slots=True)
class Played:
    """Counts of one `play`: events delivered now, events of earlier runs passed over, rejected rows, repeated calls."""

    delivered: int = 0
    passed_over: int = 0
    rejected: int = 0
    retries: int = 0


class VendorClient:
    """The platform's sender. Use it as an async context manager; one at a time for a record file.

    `base` is the gateway's address, `secret` a `whsec_…`, `now` the real clock (UTC): signatures must be fresh
    although the course plays in 2020. `patience` bounds the time spent on one delivery.
    """

    def __init__(
        self,
        base: str,
        secret: str,
        record: Path,
        now: Callable[[], datetime],
        *,
        in_flight: int = 4,
        patience: timedelta = timedelta(minutes=5),
    ) -> None:
        self._url = f"{base.rstrip('/')}/webhooks/lms/{VENDOR}"
        self._webhook = Webhook(secret)
        self._path = record
        self._now = now
        self._in_flight = in_flight
        self._patience = patience

    async def __aenter__(self) -> Self:
        self._record = DeliveryRecord(self._path, VENDOR)
        self._session = aiohttp.ClientSession(
            timeout=_CALL_LIMIT, connector=aiohttp.TCPConnector(limit=self._in_flight)
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()
        self._record.__exit__(kind, error, trace)

    async def play(
        self,
        deliveries: Sequence[Delivery],
        *,
        until: date | None = None,
        progress: Progress | None = None,
    ) -> Played:
        """Sends what was not delivered yet, day after day, through the day `until` (all days where None).

        No delivery of a day starts before all of the day before are answered. `progress` hears (events delivered or
        passed over, total of all days). Raises ExceptionGroup of RefusedError or UnansweredError; what was taken by
        then is on record, and playing again goes on from there.
        """
        total = sendings(deliveries)
        played = Played()

        def tell() -> None:
            if progress is not None:
                progress(played.delivered + played.passed_over, total)

        for day, todays in groupby(deliveries, key=lambda delivery: delivery.day):
            if until is not None and day > until:
                break
            waiting = iter(self._undelivered(todays, played))
            async with asyncio.TaskGroup() as workers:
                for _ in range(self._in_flight):
                    workers.create_task(self._work(waiting, played, tell))
            tell()
        return played

    def _undelivered(self, deliveries: Iterable[Delivery], played: Played) -> Iterator[Delivery]:
        for delivery in deliveries:
            if self._record.has(delivery):
                played.passed_over += len(delivery.events)
            else:
                yield delivery

    async def _work(self, waiting: Iterator[Delivery], played: Played, tell: Callable[[], None]) -> None:
        for delivery in waiting:
            await self._deliver(delivery, played)
            tell()

    async def _deliver(self, delivery: Delivery, played: Played) -> None:
        body = delivery.body
        pause, spent = _FIRST_PAUSE, 0.0
        loop = asyncio.get_running_loop()
        started = loop.time()
        while True:
            status, wait, answer = await self._attempt(delivery, body)
            if status == DELIVERED:
                played.delivered += len(delivery.events)
                played.rejected += len(answer)
                return
            if status not in (_NO_ANSWER, TOO_MANY) and status < 500:
                raise RefusedError(f"delivery {delivery.webhook_id} was answered {status}")
            spent = loop.time() - started
            nap = wait if wait is not None else pause * random.uniform(0.5, 1.0)
            if spent + nap > self._patience.total_seconds():
                raise UnansweredError(
                    f"delivery {delivery.webhook_id} was not taken in {spent:.0f} s, last status {status}"
                )
            played.retries += 1
            pause = min(2 * pause, _LONGEST_PAUSE)
            await asyncio.sleep(nap)

    async def _attempt(self, delivery: Delivery, body: bytes) -> tuple[int, float | None, list[_Rejection]]:
        """One call, on record whatever becomes of it: its status, how long to wait if told, the rejected rows."""
        sent_at = self._now().astimezone(UTC)
        headers = {
            "content-type": "application/json",
            "webhook-id": delivery.webhook_id,
            "webhook-timestamp": str(int(sent_at.timestamp())),
            "webhook-signature": self._webhook.sign(delivery.webhook_id, sent_at, body.decode()),
            "x-with-server-date": delivery.server_date,
        }
        status, wait = _NO_ANSWER, None
        rejected: list[_Rejection] = []
        try:
            async with self._session.post(self._url, data=body, headers=headers) as response:
                content = await response.read()
                if response.status == DELIVERED:
                    rejected = _read_answer(content).rejected
                wait = self._retry_after(response.headers.get("retry-after"))
                status = response.status
        except (aiohttp.ClientError, TimeoutError):
            # No whole answer: the server may have taken it, so it is sent again under the same id.
            status = _NO_ANSWER
        finally:
            # Also when this task is cancelled: the attempt was made.
            self._record.write(delivery, sent_at, status, {row.id: row.reason for row in rejected})
        return status, wait, rejected

    def _retry_after(self, value: str | None) -> float | None:
        """Seconds to wait, from a number or an HTTP date; None where the header is absent or neither."""
        if value is None:
            return None
        try:
            return max(0.0, float(value))
        except ValueError:
            pass
        try:
            return max(0.0, (parsedate_to_datetime(value) - self._now()).total_seconds())
        except (ValueError, TypeError):
            return None
