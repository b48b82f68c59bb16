"""Deliveries at the door: what is handed on to grading and how, rotation of secrets, bounds of size and memory.

Whatever is refused, and what then is stored: tests/bad_input/test_webhooks.py.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import io
import json
import resource
import time
from datetime import UTC, datetime
from typing import Any

import pytest
from standardwebhooks import Webhook

from shared.clock import utc_now
from tests.gateway.conftest import SECRET, Stack

BODY = json.dumps({"id": "viettel-1", "type": "survey.completed"}).encode()
Headers = list[tuple[str, str]]


def signed(body: bytes = BODY, secret: str = SECRET, *, id_: str = "d-1", at: datetime | None = None) -> dict[str, str]:
    at = at or utc_now()
    return {
        "content-type": "application/json",
        "webhook-id": id_,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign(id_, at, body.decode()),
    }


def raw_signature(id_: str, timestamp: str, body: bytes) -> str:
    """A right MAC over whatever is put into the headers, as a hostile vendor would make it."""
    key = base64.b64decode(SECRET.removeprefix("whsec_") + "==")
    mac = hmac.new(key, f"{id_}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    return "v1," + base64.b64encode(mac).decode()


def peak_kib() -> int:
    """The most memory this process ever had, in KiB (as Linux counts it)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


async def send(stack: Stack, headers: Any, body: Any = BODY, vendor: str = "viettel") -> tuple[int, bytes]:
    url = f"{stack.url}/webhooks/lms/{vendor}"
    body = io.BytesIO(body) if isinstance(body, bytes) else body
    async with stack.client.post(url, data=body, headers=headers) as answer:
        return answer.status, await answer.read()


async def test_a_signed_delivery_reaches_grading_unchanged_with_the_vendors_own_token(stack: Stack) -> None:
    headers = signed() | {"x-with-server-date": "2020-12-28T09:15:02+07:00", "x-forwarded-user": "root"}
    stack.behind.delivery_answer = (200, {"accepted": 1, "duplicates": 0}, {})
    status, answer = await send(stack, headers)
    assert (status, json.loads(answer)) == (200, {"accepted": 1, "duplicates": 0})
    noted = stack.behind.last()
    assert noted["path"] == "/internal/deliveries/viettel"
    assert noted["sha256"] == hashlib.sha256(BODY).hexdigest()
    assert (noted["audience"], noted["account"], noted["source"]) == ("grading", "vendor:viettel", "viettel")
    assert noted["roles"] == ["vendor"]
    passed = dict(noted["headers"])
    assert passed["webhook-id"] == "d-1"
    assert passed["x-with-server-date"] == "2020-12-28T09:15:02+07:00"
    assert "x-forwarded-user" not in passed
    assert "webhook-signature" not in passed
    assert len(passed["traceparent"]) == 55


@pytest.mark.parametrize("status", [200, 409, 413, 422, 503])
async def test_the_answer_of_grading_comes_back_as_it_is(stack: Stack, status: int) -> None:
    stack.behind.delivery_answer = (status, {"detail": "x"}, {"retry-after": "7"})
    async with stack.client.post(f"{stack.url}/webhooks/lms/viettel", data=BODY, headers=signed()) as answer:
        assert (answer.status, await answer.json()) == (status, {"detail": "x"})
        assert answer.headers["retry-after"] == "7"


@pytest.mark.parametrize("body", [b"", b"\xff\xfe\x00", b"[" * 100_000, b'{"a": NaN}', b"\xef\xbb\xbf{}"])
async def test_an_unsigned_body_of_any_kind_is_401(stack: Stack, body: bytes) -> None:
    status, _ = await send(stack, signed(), body)
    assert status == 401
    assert stack.behind.seen == []


@pytest.mark.parametrize("body", [b"", b"[" * 100_000, b'{"a": NaN}', b'{"a": 1, "a": 2}', b"\xef\xbb\xbf{}"])
async def test_a_signed_body_of_any_kind_is_gradings_to_judge(stack: Stack, body: bytes) -> None:
    status, _ = await send(stack, signed(body), body)
    assert status == 200
    assert stack.behind.last()["sha256"] == hashlib.sha256(body).hexdigest()


