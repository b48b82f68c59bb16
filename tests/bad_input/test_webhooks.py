"""Bad deliveries (table G1): each row through the real gateway and the real grading, with the one answer it has.

 - 401 whatever is wrong with a signature, its headers or its age, always with the same body; 400 and 431 where the
   head is no HTTP or too long; 405, 413 and 415 before anything is read. None of these leaves a row;
 - 422 signed but not of the form: kept for audit to the byte, and nothing else;
 - 200 with a `rejected` row for a bad value or an unknown type: kept as it was sent, never applied;
 - 200 and parked for a learner or a course that nobody knows (yet); 409 an id that comes again with other content.
No row is a fault of ours (5xx, an error in the log), and no log line holds the payload: a canary stands in each body.

Said otherwise by contracts than by the table: an unknown event type is a `rejected` row of a 2xx; spaces around a
header's value are no part of it (RFC 9110, 5.5), so the row has them inside; a body of gzip that does not say so is
no JSON (422), one that says so is 415 and never unpacked. Rotation, the bound of memory and what is handed on to
grading are tests/gateway/test_webhooks.py.
"""

from __future__ import annotations

import asyncio
import gzip
import logging
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from shared.clock import utc_now
from tests.bad_input.vendor import CANARY, PATH, Headers, Sender, batch, opened, signed, single
from tests.gateway.conftest import OTHER_SECRET
from tests.services.grading.vendor import ACCOUNT, GRADER, whole_course
from tests.support.databases import Databases

MIB = 1024 * 1024
SEEN_BEFORE = "this id was seen before with other content"
NOTHING = {"accepted": 0, "duplicates": 0, "parked": 0, "rejected": []}


@pytest.fixture(scope="module")
async def sender(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Sender]:
    async with opened(databases, tmp_path_factory.mktemp("webhooks")) as made:
        yield made


