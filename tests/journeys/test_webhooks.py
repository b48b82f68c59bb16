"""The webhook from the vendor's side: a whole stack after its course, then everything a bad sender can do."""

from __future__ import annotations

import base64
import gzip
import hashlib
import hmac
import json
import select
import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.support.whole_stack import WholeStack, whole_stack

OFFICER = "so.01@longan.edu.vn"
PATH = "/webhooks/lms/viettel"
MIB = 1024 * 1024
NOTHING = {"accepted": 0, "duplicates": 0, "parked": 0, "rejected": []}
SEEN_BEFORE = "this id was seen before with other content"

Headers = list[tuple[str, str]]


class Sender:
    """The vendor's program, which can also do everything wrong. `victim` is a recognised learner's result."""

    def __init__(self, stack: WholeStack) -> None:
        self.stack = stack
        self.secret = json.loads((stack.paths.root / "vendor-secrets.json").read_text())["viettel"][0]
        self.http = httpx.Client(base_url=f"http://127.0.0.1:{stack.port}", timeout=60)
        everyone = stack.every(OFFICER, "/api/v1/results")
        self.victim = next(one for one in everyone if one["status"] == "recognised")
        self._number = 0
        self.before = self.end_state()

    def new_id(self) -> str:
        """An id never used before."""
        self._number += 1
        return f"bad-{self._number}"

    def event(self, kind: str = "final.graded", data: Any = None, **change: Any) -> dict[str, Any]:
        """An event that would ruin the victim's result if it counted."""
        ruin = {"attempt": 999, "score": "0", "scale": "100", "grader": "x@longan.edu.vn"}
        return {
            "id": self.new_id(),
            "type": kind,
            "timestamp": "2021-01-05T09:00:00+07:00",
            "learner": {"account": self.victim["account"]},
            "course": self.victim["course"],
            "data": ruin if data is None else data,
        } | change

    def sign(self, body: bytes, id_: str, timestamp: str, secret: str | None = None) -> str:
        """Standard Webhooks 1.0.0."""
        key = base64.b64decode((secret or self.secret).removeprefix("whsec_"))
        mac = hmac.new(key, f"{id_}.{timestamp}.".encode() + body, hashlib.sha256).digest()
        return "v1," + base64.b64encode(mac).decode()

    def headers(self, body: bytes, *, id_: str = "d-1", timestamp: str = "", secret: str | None = None) -> Headers:
        """A right signature over whatever is given."""
        timestamp = timestamp or str(int(time.time()))
        return [
            ("content-type", "application/json"),
            ("webhook-id", id_),
            ("webhook-timestamp", timestamp),
            ("webhook-signature", self.sign(body, id_, timestamp, secret)),
        ]

    def post(self, body: bytes, headers: Headers | None = None, *, path: str = PATH) -> httpx.Response:
        """Sends, rightly signed unless headers are given."""
        return self.http.post(path, content=body, headers=self.headers(body) if headers is None else headers)

    def send(self, *events: Any) -> httpx.Response:
        """A rightly signed batch."""
        return self.post(batch(*events))

    def end_state(self) -> tuple[dict[str, Any], dict[str, int]]:
        """Every result by enrolment, and the report's figures."""
        results = {one["enrolment_id"]: one for one in self.stack.every(OFFICER, "/api/v1/results")}
        return results, self.stack.get(OFFICER, "/api/v1/reports/progress")["figures"]


def single(event: Any) -> bytes:
    return json.dumps(event).encode()


def batch(*events: Any) -> bytes:
    return json.dumps({"events": events}).encode()


@pytest.fixture(scope="module")
def sender() -> Iterator[Sender]:
    with whole_stack("webhooks", DEMO_PEOPLE="60") as stack:
        stack.wait_for("COURSE COMPLETE", 240)
        made = Sender(stack)
        yield made
        made.http.close()


