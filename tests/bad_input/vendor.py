"""The webhook from the vendor's side: the real gateway and the real grading, each on its socket, over PostgreSQL.

The sender can do everything wrong. What a call left behind is counted in the database, table by table.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import io
import json
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.main import build as build_gateway
from gateway.server import server_of
from gateway.settings import Settings as GatewaySettings
from services.grading.consumer import handlers
from services.grading.domain.scheme import shipped
from services.grading.main import build as build_grading
from services.grading.settings import Settings as GradingSettings
from services.grading.store import sources
from services.grading.store.sources import Source
from services.grading.use_cases.assessment import assess_pending
from shared.applying import Applier
from shared.clock import new_id, utc_now
from shared.database import make_engine
from shared.events.grading import Result
from tests.gateway.conftest import OTHER_SECRET, SECRET, free_port, listening, prepare
from tests.services.grading.roster_says import ENROLMENT, enrolment
from tests.services.grading.vendor import ACCOUNT, COURSE, whole_course
from tests.support.databases import Databases
from tests.support.states import NOW, OTHER_PROVINCE, PROVINCE, envelope, record

CANARY = "080180012345-canary"
"""An identity number as someone might send it: it stands in every body."""
PATH = "/webhooks/lms/viettel"
TABLES = ("delivery", "evidence", "study", "claim", "pending", "enrolment", "outbox")

Headers = list[tuple[str, str]]


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def told(self) -> Any:
        """Its JSON."""
        return json.loads(self.body)


@dataclass
class Sender:
    """The program of the vendor `viettel`; one learner of the province has done her whole course with it."""

    http: aiohttp.ClientSession
    worker: AsyncEngine
    port: int
    _number: int = field(default=0)

    def event(self, kind: str = "final.graded", data: Any = None, **change: Any) -> dict[str, Any]:
        """An event that would ruin the learner's result if it counted, of an id never used before."""
        self._number += 1
        ruin = {"attempt": 999, "score": "0", "scale": "100", "grader": "x@longan.edu.vn"}
        return {
            "id": f"bad-{self._number}",
            "type": kind,
            "timestamp": "2021-01-05T09:00:00+07:00",
            "learner": {"account": ACCOUNT},
            "course": COURSE,
            "data": ruin if data is None else data,
            "note": CANARY,
        } | change

    async def post(
        self, body: bytes, headers: Headers | None = None, *, path: str = PATH, method: str = "POST"
    ) -> Answer:
        """Sends, rightly signed unless headers are given; a new call each time."""
        sent = signed(body) if headers is None else headers
        async with self.http.request(method, path, data=io.BytesIO(body), headers=sent) as answer:
            return Answer(answer.status, answer.headers, await answer.read())

    async def raw(self, head: Sequence[bytes], body: bytes = b"") -> bytes:
        """Bytes as they are, past every client's good manners; the answer's first line."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write(b"\r\n".join([b"POST " + PATH.encode() + b" HTTP/1.1", b"host: x", *head, b"", b""]) + body)
            return await asyncio.wait_for(reader.readline(), 30)
        finally:
            writer.close()

    async def held(self) -> dict[str, int]:
        """How many rows there are in each table that a webhook may move."""
        asked = " UNION ALL ".join(f"SELECT '{name}' AS name, count(*) AS rows FROM {name}" for name in TABLES)
        async with self.worker.connect() as connection:
            return {row.name: row.rows for row in await connection.execute(sa.text(asked))}

    async def kept(self) -> tuple[bytes, dict[str, Any]]:
        """Body and outcome of the newest delivery."""
        async with self.worker.connect() as connection:
            found = await connection.execute(sa.text("SELECT body, outcome FROM delivery ORDER BY id DESC LIMIT 1"))
            row = found.one()
        return bytes(row.body), row.outcome

    async def result(self) -> Result:
        """The learner's result, after every mark was worked off."""
        for _ in range(100):
            if not await assess_pending(self.worker, shipped(), now=utc_now(), new_id=new_id):
                break
        else:
            raise TimeoutError("assessment has no end")
        async with self.worker.connect() as connection:
            found = await connection.scalar(
                sa.text("SELECT result FROM enrolment WHERE enrolment_id = :id"), {"id": ENROLMENT}
            )
        return msgspec.json.decode(found, type=Result)


def single(event: Any) -> bytes:
    """The body of one event."""
    return json.dumps(event).encode()


def batch(*events: Any) -> bytes:
    """The body of several."""
    return json.dumps({"events": events}).encode()


def sign(body: bytes, id_: str, timestamp: str, secret: str = SECRET) -> str:
    """A right MAC over whatever is given (Standard Webhooks 1.0.0)."""
    key = base64.b64decode(secret.removeprefix("whsec_") + "==")
    mac = hmac.new(key, f"{id_}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    return "v1," + base64.b64encode(mac).decode()


def signed(body: bytes, *, id_: str = "d-1", timestamp: str = "", secret: str = SECRET) -> Headers:
    """The headers of a delivery, rightly signed whatever stands in them."""
    timestamp = timestamp or str(int(time.time()))
    return [
        ("content-type", "application/json"),
        ("webhook-id", id_),
        ("webhook-timestamp", timestamp),
        ("webhook-signature", sign(body, id_, timestamp, secret)),
    ]


@asynccontextmanager
async def opened(databases: Databases, folder: Path) -> AsyncIterator[Sender]:
    """Both servers in this process on sockets of their own, an enrolled learner and her course as it was delivered."""
    await databases.clean("grading")
    urls = databases.urls("grading")
    environment = prepare(folder)
    behind, port = free_port(), free_port()
    grading = GradingSettings.model_validate(
        {
            "BDTX_ENV": "production",
            "port": behind,
            "database_url": urls["api"],
            "worker_database_url": urls["worker"],
            "KAFKA_BOOTSTRAP": "127.0.0.1:1",
            "INTERNAL_JWKS_FILE": str(folder / "jwks.json"),
        }
    )
    gateway = GatewaySettings.model_validate(environment | {"GRADING_URL": f"http://127.0.0.1:{behind}"})
    worker = make_engine(urls["worker"], pool_size=4)
    try:
        await _register(worker)
        heard = envelope(ENROLMENT, 1, enrolment(), "enrolled")
        await Applier(worker, handlers(shipped()), utc_now, new_id).apply([record(heard)])
        async with (
            build_grading(grading, "api") as parts,
            listening(server_of(parts.app, "127.0.0.1", behind)),
            build_gateway(gateway) as door,
            listening(server_of(door, "127.0.0.1", port)),
            aiohttp.ClientSession(f"http://127.0.0.1:{port}") as http,
        ):
            sender = Sender(http, worker, port)
            taken = await sender.post(batch(*whole_course()))
            assert (taken.status, taken.told["accepted"]) == (200, len(whole_course())), taken.body
            await sender.result()
            yield sender
    finally:
        await worker.dispose()


async def _register(worker: AsyncEngine) -> None:
    """Two vendors, each of a province of its own, and each with a secret of its own (tests/gateway/conftest.py)."""
    assert SECRET != OTHER_SECRET
    async with worker.begin() as connection:
        for province, vendor in ((PROVINCE, "viettel"), (OTHER_PROVINCE, "vnpt")):
            assert await sources.register(connection, Source(province, vendor), NOW, "so.01@test")