@pytest.fixture(autouse=True)
def no_payload_in_the_log(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Our own lines and the libraries', as verbose as a process writes them."""
    for name in ("shared", "services", "gateway"):
        caplog.set_level(logging.INFO, name)
    with capture_logs() as ours:
        yield
    lines = [*map(str, ours), *(record.getMessage() for record in caplog.records)]
    assert [line for line in lines if CANARY in line or ACCOUNT in line] == []
    assert [line for line in ours if line["log_level"] in ("error", "critical")] == []
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


BODY = single({"id": "forged", "type": "final.graded", "note": CANARY})
Forged = Callable[[], tuple[bytes, Headers]]


def _good() -> Headers:
    return signed(BODY)


def _without(name: str) -> Forged:
    return lambda: (BODY, [one for one in _good() if one[0] != name])


def _doubled(name: str) -> Forged:
    return lambda: (BODY, [*_good(), next(one for one in _good() if one[0] == name)])


def _with(name: str, change: Callable[[str], str]) -> Forged:
    """One header changed after it was signed."""
    return lambda: (BODY, [(key, change(value) if key == name else value) for key, value in _good()])


def _signature(change: Callable[[str], str]) -> Forged:
    return _with("webhook-signature", change)


def _at(stamp: Callable[[float], str]) -> Forged:
    """A right signature over this timestamp."""
    return lambda: (BODY, signed(BODY, timestamp=stamp(time.time())))


def _id(text: str) -> Forged:
    return lambda: (BODY, signed(BODY, id_=text))


NAMES = ("webhook-id", "webhook-timestamp", "webhook-signature")
FORGED: dict[str, Forged] = {
    "no headers": lambda: (BODY, [("content-type", "application/json")]),
    **{f"no {name}": _without(name) for name in NAMES},
    **{f"doubled {name}": _doubled(name) for name in NAMES},
    **{f"empty {name}": _with(name, lambda _: "") for name in NAMES},
    "signature v1": _signature(lambda _: "v1"),
    "signature v1,": _signature(lambda _: "v1,"),
    "signature v1,a,b": _signature(lambda _: "v1,a,b"),
    "signature v1,a": _signature(lambda _: "v1,a"),
    "signature with two spaces": _signature(lambda right: f"v1,AAAA  {right}"),
    "signature after junk": _signature(lambda right: f"junk {right}"),
    "21 signatures": _signature(lambda right: "v1,AAAA " * 20 + right),
    "signature without a version": _signature(lambda right: right[3:]),
    "signature cut short": _signature(lambda right: right[:-2]),
    "signature twice in one": _signature(lambda right: right + right[3:]),
    "unknown version only": _signature(lambda right: right.replace("v1", "v9")),
    "asymmetric version only": _signature(lambda right: right.replace("v1", "v1a")),
    "right MAC for other body": lambda: (BODY, signed(BODY + b" ")),
    "right MAC for other id": _with("webhook-id", lambda _: "d-2"),
    "right MAC for other time": _with("webhook-timestamp", lambda stamp: str(int(stamp) - 7)),
    "timestamp -5 m 1 s": _at(lambda now: str(int(now) - 301)),
    "timestamp +5 m 1 s": _at(lambda now: str(int(now) + 302)),  # over 301 s from now, whatever part of a second it is
    "timestamp inf": _at(lambda _: "inf"),
    "timestamp nan": _at(lambda _: "nan"),
    "timestamp 1e9": _at(lambda _: "1e9"),
    "timestamp float": _at(lambda now: f"{now:.1f}"),
    "timestamp with a space": _at(lambda now: f"{int(now)} 1"),
    "timestamp negative": _at(lambda _: "-1"),
    "timestamp 0": _at(lambda _: "0"),
    "timestamp 2^63": _at(lambda _: str(2**63)),
    "timestamp with a sign": _at(lambda now: f"+{int(now)}"),
    "timestamp with a leading zero": _at(lambda now: f"0{int(now)}"),
    "timestamp in milliseconds": _at(lambda now: str(int(now * 1000))),
    "id empty": _id(""),
    "id of 300 chars": _id("x" * 300),
    "id with .": _id("d.1"),
    "id with a space": _id("d 1"),
    "other vendor's delivery, id and all": lambda: (BODY, signed(BODY, id_="vnpt-1", secret=OTHER_SECRET)),
    "secret of another province": lambda: (BODY, signed(BODY, secret=OTHER_SECRET)),
    "secret of nobody": lambda: (BODY, signed(BODY, secret="whsec_" + "C" * 43)),
    "unsigned, body empty": lambda: (b"", _good()),
    "unsigned, body not UTF-8": lambda: (b"\xff\xfe\x00", _good()),
    "unsigned, depth 100 000": lambda: (b"[" * 100_000, _good()),
}


@pytest.mark.parametrize("row", FORGED)
async def test_a_forged_delivery_is_the_same_401_and_leaves_nothing(sender: Sender, row: str) -> None:
    before = await sender.held()
    answer = await sender.post(*FORGED[row]())
    reference = await sender.post(b"{}", [("content-type", "application/json")])
    assert (answer.status, answer.told) == (401, reference.told)
    assert await sender.held() == before


@pytest.mark.parametrize("vendor", ["nobody", "VIETTEL", "viettel%00", "vnpt"])
async def test_an_unknown_or_other_vendor_is_the_same_401(sender: Sender, vendor: str) -> None:
    before = await sender.held()
    answer = await sender.post(BODY, _good(), path=f"/webhooks/lms/{vendor}")
    reference = await sender.post(b"{}", [("content-type", "application/json")])
    assert answer.status == 401
    assert answer.told | {"instance": ""} == reference.told | {"instance": ""}
    assert await sender.held() == before


HEADS: dict[str, tuple[Callable[[], list[bytes]], tuple[int, ...]]] = {
    "10 000 signatures": (lambda: _lines("webhook-signature", b" ".join([b"v1,AAAA"] * 10_000)), (431,)),
    "id with NUL": (lambda: _lines("webhook-id", b"d\x001"), (400, 401)),
    "id not ASCII": (lambda: _lines("webhook-id", "ъ".encode()), (401,)),
    "timestamp in Arabic digits": (lambda: _lines("webhook-timestamp", "١٦٠٩".encode()), (401,)),
}


def _lines(name: str, value: bytes) -> list[bytes]:
    """A signed head with one value changed, as bytes."""
    head = [f"{key}: ".encode() + (value if key == name else known.encode()) for key, known in _good()]
    return [*head, b"content-length: %d" % len(BODY)]


@pytest.mark.parametrize("row", HEADS)
async def test_a_head_that_no_client_would_send_is_refused(sender: Sender, row: str) -> None:
    head, statuses = HEADS[row]
    before = await sender.held()
    answer = await sender.raw(head(), BODY)
    assert int(answer.split()[1]) in statuses, answer
    assert await sender.held() == before


def _type(kind: str) -> Callable[[], tuple[str, bytes, Headers]]:
    return lambda: ("POST", BODY, [("content-type", kind), *_good()[1:]])


REFUSED: dict[str, tuple[Callable[[], tuple[str, bytes, Headers]], int]] = {
    **{
        f"method {method}": (lambda method=method: (method, BODY, _good()), 405)  # type: ignore[misc]
        for method in ("GET", "PUT", "PATCH", "DELETE", "OPTIONS")
    },
    "content type text/plain": (_type("text/plain"), 415),
    "content type of a form": (_type("application/x-www-form-urlencoded"), 415),
    "content type of another charset": (_type("application/json; charset=utf-16"), 415),
    "content type empty": (_type(""), 415),
    "gzip that says so": (lambda: _encoded(gzip.compress(BODY)), 415),
    "gzip bomb that says so": (lambda: _encoded(gzip.compress(b" " * 50 * MIB)), 415),
}


def _encoded(body: bytes) -> tuple[str, bytes, Headers]:
    return "POST", body, [*signed(body), ("content-encoding", "gzip")]


@pytest.mark.parametrize("row", REFUSED)
async def test_another_method_type_or_encoding_is_refused_unread(sender: Sender, row: str) -> None:
    make, status = REFUSED[row]
    method, body, headers = make()
    before = await sender.held()
    answer = await sender.post(body, headers, method=method)
    assert answer.status == status
    assert status != 405 or answer.headers["allow"] == "POST"
    assert await sender.held() == before


_WHOLE = b'{"id": "m-1", "type": "final.graded", "note": "%s", "data": {"score": "0"}}' % CANARY.encode()
MALFORMED: dict[str, bytes] = {
    "empty": b"",
    "not JSON": b"{" + CANARY.encode(),
    "not UTF-8": _WHOLE.replace(b"m-1", b"\xff\xfe"),
    "UTF-16": _WHOLE.decode().encode("utf-16"),
    "BOM": b"\xef\xbb\xbf" + _WHOLE,
    "NaN": _WHOLE.replace(b'"0"', b"NaN"),
    "Infinity": _WHOLE.replace(b'"0"', b"Infinity"),
    "-Infinity": _WHOLE.replace(b'"0"', b"-Infinity"),
    "duplicate keys": _WHOLE[:-1] + b', "id": "x"}',
    "duplicate keys inside": _WHOLE.replace(b'"score": "0"', b'"score": "0", "score": "1"'),
    "duplicate keys, one escaped": _WHOLE.replace(b'"score": "0"', rb'"score": "0", "\u0073core": "\u003a"'),
    "depth 100 000, lists": b'{"id": "deep", "x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "depth 100 000, objects": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "depth 100 000, unclosed": b"[" * 100_000,
    "gzip bomb that does not say so": gzip.compress(b" " * 50 * MIB),
    "a list": b"[" + _WHOLE + b"]",
    "a text": b'"%s"' % CANARY.encode(),
    "null": b"null",
    "two documents": _WHOLE * 2,
    "a lone surrogate": _WHOLE.replace(b'"0"', rb'"\ud800"'),
    "a raw NUL": _WHOLE.replace(b'"0"', b'"\x00"'),
    "no id": _WHOLE.replace(b'"id"', b'"di"'),
    "an id that is a number": _WHOLE.replace(b'"m-1"', b"5"),
    "events that are no list": b'{"events": ' + _WHOLE + b"}",
    "events null": b'{"events": null}',
    "501 events": batch(*({"id": f"e-{n}", "note": CANARY} for n in range(501))),
}


@pytest.mark.parametrize("row", MALFORMED)
async def test_a_signed_body_that_is_not_of_the_form_is_422_and_kept_to_the_byte(sender: Sender, row: str) -> None:
    before = await sender.held()
    answer = await sender.post(MALFORMED[row])
    assert (answer.status, answer.headers["content-type"]) == (422, "application/problem+json")
    assert answer.told["instance"] == PATH
    assert CANARY.encode() not in answer.body
    assert await sender.held() == before | {"delivery": before["delivery"] + 1}
    body, outcome = await sender.kept()
    assert body == MALFORMED[row]
    assert list(outcome) == ["malformed"]


TOO_LARGE: dict[str, Callable[[Sender], bytes]] = {
    "a single past 256 KiB": lambda sender: single(sender.event(more="x" * 256 * 1024)),
    "a batch past 2 MiB": lambda sender: batch(sender.event(more="x" * 2 * MIB)),
}


@pytest.mark.parametrize("row", TOO_LARGE)
async def test_a_body_that_is_too_large_is_413_and_leaves_nothing(sender: Sender, row: str) -> None:
    before = await sender.held()
    assert (await sender.post(TOO_LARGE[row](sender))).status == 413
    assert await sender.held() == before


async def test_1_gib_chunked_is_refused_while_it_is_sent_and_ends_there(sender: Sender) -> None:
    before = await sender.held()
    reader, writer = await asyncio.open_connection("127.0.0.1", sender.port)
    head = [f"POST {PATH} HTTP/1.1", "host: x", "transfer-encoding: chunked", *(f"{k}: {v}" for k, v in _good())]
    writer.write("\r\n".join([*head, "", ""]).encode())
    answer = asyncio.create_task(reader.readline())
    sent = 0
    try:
        while sent < 1024 * MIB and not answer.done():
            writer.write(b"10000\r\n" + CANARY.encode().ljust(0x10000, b"x") + b"\r\n")
            await writer.drain()
            sent += 0x10000
    except ConnectionError:
        pass
    assert b" 413 " in await asyncio.wait_for(answer, 30)
    writer.close()
    assert sent < 32 * MIB
    # A length that is only declared is refused before anything is read.
    declared = [*(f"{k}: {v}".encode() for k, v in _good()), b"content-length: %d" % (1024 * MIB)]
    assert b" 413 " in await sender.raw(declared)
    assert await sender.held() == before


_MARK: dict[str, Any] = {"attempt": 999, "score": "0", "scale": "100", "grader": GRADER}


def _marked(**change: Any) -> dict[str, Any]:
    return {"data": _MARK | change}


def _shown(value: object) -> str:
    return repr(value)[:24]


_SCORES: tuple[Any, ...] = (
    "NaN", "-1", "100.001", "101", "9,5", None, "1e308", 1e308, "1e400", "Infinity", "", " 5", "0x10", True,
    [], {}, 10**30, "1" * 5_000, -1, 100.5,
)  # fmt: skip
_ATTEMPTS: tuple[Any, ...] = (0, -1, 1.5, "1", None, True, 10**12)
_TYPES: tuple[Any, ...] = ("final.deleted", "", "FINAL.GRADED", "final.graded\x00", 5, None, "x" * 300)
_STAMPS: tuple[Any, ...] = (
    "2021-01-05T09:00:00", "2999-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "1970-01-01T00:00:00Z",
    "yesterday", "", 1609812000, None,
)  # fmt: skip
_LEARNERS: tuple[Any, ...] = (
    None, {}, [], "x", {"account": ""}, {"account": 5}, {"account": "a\x00b"}, {"enrolment_id": "1"},
)  # fmt: skip
_MATERIALS: tuple[dict[str, Any], ...] = (
    {"material": "a\x00b"}, {"material": ""}, {"kind": "game"}, {"kind": []}, {"of": 0}, {"of": "1"},
)  # fmt: skip
_MATERIAL = {"material": "m", "kind": "video", "of": 1}
_DATA: tuple[Any, ...] = ([], "x", 5)
BAD: dict[str, dict[str, Any]] = {
    **{f"score {_shown(score)}": _marked(score=score) for score in _SCORES},
    **{f"scale {_shown(scale)}": _marked(scale=scale) for scale in ("0", "-100", "1e400", None)},
    **{f"attempt {_shown(n)}": _marked(attempt=n) for n in _ATTEMPTS},
    **{f"unknown event type {_shown(kind)}": {"type": kind} for kind in _TYPES},
    **{f"timestamp {_shown(stamp)}": {"timestamp": stamp} for stamp in _STAMPS},
    **{f"learner {_shown(learner)}": {"learner": learner} for learner in _LEARNERS},
    **{f"course {_shown(course)}": {"course": course} for course in (None, "", "a\x00b", 5)},
    **{
        f"material {_shown(change)}": {"type": "material.completed", "data": _MATERIAL | change}
        for change in _MATERIALS
    },
    "more right than asked": {"type": "quiz.submitted", "data": {"attempt": 999, "questions": 40, "correct": 41}},
    "a survey of 6": {
        "type": "survey.completed",
        "data": {"answers": {"content": 6, "organisation": 5, "staff": 5}},
    },
    "a profile that is text": {"type": "profile.confirmed", "data": {"correct": "false"}},
    **{f"data {_shown(data)}": {"data": data} for data in _DATA},
}


async def _is_rejected(sender: Sender, event: Any) -> None:
    """A batch's only row: refused with a reason that repeats nothing, kept as it was sent, and not applied."""
    before = await sender.held()
    sent = batch(event)
    answer = await sender.post(sent)
    assert answer.status == 200
    (row,) = answer.told["rejected"]
    assert answer.told == NOTHING | {"rejected": [row]}
    assert row["reason"]
    assert CANARY.encode() not in answer.body
    assert await sender.held() == before | {"delivery": before["delivery"] + 1}
    assert await sender.kept() == (sent, answer.told)


@pytest.mark.parametrize("row", BAD)
async def test_a_bad_value_is_a_rejected_row_that_is_kept_and_not_applied(sender: Sender, row: str) -> None:
    await _is_rejected(sender, sender.event() | BAD[row])
    # Alone in its body it is the same: a row, for the call was of the form.
    alone = await sender.post(single(sender.event() | BAD[row]))
    assert (alone.status, alone.told["accepted"], len(alone.told["rejected"])) == (200, 0, 1)


@pytest.mark.parametrize("event", [None, 5, "x", [], {}, *({"id": id_} for id_ in ("", "a\x00b", "x" * 201, None, 5))])
async def test_a_row_of_a_batch_that_is_no_event_is_rejected(sender: Sender, event: Any) -> None:
    await _is_rejected(sender, sender.event() | event if event and isinstance(event, dict) else event)


async def test_a_timestamp_of_the_future_plus_1_d_is_rejected(sender: Sender) -> None:
    late = (utc_now() + timedelta(days=1, minutes=5)).isoformat()
    await _is_rejected(sender, sender.event(timestamp=late))


@pytest.mark.parametrize("number", ["1e400", "-1", "1e-400", "100.5", "1" * 5_000])
async def test_a_bad_score_written_as_a_number_is_refused_too(sender: Sender, number: str) -> None:
    before = await sender.held()
    body = single(sender.event()).replace(b'"score": "0"', b'"score": ' + number.encode())
    answer = await sender.post(body)
    assert answer.status == 422 or (answer.status == 200 and len(answer.told["rejected"]) == 1)
    assert await sender.held() == before | {"delivery": before["delivery"] + 1}


STRANGERS: dict[str, dict[str, Any]] = {
    "unknown learner": {"learner": {"account": "nobody@longan.edu.vn"}},
    "unknown course": {"course": "GV-THCS-M99"},
    "unknown enrolment": {"learner": {"enrolment_id": "01980000-0000-7000-8000-00000000dead"}},
}


@pytest.mark.parametrize("row", STRANGERS)
async def test_an_event_of_nobody_known_is_parked_and_moves_no_result(sender: Sender, row: str) -> None:
    before = await sender.held()
    event = sender.event() | STRANGERS[row]
    assert (await sender.post(single(event))).told == NOTHING | {"parked": 1}
    more = {name: before[name] + 1 for name in ("delivery", "evidence", "study")}
    assert await sender.held() == before | more
    assert (await sender.post(single(event))).told == NOTHING | {"duplicates": 1}
    assert await sender.held() == before | more | {"delivery": before["delivery"] + 2}


async def test_a_batch_in_which_one_event_is_bad_takes_the_others(sender: Sender) -> None:
    asked = sender.event("question.asked", {"question": "q-1"})
    stranger = sender.event(learner={"account": "nobody.2@longan.edu.vn"})
    answer = await sender.post(batch(asked, sender.event(data=_MARK | {"score": "9,5"}), stranger))
    told = answer.told
    assert [row["reason"] for row in told.pop("rejected")] == ["score must be a decimal"]
    assert told == {"accepted": 1, "duplicates": 0, "parked": 1}
    assert (await sender.post(batch(asked, stranger))).told == NOTHING | {"duplicates": 2}
    assert (await sender.post(b'{"events": []}')).told == NOTHING


async def test_same_id_other_body_is_409_alone_and_a_row_in_a_batch(sender: Sender) -> None:
    mark = next(event for event in whole_course() if event["type"] == "final.graded")
    changed = mark | {"data": mark["data"] | {"score": "0"}, "note": CANARY}
    before = await sender.held()
    alone = await sender.post(single(changed))
    assert (alone.status, alone.told["detail"]) == (409, mark["id"])
    together = await sender.post(batch(changed, mark))
    assert together.told == NOTHING | {"duplicates": 1, "rejected": [{"id": mark["id"], "reason": SEEN_BEFORE}]}
    # The same content counts no second time, whatever delivery it comes in; both kinds are kept for audit.
    for body, count in ((single(mark), 1), (batch(mark), 1), (batch(mark, mark), 2)):
        assert {(await sender.post(body, signed(body, id_="replayed"))).told["duplicates"] for _ in range(3)} == {count}
    assert await sender.held() == before | {"delivery": before["delivery"] + 11}


async def test_the_same_event_id_of_another_vendor_is_another_event(sender: Sender) -> None:
    mark = next(event for event in whole_course() if event["type"] == "final.graded")
    body = single(mark | {"data": mark["data"] | {"score": "0"}})
    headers = signed(body, secret=OTHER_SECRET)
    answer = await sender.post(body, headers, path="/webhooks/lms/vnpt")
    # Of a province that has no such learner: neither a conflict with the first vendor's, nor its duplicate.
    assert (answer.status, answer.told) == (200, NOTHING | {"parked": 1})


async def test_1_000_concurrent_of_the_same_id_are_one_event(sender: Sender) -> None:
    before = await sender.held()
    body = single(sender.event("question.asked", {"question": "q-1000"}))
    told = Counter[str]()
    for answer in await asyncio.gather(*(sender.post(body, signed(body)) for _ in range(1_000))):
        assert answer.status == 200
        told.update({key: answer.told[key] for key in ("accepted", "duplicates", "parked")})
    assert (told["accepted"], told["duplicates"], told["parked"]) == (1, 999, 0)
    after = await sender.held()
    assert after["evidence"] == before["evidence"] + 1
    assert after["delivery"] == before["delivery"] + 1_000


async def test_concurrent_of_the_same_id_with_two_contents_are_one_event_and_conflicts(sender: Sender) -> None:
    before = await sender.held()
    event = sender.event("question.asked", {"question": "q-a"})
    bodies = [single(event), single(event | {"data": {"question": "q-b"}})]
    answers = await asyncio.gather(*(sender.post(bodies[n % 2], signed(bodies[n % 2])) for n in range(200)))
    assert Counter(answer.status for answer in answers) == {200: 100, 409: 100}
    assert sum(answer.told["accepted"] for answer in answers if answer.status == 200) == 1
    assert (await sender.held())["evidence"] == before["evidence"] + 1


async def test_nothing_of_all_this_took_effect_and_the_same_event_well_said_does(sender: Sender) -> None:
    """Also when the module's other tests ran before it: their rows would show in this learner's result."""
    untouched = await sender.result()
    assert (untouched.scores.final, untouched.scores.total) == ("60.00", "68.50")
    # A mark older than the one stored is accepted and loses to it: by its own timestamp, not by when it came.
    older = sender.event(data=_MARK | {"attempt": 1, "score": "1"}, timestamp="2020-12-24T01:00:00Z")
    assert (await sender.post(single(older))).told == NOTHING | {"accepted": 1}
    assert (await sender.result()).scores == untouched.scores
    # `"9.5"`, unlike `"9,5"`, is a score; and it is read as exactly that.
    good = sender.event(data=_MARK | {"score": "9.5", "scale": "10"})
    assert (await sender.post(batch(sender.event(type="no.such"), good))).told["accepted"] == 1
    assert (await sender.result()).scores.final == "95.00"
    assert (await sender.post(single(sender.event()))).told["accepted"] == 1
    assert (await sender.result()).scores.final == "0.00"