def forged(sender: Sender) -> Iterator[tuple[str, bytes, Headers]]:
    """Whatever is wrong with a signature, its headers or its age."""
    body = single(sender.event())
    good = sender.headers(body)
    now = int(time.time())
    for name in ("webhook-id", "webhook-timestamp", "webhook-signature"):
        yield f"no {name}", body, [one for one in good if one[0] != name]
        yield f"two {name}", body, [*good, next(one for one in good if one[0] == name)]
        yield f"empty {name}", body, [(key, "" if key == name else value) for key, value in good]
    for timestamp in (
        str(now - 301), str(now + 301), "0", "-1", "inf", "nan", "1e9", f"{now}.0", f"+{now}", str(2**63), "١٦",
    ):  # fmt: skip
        if timestamp.isascii():
            yield f"timestamp {timestamp}", body, sender.headers(body, timestamp=timestamp)
    for id_ in ("a.b", "x" * 300, "a b"):
        yield f"id {id_[:9]}", body, sender.headers(body, id_=id_)
    other = "whsec_" + base64.b64encode(b"o" * 32).decode()
    yield "another secret", body, sender.headers(body, secret=other)
    yield "signed for another body", body, sender.headers(body + b" ")
    for name, value in (("webhook-id", "d-2"), ("webhook-timestamp", str(now - 7))):
        yield f"signed for another {name}", body, [(key, value if key == name else old) for key, old in good]
    right = good[-1][1]
    for signature in (
        "v1", "v1,", "v1,a", "v1,a,b", "v2," + right[3:], "v1a," + right[3:], right[:-2], right + right[3:],
        right.replace(",", "  "), right[3:], " ".join(["v1,AAAA"] * 500),
    ):  # fmt: skip
        yield f"signature {signature[:12]}", body, [*good[:-1], ("webhook-signature", signature)]


def test_whatever_is_wrong_with_a_signature_the_answer_is_one_401_and_nothing_happens(sender: Sender) -> None:
    answers = {name: sender.post(body, headers) for name, body, headers in forged(sender)}
    body = single(sender.event())
    answers["unknown vendor"] = sender.post(body, path="/webhooks/lms/nobody")
    assert {name: answer.status_code for name, answer in answers.items() if answer.status_code != 401} == {}
    told = {json.dumps(answer.json() | {"instance": ""}) for answer in answers.values()}
    assert len(told) == 1
    many = " ".join([sender.sign(body, "d-1", "1")] * 10_000)
    flood = sender.post(body, [*sender.headers(body)[:-1], ("webhook-signature", many)])
    assert 400 <= flood.status_code < 500


def test_another_method_another_type_or_an_encoding_is_refused(sender: Sender) -> None:
    body = single(sender.event())
    for method in ("GET", "PUT", "PATCH", "DELETE", "OPTIONS"):
        answer = sender.http.request(method, PATH, content=body, headers=sender.headers(body))
        assert (method, answer.status_code) == (method, 405)
        assert answer.headers["allow"] == "POST"
    packed = gzip.compress(body)
    assert sender.post(packed, [*sender.headers(packed), ("content-encoding", "gzip")]).status_code == 415
    for kind in ("text/plain", "application/x-www-form-urlencoded", "application/json; charset=utf-16", ""):
        headers = [("content-type", kind), *sender.headers(body)[1:]]
        assert sender.post(body, headers).status_code == 415
    bomb = gzip.compress(b" " * 50 * MIB)
    assert sender.post(bomb).status_code == 422


