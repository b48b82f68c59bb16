"""F-20: records that nobody can read, written into a topic by a stranger; parked, passed by, and discarded by a person.

All are said of `person`, which reporting alone keeps. The poisoned aggregate has no sound event after its bad one:
that would be an aggregate which its producer does not hold, and I2 would rightly name it.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from time import monotonic
from typing import Any
from uuid import UUID

import aiohttp
import asyncpg
from aiokafka import AIOKafkaProducer

from deploy.local.stack import Stack
from shared.clock import utc_now
from shared.database import DATABASE_FAULTS
from shared.events.envelope import Envelope, to_headers
from shared.events.registry import TOPICS, source_of
from tests.chaos.aims import CONNECT_S, Struck
from tests.chaos.healing import NotHealedError
from tests.chaos.person import Person
from tests.chaos.schedule import Planned

AT_ONCE = 1_000
OF_ONE = 3
REASON = "Bản ghi lạ, không do hệ thống viết ra"
WITHIN_S = 240.0
"""Each is parked by itself, after its batch was halved until it stood alone; then each is decided on by itself."""
_LOOK_EVERY_S = 0.3
_DECISIONS_AT_ONCE = 4
_PAGE = 500

_TOPIC = TOPICS["roster"]
_READERS_OF_ALL = ("grading", "reporting")
"""Who consumes the topic, and so parks what has no envelope."""
_PROVINCE = "SELECT province_id FROM aggregate LIMIT 1"
_PARKED = "SELECT count(*) FROM parked_event WHERE aggregate_id = ANY($1::uuid[])"
_NAMELESS = "SELECT count(*) FROM parked_event WHERE version IS NULL"
_SEEN = "SELECT count(*) FROM version_seen WHERE aggregate_id = ANY($1::uuid[])"


class Poison:
    """One record without an envelope, three of one aggregate, and a thousand more at once (F-20)."""

    answers_gone = False

    async def strike(self, stack: Stack, planned: Planned) -> Struck:
        """Until all are parked and the operator has discarded each with a reason. Raises NotHealedError."""
        chance = random.Random(f"poison:{planned.at_s}")
        ids = [UUID(int=chance.getrandbits(128), version=4) for _ in range(AT_ONCE + 1)]
        roster = await asyncpg.connect(stack.addresses["roster"].owner, timeout=CONNECT_S)
        try:
            province_id = UUID(str(await roster.fetchval(_PROVINCE)))
        finally:
            await roster.close()
        nameless = {service: await _count(stack, service, _NAMELESS) for service in _READERS_OF_ALL}
        await _write(stack.environment["KAFKA_BOOTSTRAP"], province_id, ids)
        until = monotonic() + WITHIN_S
        await _until(stack, "reporting", _PARKED, AT_ONCE + OF_ONE, until, ids)
        for service in _READERS_OF_ALL:
            await _until(stack, service, _NAMELESS, nameless[service] + 1, until)
        if await _count(stack, "reporting", _SEEN, ids):
            raise NotHealedError("a poisoned event was applied")
        discarded = await _discard_all(stack, until)
        if discarded < AT_ONCE + OF_ONE + len(_READERS_OF_ALL):
            raise NotHealedError(f"only {discarded} parked events were there to be discarded")
        return Struck(aimed={planned.fault: 1}, poison=frozenset(map(str, ids)), poisoned=discarded)


async def _write(bootstrap: str, province_id: UUID, ids: Sequence[UUID]) -> None:
    """By a plain producer, which knows nothing of the outbox."""
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", request_timeout_ms=10_000)
    await producer.start()
    try:
        sent = [await producer.send(_TOPIC, key=b"\xff", value=b"\x00\xff", headers=[("ce_id", b"\xff")])]
        one, *many = ids
        for aggregate_id, version in [(one, n) for n in range(1, OF_ONE + 1)] + [(other, 1) for other in many]:
            event = _bad(province_id, aggregate_id, version)
            key = str(aggregate_id).encode()
            sent.append(await producer.send(_TOPIC, key=key, value=event.data, headers=to_headers(event)))
        await asyncio.wait_for(asyncio.gather(*sent), WITHIN_S)
    finally:
        await producer.stop()


def _bad(province_id: UUID, aggregate_id: UUID, version: int) -> Envelope:
    """A sound envelope around a state without any of its members."""
    return Envelope(
        id=UUID(int=aggregate_id.int ^ version),
        type="vn.bdtx.roster.person_changed.v1",
        source=source_of("roster"),
        time=utc_now(),
        province_id=province_id,
        aggregate_type="person",
        aggregate_id=aggregate_id,
        version=version,
        data=b"{}",
    )


async def _count(stack: Stack, service: str, question: str, *values: Any) -> int:
    connection = await asyncpg.connect(stack.addresses[service].owner, timeout=CONNECT_S)
    try:
        return int(await connection.fetchval(question, *values))
    finally:
        await connection.close()


async def _until(stack: Stack, service: str, question: str, wanted: int, until: float, *values: Any) -> None:
    found = 0
    while monotonic() < until and not stack.supervisor.stopping.is_set():
        try:
            found = await _count(stack, service, question, *values)
        except DATABASE_FAULTS:
            found = 0
        if found >= wanted:
            return
        await asyncio.sleep(_LOOK_EVERY_S)
    raise NotHealedError(f"{service} parked {found} of {wanted} poisoned events in {WITHIN_S:.0f} s")


async def _discard_all(stack: Stack, until: float) -> int:
    """Page after page through the gateway, a few decisions at a time; how many there were."""
    done = 0
    async with Person(stack, "operator") as operator:
        slots = asyncio.Semaphore(_DECISIONS_AT_ONCE)

        async def discard(one: str) -> bool:
            async with slots:
                try:
                    said = await operator.call("POST", f"/api/v1/parked/{one}/discard", {"reason": REASON})
                except (aiohttp.ClientError, TimeoutError):
                    return False
            return said.status == 200

        while monotonic() < until:
            page = await operator.call("GET", f"/api/v1/parked?limit={_PAGE}")
            if page.status != 200:
                raise NotHealedError(f"the operator is answered {page.status} when he asks what is parked")
            if not page.body["items"]:
                return done
            done += sum(await asyncio.gather(*(discard(one["id"]) for one in page.body["items"])))
    raise NotHealedError(f"after {done} discarded events some are parked still")
