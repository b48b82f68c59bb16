"""Bad REST reads (table G4): each row against every list, or every read, of every service, with the one answer it has.

What was decided, where the contract leaves it open:
 - a limit out of 1 to 500 is 422; what is no cursor of ours is 400. A cursor is a place in the order and no right: one
   of another user's, or one with another id in it, gives the rows after that place within the caller's own reach;
 - no list takes a sort or a choice of members, and a parameter that a route does not have is 422, naming it: ignored,
   a misspelt filter would show everything;
 - one representation of each resource, chosen by `format` and never by `Accept` (RFC 9110, 12.5.1: a server may send
   what it has instead of 406); `Range` is answered in full, for no answer of ours says `Accept-Ranges` (14.2), and so
   is `If-None-Match` with a tag that was never given (13.1.2).
"""

from __future__ import annotations

import gc
import sys
from collections.abc import MutableMapping
from itertools import count
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from shared.identity import Role
from shared.telemetry import REQUESTS
from tests.bad_input.service import NOBODY, Service, at, refused
from tests.support.states import OTHER_PROVINCE, PROVINCE

LIMITS = {
    "0": 422, "-1": 422, "501": 422, "1000000000": 422, "9" * 5_000: 422, "1.5": 422, "x": 422, "": 422, "1e2": 422,
    "0x10": 422, "NaN": 422, "1": 200, "500": 200,
}  # fmt: skip

CURSORS = {
    "empty": "", "a letter": "x", "one letter too many": "A" * 23, "padded": "A" * 22 + "==", "no base64": "!!!!",
    "not ASCII": "ké", "10 kB": "A" * 10_240, "a path": "../../etc/passwd", "SQL text": "' OR 1=1 --",
    "an empty list": "W10", "null": "bnVsbA", "an object": "e30", "bits that no byte has": "A" * 21 + "B",
    "a blank after it": "A" * 22 + " ",
}  # fmt: skip

LONG = "9" * 10_240
FILTERS: list[tuple[str, str, dict[str, str], int]] = [
    ("roster", "/people", {"q": LONG}, 422),
    ("roster", "/people", {"unit": "' OR 1=1"}, 422),
    ("roster", "/units", {"as_of": LONG}, 400),
    ("roster", "/units", {"as_of": ".*"}, 400),
    ("roster", "/units", {"as_of": "2020-02-30"}, 400),
    ("roster", "/classes", {"offering": "%"}, 422),
    ("roster", "/role-grants", {"account": LONG}, 422),
    ("roster", "/imports/template", {"kind": "form-9"}, 422),
    ("grading", "/results", {"unit": "%"}, 422),
    ("grading", "/results", {"class": ".*"}, 422),
    ("grading", "/results", {"status": "passed"}, 422),
    ("grading", "/results", {"course": LONG}, 422),
    ("grading", "/results", {"missing": "essay:%"}, 422),
    ("grading", f"/recognition-lists/{NOBODY}/rows", {"format": "pdf"}, 422),
    ("certificates", "/certificates", {"unit": "%"}, 422),
    ("certificates", "/certificates", {"class": LONG}, 422),
    ("certificates", "/certificates", {"status": "drawn"}, 422),
    ("certificates", "/register", {"year": "1999"}, 422),
    ("certificates", "/register", {"year": "1e3"}, 422),
    ("certificates", "/register", {"year": LONG}, 422),
    ("certificates", "/register", {"year": "2021", "format": "pdf"}, 422),
    ("reporting", "/reports/progress", {"unit": LONG}, 422),
    ("reporting", "/reports/progress", {"unit": "%"}, 404),
    ("reporting", "/reports/progress", {"offering": LONG}, 422),
    ("reporting", "/reports/progress", {"as_of": LONG}, 422),
    ("reporting", "/reports/progress", {"as_of": "yesterday"}, 400),
    ("reporting", "/reports/progress", {"structure": "tomorrow"}, 422),
    ("reporting", "/reports/progress", {"format": "pdf"}, 422),
    ("reporting", f"/reports/{LONG}", {}, 404),
    ("reporting", "/reports/..%2F..%2Fetc%2Fpasswd", {}, 404),
]

PATTERNS = ("%", "_", "%%", ".*", "^", "[a-z]", "\\", "\\%", "'", '"', "*", "?", "(", "'; DROP TABLE person; --", "...")