def test_a_signed_body_that_is_not_of_the_form_is_422_and_one_that_is_too_large_413(sender: Sender) -> None:
    event = sender.event()
    whole = single(event)
    refused: dict[str, tuple[bytes, int]] = {
        "empty": (b"", 422),
        "not JSON": (b"{", 422),
        "a BOM": (b"\xef\xbb\xbf" + whole, 422),
        "a list": (b"[" + whole + b"]", 422),
        "a text": (b'"x"', 422),
        "two documents": (whole + whole, 422),
        "no id": (single({key: value for key, value in event.items() if key != "id"}), 422),
        "an id that is a number": (single(event | {"id": 5}), 422),
        "events that are no list": (b'{"events": ' + whole + b"}", 422),
        "501 events": (batch(*(sender.event() for _ in range(501))), 422),
        "100,000 levels": (b'{"id": "deep", "x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", 422),
        "100,000 objects": (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, 422),
        "NaN": (whole.replace(b'"0"', b"NaN"), 422),
        "Infinity": (whole.replace(b'"0"', b"Infinity"), 422),
        "-Infinity": (whole.replace(b'"0"', b"-Infinity"), 422),
        "a lone surrogate": (whole.replace(b"x@longan", b"\\ud800"), 422),
        "a raw NUL": (whole.replace(b"x@longan", b"\x00"), 422),
        "a single past 256 KiB": (single(event | {"note": "x" * 256 * 1024}), 413),
        "a batch past 2 MiB": (batch(event | {"note": "x" * 2 * MIB}), 413),
    }
    for body in (whole.replace(b"bad-", b"\xff\xfe"), whole.decode().encode("utf-16"), whole[:-1] + b', "id": "x"}'):
        answer = sender.post(body)
        assert (answer.status_code, answer.json()["instance"]) == (422, PATH)
    wrong = {
        name: (answer.status_code, answer.text[:200])
        for name, (body, status) in refused.items()
        if (answer := sender.post(body)).status_code != status
    }
    assert wrong == {}


def bad_events(sender: Sender) -> Iterator[tuple[str, Any]]:
    """Each is a rejected row in a batch, whatever stands beside it."""
    mark = {"attempt": 999, "score": "0", "scale": "100", "grader": "x@longan.edu.vn"}
    scores: tuple[Any, ...] = (
        "101",
        "-1",
        "9,5",
        "NaN",
        "Infinity",
        "1e400",
        "",
        " 5",
        "0x10",
        None,
        True,
        [],
        {},
        10**30,
    )
    for score in scores:
        yield f"score {score!r}", sender.event(data=mark | {"score": score})
    for scale in ("0", "-100", "1e400", None):
        yield f"scale {scale!r}", sender.event(data=mark | {"scale": scale})
    for attempt in (0, -1, 1.5, "1", None, True, 10**12):
        yield f"attempt {attempt!r}", sender.event(data=mark | {"attempt": attempt})
    for kind in ("final.deleted", "", "FINAL.GRADED", "final.graded\x00", 5, None, "x" * 300):
        yield f"type {str(kind)[:20]!r}", sender.event() | {"type": kind}
    tomorrow = (datetime.now(UTC) + timedelta(days=1, minutes=5)).isoformat()
    for timestamp in (
        "2021-01-05T09:00:00", tomorrow, "2999-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "1970-01-01T00:00:00Z",
        "yesterday", "", 1609812000, None,
    ):  # fmt: skip
        yield f"timestamp {timestamp!r}", sender.event() | {"timestamp": timestamp}
    learners: tuple[Any, ...] = (
        None,
        {},
        [],
        "x",
        {"account": ""},
        {"account": 5},
        {"account": "a\x00b"},
        {"enrolment_id": "1"},
    )
    for learner in learners:
        yield f"learner {learner!r}", sender.event() | {"learner": learner}
    for course in (None, "", "a\x00b", 5):
        yield f"course {course!r}", sender.event() | {"course": course}
    for id_ in ("", "a\x00b", "x" * 201, None, 5):
        yield f"id {str(id_)[:20]!r}", sender.event() | {"id": id_}
    item = {"material": "m", "kind": "video", "of": 1}
    changes: tuple[Any, ...] = (
        {"material": "a\x00b"},
        {"material": ""},
        {"kind": "game"},
        {"kind": []},
        {"of": 0},
        {"of": "1"},
    )
    for change in changes:
        yield f"material {change!r}", sender.event("material.completed", item | change)
    yield "more right than asked", sender.event("quiz.submitted", {"attempt": 999, "questions": 40, "correct": 41})
    yield "a survey of 6", sender.event("survey.completed", {"answers": {"content": 6, "organisation": 5, "staff": 5}})
    yield "a profile that is text", sender.event("profile.confirmed", {"correct": "false"})
    data_of_no_form: tuple[Any, ...] = ([], "x", 5)
    for data in data_of_no_form:
        yield f"data {data!r}", sender.event(data=data)
    events: tuple[Any, ...] = (None, 5, "x", [], {})
    for event in events:
        yield f"event {event!r}", event


def test_a_bad_value_is_a_rejected_row_and_takes_no_effect(sender: Sender) -> None:
    bad = list(bad_events(sender))
    wrong = {}
    for name, event in bad:
        answer = sender.send(event)
        if answer.status_code != 200 or (len(answer.json()["rejected"]), answer.json()["accepted"]) != (1, 0):
            wrong[name] = (answer.status_code, answer.text[:200])
    assert wrong == {}
    together = sender.send(*(event for _, event in bad)).json()
    assert len(together.pop("rejected")) == len(bad)
    assert together == {"accepted": 0, "duplicates": 0, "parked": 0}
    # Written as JSON numbers, and alone in their body.
    for number in (b"1e400", b"-1", b"1e-400", b"100.5", b"1" * 5_000):
        alone = sender.post(single(sender.event()).replace(b'"score": "0"', b'"score": ' + number))
        assert alone.status_code in (200, 422)
        assert alone.status_code == 422 or len(alone.json()["rejected"]) == 1
    assert sender.post(b'{"events": []}').json() == NOTHING


def test_a_batch_in_which_one_event_is_bad_takes_effect_for_the_others(sender: Sender) -> None:
    asked = sender.event("question.asked", {"question": "q-1"})
    stranger = sender.event(learner={"account": "nobody@longan.edu.vn"})
    elsewhere = sender.event(course="GV-THCS-M99")
    answer = sender.send(asked, sender.event(data={"attempt": 1, "score": "9,5", "scale": "10"}), stranger, elsewhere)
    told = answer.json()
    assert [row["reason"] for row in told.pop("rejected")] == ["score must be a decimal"]
    assert told == {"accepted": 1, "duplicates": 0, "parked": 2}
    # The same again is the first answer again, as far as it was taken.
    again = sender.send(asked, stranger, elsewhere)
    assert again.json() == NOTHING | {"duplicates": 3}


def test_what_was_delivered_before_counts_no_second_time_and_an_id_keeps_its_content(sender: Sender) -> None:
    lines = (sender.stack.paths.root / "vendor-events.ndjson").read_text().splitlines()
    taken = [one for one in map(json.loads, lines) if one["status"] == 200 and one["rejected"] is None]
    hers = [one["event"] for one in taken if one["event"]["learner"].get("account") == sender.victim["account"]]
    mark = next(event for event in hers if event["type"] == "final.graded")
    changed = mark | {"data": mark["data"] | {"score": "0"}}
    for body in (single(mark), batch(mark), batch(mark, mark)):
        headers = sender.headers(body, id_="replayed")
        counts = {sender.post(body, headers).json()["duplicates"] for _ in range(3)}
        assert counts == {2 if body == batch(mark, mark) else 1}
    alone = sender.post(single(changed))
    assert (alone.status_code, alone.json()["detail"]) == (409, mark["id"])
    row = {"id": mark["id"], "reason": SEEN_BEFORE}
    assert sender.send(changed, mark).json() == NOTHING | {"duplicates": 1, "rejected": [row]}


def test_a_gibibyte_in_chunks_is_answered_while_it_is_sent_and_ends_there(sender: Sender) -> None:
    with socket.create_connection(("127.0.0.1", sender.stack.port), timeout=30) as wire:
        head = [f"POST {PATH} HTTP/1.1", "host: x", "transfer-encoding: chunked"]
        head += [f"{name}: {value}" for name, value in sender.headers(b"x")]
        wire.sendall("\r\n".join([*head, "", ""]).encode())
        chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
        sent = 0
        answer = b""
        while sent < 1024 * MIB:
            readable, _, _ = select.select([wire], [], [], 0)
            if readable:
                answer = wire.recv(65_536)
                break
            try:
                wire.sendall(chunk)
            except OSError:
                break
            sent += len(chunk)
        assert answer.startswith(b"HTTP/1.1 413 ")
        assert sent < 64 * MIB
        # A length that is only declared is refused before anything is read.
        body = b"x" * 10
        headers = [*sender.headers(body), ("content-length", str(1024 * MIB))]
        with socket.create_connection(("127.0.0.1", sender.stack.port), timeout=30) as other:
            head = [f"POST {PATH} HTTP/1.1", "host: x", *(f"{name}: {value}" for name, value in headers)]
            other.sendall("\r\n".join([*head, "", ""]).encode())
            assert other.recv(65_536).startswith(b"HTTP/1.1 413 ")


def test_nothing_of_all_this_took_effect_and_the_same_event_well_said_does(sender: Sender) -> None:
    assert sender.end_state() == sender.before
    results, figures = sender.before
    victim = sender.victim["enrolment_id"]
    assert sender.send(sender.event(type="no.such"), sender.event()).json()["accepted"] == 1
    until = time.monotonic() + 30
    while True:
        after, now = sender.end_state()
        if now["lms_met"] < figures["lms_met"]:
            break
        assert time.monotonic() < until, "the good event took no effect"
        time.sleep(0.1)
    # Whatever was marked before it was assessed before it: its news would be here too.
    assert now == figures | {"lms_met": figures["lms_met"] - 1}
    assert [one for one, result in results.items() if after[one] != result] == [victim]
    assert len(after) == len(results)
    assert (after[victim]["status"], after[victim]["scores"]["final"]) == ("review", "0.00")
    assert after[victim]["certificate"] == results[victim]["certificate"]


def test_no_process_logged_a_fault_and_nothing_is_parked_for_a_person(sender: Sender) -> None:
    assert sender.stack.faults() == []
    assert sender.stack.get("vanhanh.01@longan.edu.vn", "/api/v1/grading/parked")["total"] == 0