async def test_a_signed_body_that_is_no_text_is_gradings_to_refuse_and_keep(stack: Stack) -> None:
    stamp = str(int(time.time()))
    headers = signed() | {"webhook-timestamp": stamp, "webhook-signature": raw_signature("d-1", stamp, b"\xff")}
    assert (await send(stack, headers, b"\xff"))[0] == 200
    assert stack.behind.last()["sha256"] == hashlib.sha256(b"\xff").hexdigest()
    assert (await send(stack, headers, b"\xfe"))[0] == 401


async def test_grading_is_told_the_path_that_the_vendor_called_and_by_nobody_else(stack: Stack) -> None:
    await send(stack, signed() | {"x-forwarded-path": "/elsewhere"})
    told = [value for name, value in stack.behind.last()["headers"] if name == "x-forwarded-path"]
    assert told == ["/webhooks/lms/viettel"]


async def test_two_mebibytes_pass_and_one_byte_more_is_413(stack: Stack) -> None:
    largest = b"x" * (2 * 1024 * 1024)
    assert (await send(stack, signed(largest), largest))[0] == 200
    larger = largest + b"x"
    assert (await send(stack, signed(larger), larger))[0] == 413

    async def chunked() -> Any:
        for start in range(0, len(larger), 65_536):
            yield larger[start : start + 65_536]

    assert (await send(stack, signed(larger), chunked()))[0] == 413


async def test_a_gibibyte_in_chunks_is_refused_early_and_in_bounded_memory(stack: Stack) -> None:
    before = peak_kib()
    reader, writer = await asyncio.open_connection("127.0.0.1", stack.port)
    head = "".join(f"{name}: {value}\r\n" for name, value in signed().items())
    writer.write(f"POST /webhooks/lms/viettel HTTP/1.1\r\nhost: x\r\n{head}transfer-encoding: chunked\r\n\r\n".encode())
    chunk = b"10000\r\n" + b"x" * 65_536 + b"\r\n"
    sent = 0
    answer = asyncio.create_task(reader.readline())
    try:
        while sent < 1024**3:
            writer.write(chunk)
            await writer.drain()
            sent += 65_536
    except ConnectionError:
        pass
    status = await answer
    writer.close()
    assert b"413" in status
    assert sent < 32 * 1024**2
    assert peak_kib() - before < 20 * 1024


async def test_secrets_rotate_without_a_restart(stack: Stack) -> None:
    new = "whsec_" + "C" * 43

    def write(*live: str) -> None:
        fresh = stack.secrets.with_suffix(".new")
        fresh.write_text(json.dumps({"viettel": list(live)}))
        fresh.replace(stack.secrets)

    assert (await send(stack, signed(secret=new)))[0] == 401
    write(SECRET, new)
    assert (await send(stack, signed(secret=SECRET)))[0] == 200
    assert (await send(stack, signed(secret=new)))[0] == 200
    write(new)
    assert (await send(stack, signed(secret=SECRET)))[0] == 401
    assert (await send(stack, signed(secret=new)))[0] == 200


async def test_a_half_written_secrets_file_keeps_the_known_secrets(stack: Stack) -> None:
    assert (await send(stack, signed()))[0] == 200
    stack.secrets.write_text('{"viettel": ["whsec_')
    assert (await send(stack, signed()))[0] == 200


async def test_several_signatures_in_one_header_pass_when_one_is_right(stack: Stack) -> None:
    headers = signed()
    headers["webhook-signature"] = f"v1a,AAAA v1,{'A' * 43}= {headers['webhook-signature']}"
    assert (await send(stack, headers))[0] == 200


async def test_a_signature_four_minutes_old_is_still_fresh(stack: Stack) -> None:
    at = datetime.fromtimestamp(int(time.time()) - 240, UTC)
    assert (await send(stack, signed(at=at)))[0] == 200


async def test_a_thousand_deliveries_at_once_are_all_answered(stack: Stack) -> None:
    headers = signed()
    answers = await asyncio.gather(*(send(stack, headers) for _ in range(1_000)))
    assert {status for status, _ in answers} == {200}
    assert len(stack.behind.seen) == 1_000