UNKNOWN = {
    "filter with an unknown field": {"unkown": "1", "org_id": "x", "province_id": str(OTHER_PROVINCE)},
    "sort by a secret column": {"sort": "identity_number", "order_by": "1;--", "fields": "phone"},
}
IGNORED: dict[str, dict[str, Any]] = {
    "Accept of another type": {"headers": {"accept": "application/pdf"}},
    "Accept of nothing": {"headers": {"accept": "*/*;q=0"}},
    "Accept that is none": {"headers": {"accept": "/;;,"}},
    "Range": {"headers": {"range": "bytes=0-9"}},
    "Range out of it": {"headers": {"range": "bytes=999999999-"}},
    "1 000 ranges": {"headers": {"range": "bytes=" + ",".join(f"{n}-{n}" for n in range(1_000))}},
    "If-None-Match of anything": {"headers": {"if-none-match": "*"}},
    "If-None-Match list": {"headers": {"if-none-match": ", ".join(f'W/"{n}"' for n in range(1_000))}},
    "If-Modified-Since ahead": {"headers": {"if-modified-since": "Fri, 01 Jan 2100 00:00:00 GMT"}},
}
"""What is asked for beside the read, and changes nothing of its answer."""


@pytest.mark.parametrize("asked", UNKNOWN.values(), ids=UNKNOWN)
async def test_a_parameter_that_no_route_has_is_refused_by_name(service: Service, asked: dict[str, str]) -> None:
    for place in service.lists():
        answer = await service.call("GET", place, params=asked)
        refused(answer, 422, place)
        assert {row["pointer"] for row in answer.json()["errors"]} == {f"/query/{name}" for name in asked}


@pytest.mark.parametrize(("limit", "status"), LIMITS.items(), ids=lambda value: str(value)[:20])
async def test_a_page_has_1_to_500_rows(service: Service, limit: str, status: int) -> None:
    for place in service.lists():
        answer = await service.call("GET", place, params={"limit": limit})
        if status == 200 and str(NOBODY) in place:
            refused(answer, 404, place)  # the list of something that is not there
        elif status == 200:
            assert (answer.status_code, set(answer.json())) == (200, {"items", "next", "total"}), place
        else:
            refused(answer, status, place)


@pytest.mark.parametrize("cursor", CURSORS.values(), ids=CURSORS)
async def test_what_is_no_cursor_of_ours_is_malformed(service: Service, cursor: str) -> None:
    for place in service.lists():
        refused(await service.call("GET", place, params={"cursor": cursor}), 400, place)


async def test_a_cursor_altered_by_a_letter_is_none_or_another_place(service: Service) -> None:
    first = (await service.call("GET", "/api/v1/parked", params={"limit": 1})).json()
    cursor = first["next"]
    for altered in (cursor[:-1], cursor[1:], cursor + "A", cursor + "=", cursor[:5] + "*" + cursor[6:]):
        refused(await service.call("GET", "/api/v1/parked", params={"cursor": altered}), 400)
    elsewhere = (await service.call("GET", "/api/v1/parked", params={"cursor": "_" + cursor[1:]})).json()
    assert (elsewhere["items"], elsewhere["total"]) == ([], first["total"])


async def test_another_users_cursor_gives_nothing_of_his(service: Service) -> None:
    ours = (await service.call("GET", "/api/v1/parked", params={"limit": 1})).json()
    foreign = service.token(Role.PROVINCE_OFFICER, province=OTHER_PROVINCE)
    for cursor in (ours["next"], "A" * 22):
        theirs = (await service.call("GET", "/api/v1/parked", who=foreign, params={"cursor": cursor})).json()
        assert theirs["total"] == 2
        assert service.parked[PROVINCE] not in {item["id"] for item in theirs["items"]}


async def test_a_cursor_of_another_list_is_none(services: dict[str, Service], people: Service) -> None:
    found = (await people.call("GET", "/api/v1/people", params={"limit": 1})).json()["next"]
    for place in ("/api/v1/units", "/api/v1/offerings", "/api/v1/classes", "/api/v1/parked", "/api/v1/audit"):
        refused(await people.call("GET", place, params={"cursor": found}), 400, place)
    assert (await people.call("GET", "/api/v1/people", params={"cursor": found})).status_code == 200


@pytest.mark.parametrize(
    ("name", "path", "query", "status"), FILTERS, ids=[f"{p[:20]} {str(q)[:30]}" for _, p, q, _ in FILTERS]
)
async def test_a_filter_that_means_nothing_is_refused(
    services: dict[str, Service], name: str, path: str, query: dict[str, str], status: int
) -> None:
    refused(await services[name].call("GET", f"/api/v1{path}", params=query), status)


@pytest.fixture
async def people(services: dict[str, Service]) -> Service:
    """Roster with three people."""
    roster = services["roster"]
    names = ("Nguyễn Thị Hòa", "Trần Văn Mẫu", "Lê 100 Phần Trăm")
    grants = [{"account": f"a.{n}@x.vn", "role": "auditor", "name": name} for n, name in enumerate(names)]
    made = await roster.call("POST", "/api/v1/role-grants", json={"grants": grants})
    assert made.status_code == 201, made.text
    return roster


