"""The client against a real HTTP server that verifies signatures and, where told, fails."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from standardwebhooks import Webhook

from deploy.local.sample.province import build
from deploy.local.vendor.behaviour import course_events
from deploy.local.vendor.client import RefusedError, UnansweredError, VendorClient
from deploy.local.vendor.deliveries import Delivery, cut, sendings
from shared.clock import utc_now

SECRET = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
Fault = Callable[[web.Request, int], Awaitable[web.StreamResponse | None]]


@dataclass
class Intake:
    """Takes deliveries as a gateway would; `fault` may answer a call in its place."""

    fault: Fault | None = None
    calls: int = 0
    open_calls: int = 0
    most_open: int = 0
    taken: list[tuple[str, str, list[dict[str, Any]]]] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.calls += 1
        self.open_calls += 1
        self.most_open = max(self.most_open, self.open_calls)
        try:
            body = await request.read()
            if self.fault is not None and (answer := await self.fault(request, self.calls)) is not None:
                return answer
            said = Webhook(SECRET).verify(body, dict(request.headers))
            events = said.get("events", [said])
            self.taken.append((request.headers["webhook-id"], request.headers["x-with-server-date"], events))
            return web.json_response({"accepted": len(events), "duplicates": 0, "parked": 0, "rejected": []})
        finally:
            self.open_calls -= 1


@asynccontextmanager
async def serving(intake: Intake) -> AsyncIterator[str]:
    app = web.Application(client_max_size=4 * 1024 * 1024)
    app.router.add_post("/webhooks/lms/viettel", intake.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()


@pytest.fixture(scope="module")
def deliveries() -> list[Delivery]:
    return cut(course_events(build(people=120)), 2020)


def client(base: str, record: Path, **options: Any) -> VendorClient:
    return VendorClient(base, SECRET, record, utc_now, **options)


def on_record(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


async def test_the_whole_course_is_taken_signed_and_day_after_day(deliveries: list[Delivery], tmp_path: Path) -> None:
    intake, record, heard = Intake(), tmp_path / "v.ndjson", []
    async with serving(intake) as base, client(base, record) as vendor:
        played = await vendor.play(deliveries, progress=lambda sent, total: heard.append((sent, total)))
    total = sendings(deliveries)
    assert played.delivered == total == heard[-1][0] == heard[-1][1]
    assert [sent for sent, _ in heard] == sorted(sent for sent, _ in heard)
    assert [when for _, when, _ in intake.taken] == sorted(when for _, when, _ in intake.taken)
    assert intake.most_open <= 4
    lines = on_record(record)
    assert len(lines) == total
    assert {line["status"] for line in lines} == {200}
    assert {line["event"]["id"] for line in lines} == {e.id for d in deliveries for e in d.events}


async def test_playing_stops_after_the_day_asked_for_and_a_new_client_goes_on(
    deliveries: list[Delivery], tmp_path: Path
) -> None:
    intake, record = Intake(), tmp_path / "v.ndjson"
    half = date(2020, 10, 15)
    before = [d for d in deliveries if d.day <= half]
    async with serving(intake) as base:
        async with client(base, record) as vendor:
            first = await vendor.play(deliveries, until=half)
            assert intake.calls == len(before)
            again = await vendor.play(deliveries, until=half)
        async with client(base, record) as vendor:
            second = await vendor.play(deliveries)
    assert first.delivered == again.passed_over == second.passed_over == sendings(before)
    assert again.delivered == 0
    assert second.delivered == sendings(deliveries) - sendings(before)
    assert intake.calls == len(deliveries)


async def test_faults_are_repeated_under_the_same_id_and_every_attempt_is_on_record(
    deliveries: list[Delivery], tmp_path: Path
) -> None:
    async def fault(request: web.Request, call: int) -> web.StreamResponse | None:
        if call == 2:
            return web.Response(status=503)
        if call == 3:
            return web.Response(status=429, headers={"retry-after": "0"})
        if call == 4 and request.transport is not None:
            request.transport.close()
        return None

    some = deliveries[:12]
    intake, record = Intake(fault), tmp_path / "v.ndjson"
    async with serving(intake) as base, client(base, record, in_flight=1) as vendor:
        played = await vendor.play(some)
    assert played.retries == 3
    assert played.delivered == sendings(some)
    attempts = on_record(record)
    assert {line["status"] for line in attempts} == {0, 200, 429, 503}
    failed = {line["webhook_id"] for line in attempts if line["status"] != 200}
    assert failed <= {line["webhook_id"] for line in attempts if line["status"] == 200}


async def test_rejected_rows_stand_with_their_reason(deliveries: list[Delivery], tmp_path: Path) -> None:
    batch = next(d for d in deliveries if len(d.events) > 1)
    bad = batch.events[1].id

    async def fault(request: web.Request, call: int) -> web.StreamResponse | None:
        rejected = [{"id": bad, "reason": "score over its scale"}]
        return web.json_response({"accepted": 1, "duplicates": 0, "parked": 0, "rejected": rejected})

    record = tmp_path / "v.ndjson"
    async with serving(Intake(fault)) as base, client(base, record) as vendor:
        played = await vendor.play([batch])
    assert played.rejected == 1
    reasons = {line["event"]["id"]: line["rejected"] for line in on_record(record)}
    assert reasons == {e.id: ("score over its scale" if e.id == bad else None) for e in batch.events}


async def test_a_refusal_for_good_stops_the_play_and_is_on_record(deliveries: list[Delivery], tmp_path: Path) -> None:
    async def fault(request: web.Request, call: int) -> web.StreamResponse | None:
        return web.Response(status=401)

    record = tmp_path / "v.ndjson"
    async with serving(Intake(fault)) as base, client(base, record, in_flight=1) as vendor:
        with pytest.raises(ExceptionGroup) as raised:
            await vendor.play(deliveries)
    assert raised.group_contains(RefusedError, match="401")
    assert {line["status"] for line in on_record(record)} == {401}


async def test_patience_ends_where_nobody_answers(deliveries: list[Delivery], tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        base = f"http://127.0.0.1:{taken.getsockname()[1]}"
        record = tmp_path / "v.ndjson"
        async with client(base, record, patience=timedelta(seconds=0.5)) as vendor:
            with pytest.raises(ExceptionGroup) as raised:
                await vendor.play(deliveries)
    assert raised.group_contains(UnansweredError, match="last status 0")
    assert {line["status"] for line in on_record(record)} == {0}


async def test_a_stopped_client_records_what_was_in_flight_and_a_new_one_sends_it_again(
    deliveries: list[Delivery], tmp_path: Path
) -> None:
    arrived = asyncio.Event()
    release = asyncio.Event()

    async def fault(request: web.Request, call: int) -> web.StreamResponse | None:
        if call == 5:
            arrived.set()
            await release.wait()
        return None

    intake, record = Intake(fault), tmp_path / "v.ndjson"
    some = deliveries[:30]
    async with serving(intake) as base:
        async with client(base, record) as vendor:
            playing = asyncio.create_task(vendor.play(some))
            await arrived.wait()
            playing.cancel()
            with pytest.raises(asyncio.CancelledError):
                await playing
        release.set()
        assert 0 in {line["status"] for line in on_record(record)}
        async with client(base, record) as vendor:
            played = await vendor.play(some)
    assert played.delivered + played.passed_over == sendings(some)
    delivered = [line for line in on_record(record) if line["status"] == 200]
    assert {line["event"]["id"] for line in delivered} == {e.id for d in some for e in d.events}


async def test_retry_after_is_read_as_seconds_or_as_a_date(tmp_path: Path) -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    vendor = VendorClient("http://127.0.0.1", SECRET, tmp_path / "v.ndjson", lambda: at)
    read = vendor._retry_after
    assert read("3") == 3.0
    assert read("Thu, 01 Jan 2026 00:00:07 GMT") == 7.0
    assert read("Wed, 31 Dec 2025 00:00:00 GMT") == 0.0
    assert read("soon") is None
    assert read(None) is None