@pytest.mark.parametrize("pattern", PATTERNS)
async def test_a_pattern_is_looked_for_as_it_stands(people: Service, pattern: str) -> None:
    assert (await people.call("GET", "/api/v1/people")).json()["total"] == 3
    found = await people.call("GET", "/api/v1/people", params={"q": pattern})
    assert (found.status_code, found.json()["total"]) == (200, 0), found.text
    account = await people.call("GET", "/api/v1/role-grants", params={"account": pattern})
    assert account.status_code in (200, 404), account.text
    assert account.json().get("total", 0) == 0


@pytest.mark.parametrize("pattern", PATTERNS)
async def test_a_course_is_asked_for_by_its_whole_code(services: dict[str, Service], pattern: str) -> None:
    answer = await services["grading"].call("GET", "/api/v1/results", params={"course": pattern})
    assert (answer.status_code, answer.json()["total"]) == (200, 0)


@pytest.mark.parametrize("more", IGNORED.values(), ids=IGNORED)
async def test_what_no_read_offers_changes_nothing(service: Service, more: dict[str, Any]) -> None:
    for place, _ in service.reads():
        if place.startswith("/verify"):  # a page for people, JSON for programs: the contract's one choice by Accept
            continue
        path, _, query = place.partition("?")
        asked = dict(httpx.QueryParams(query))
        plain = await service.call("GET", path, params=asked)
        answer = await service.call("GET", path, params=asked | more.get("params", {}), headers=more.get("headers"))
        assert answer.status_code == plain.status_code, place
        assert not {"etag", "last-modified", "content-range", "accept-ranges"} & set(answer.headers), place
        if "spreadsheet" not in answer.headers["content-type"]:  # which holds the time of its making
            assert answer.content == plain.content, place


async def test_an_export_is_whole_whatever_range_is_asked_for(services: dict[str, Service]) -> None:
    place, range_ = "/api/v1/register?year=2021&format=csv", {"range": "bytes=0-1"}
    whole = await services["certificates"].call("GET", place)
    answer = await services["certificates"].call("GET", place, headers=range_)
    assert (answer.status_code, answer.content) == (200, whole.content)


NAMED = ("/verify", "/api/v1/reports", "/api/v1/sources", "/api/v1/forms")
"""What is asked for there has a name or a number of its own, and no id."""
IDS = {"../": 404, "1' OR '1'='1": 422, "\x00": 400, "01980000-0000-7000-8000": 422, "x" * 10_240: 422}


@pytest.mark.parametrize(("id_", "status"), IDS.items(), ids=lambda value: repr(value)[:20])
async def test_an_id_that_is_none_finds_nothing(service: Service, id_: str, status: int) -> None:
    for _, path, _ in service.routes("GET"):
        if "{" in path and not path.startswith(NAMED):
            refused(await service.call("GET", at(path, quote(id_, safe=""))), status, path)
            refused(await service.call("GET", at(path, NOBODY)), 404, path)


@pytest.mark.slow
async def test_10_000_distinct_queries_leave_nothing_behind(services: dict[str, Service]) -> None:
    """Neither a row of a metric, nor memory: what the frame that all services share remembers of callers is bounded."""
    service = services["roster"]
    token = service.token(Role.AUDITOR)["authorization"].encode()
    ways = [("/api/v1/parked", "limit=0"), (f"/api/v1/parked/{NOBODY}x", ""), ("/api/v1/nothing", "")]
    numbers = count()

    async def ask(times: int) -> None:
        for n in range(times):
            path, query = ways[n % len(ways)]
            distinct = f"{path}/{n}" if n % 2 and not query else path
            await _asgi(service, distinct, f"{query}&x={next(numbers)}&{'y' * (n % 50)}=1", token)

    def series() -> int:
        return sum(len(metric.samples) for metric in REQUESTS.collect())

    await ask(600)
    rows, blocks = series(), _blocks()
    await ask(10_000)
    assert series() == rows
    assert _blocks() - blocks < 5_000, "half a block of memory for each query"


def _blocks() -> int:
    """How many blocks of memory the interpreter holds; to keep one text more is one more."""
    gc.collect()
    return sys.getallocatedblocks()


async def _asgi(service: Service, path: str, query: str, token: bytes) -> None:
    """One refused GET straight into the app: a client would be most of the time and of the memory."""
    statuses: list[int] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http",
        "path": path, "raw_path": path.encode(), "root_path": "", "query_string": query.encode(),
        "headers": [(b"authorization", token)], "client": ("127.0.0.1", 1), "server": ("service", 80),
    }  # fmt: skip
    await service.app(scope, receive, send)
    assert statuses[0] in (400, 404, 422), statuses
