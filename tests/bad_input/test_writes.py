"""Bad REST writes (table G3): each row against every write of every service, with the one answer it has.

422 whatever is wrong with a body's content, 415 where it is not said to be JSON, 400 for what is wrong with an address
or a header, 403 for the role, 404 for an id that is not within reach, 405 and 404 for a step that has no call. After
each row every table of the service holds what it held, and neither answer nor log holds the payload.

The rows of an address, a header, a role and a step are in test_write_calls.py. Rows that are elsewhere, for they need
a course that was played:
 - approve twice, withdraw a pass before it was given and twice, a verdict before the gate before it, judging or
   approving oneself, speaking in two roles: tests/services/grading/use_cases/test_decisions.py;
 - a certificate that ended ends again, ids of another province: tests/services/{grading,certificates}/api;
 - texts no database keeps inside a row of verdicts (that row's problem, not the call's): the same test_decisions.py;
 - the mechanism of Idempotency-Key: tests/shared/test_idempotency.py; here that every service honours it.
Rows that are not ours: `If-Match` (no resource of ours has an ETag, so RFC 9110 has nothing to compare), "deleted"
ids (nothing is ever deleted; what ended is a state and answers 409).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.bad_input.good import GOOD
from tests.bad_input.service import CANARY, JSON, Service, at, refused

UNKNOWN: dict[str, str] = {
    "unknown field": "unkown",
    "mass assignment of org_id": "org_id",
    "mass assignment of unit_path": "unit_path",
    "mass assignment of roles": "roles",
    "mass assignment of province_id": "province_id",
    "mass assignment of approved_by": "approved_by",
    "__proto__": "__proto__",
    "constructor": "constructor",
}
"""A member that no body has; the answer names it."""

_CANARY = CANARY.encode()
ROWS: dict[str, tuple[bytes, str | None, int]] = {
    "empty": (b"", JSON, 422),
    "null": (b"null", JSON, 422),
    "wrong type: a list": (b'["%s"]' % _CANARY, JSON, 422),
    "wrong type: a text": (b'"%s"' % _CANARY, JSON, 422),
    "wrong type: a number": (b"1", JSON, 422),
    "wrong type: true": (b"true", JSON, 422),
    "huge int": (b'{"unkown": ' + b"9" * 5_000 + b"}", JSON, 422),
    "1e400": (b'{"unkown": 1e400}', JSON, 422),
    "NaN": (b'{"unkown": NaN}', JSON, 422),
    "lone surrogate": (rb'{"unkown": "%s\ud800"}' % _CANARY, JSON, 422),
    r"\u0000": (rb'{"unkown": "%s\u0000"}' % _CANARY, JSON, 422),
    "NUL in a member's name": (rb'{"a\u0000": "%s"}' % _CANARY, JSON, 422),
    "not UTF-8": (b'{"unkown": "%s\xff"}' % _CANARY, JSON, 422),
    "UTF-16": (json.dumps({"unkown": CANARY}).encode("utf-16"), JSON, 422),
    "two JSON documents": (b'{}{"unkown": "%s"}' % _CANARY, JSON, 422),
    "truncated": (b'{"unkown": "%s' % _CANARY, JSON, 422),
    "depth 100 000": (b'{"unkown": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", JSON, 422),
    "content type text/plain": (b'{"unkown": "%s"}' % _CANARY, "text/plain", 415),
    "content type of a form": (b"unkown=%s" % _CANARY, "application/x-www-form-urlencoded", 415),
    "content type of a form with parts": (b"--a\r\n\r\n%s\r\n--a--" % _CANARY, "multipart/form-data; boundary=a", 415),
    "content type text/json": (b'{"unkown": "%s"}' % _CANARY, "text/json", 415),
    "content type that only begins so": (b'{"unkown": "%s"}' % _CANARY, "application/jsonp", 415),
    "content type with several": (b'{"unkown": "%s"}' % _CANARY, "text/plain, application/json", 415),
    "no content type": (b'{"unkown": "%s"}' % _CANARY, None, 415),
    "content type in capitals, with a charset": (b'{"unkown": "%s"}' % _CANARY, "APPLICATION/JSON; charset=utf-8", 422),
}

WRONG: dict[str, str] = {
    "wrong type: a list of lists": "[[1]]",
    "wrong type: an object": '{"unkown": 1}',
    "huge int": "1" + "0" * 30,
    "1e400": "1e400",
    "NaN": "NaN",
    "-Infinity": "-Infinity",
    "lone surrogate": r'"\ud800"',
    r"\u0000": r'"a\u0000"',
}
"""What is put, as it stands, into the place of each member of a good body."""


def pointers(answer: httpx.Response) -> list[str]:
    return [str(row["pointer"]) for row in answer.json()["errors"]]


def replaced(body: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """The body with a mark in the place of each of its members and rows, one at a time."""
    places = body.items() if isinstance(body, dict) else enumerate(body) if isinstance(body, list) else ()
    for place, value in places:
        copy: Any = dict(body) if isinstance(body, dict) else list(body)
        copy[place] = "@"
        yield (*path, place), copy
        for inner, changed in replaced(value, (*path, place)):
            outer: Any = dict(body) if isinstance(body, dict) else list(body)
            outer[place] = changed
            yield inner, outer


def test_there_is_a_good_body_for_every_json_write(service: Service) -> None:
    bodies = {path: operation.get("requestBody", {}) for _, path, operation in service.routes("POST", "PUT", "PATCH")}
    writes = {path for path, body in bodies.items() if JSON in body.get("content", {})}
    assert set(GOOD[service.name]) == writes


@pytest.mark.parametrize("member", UNKNOWN.values(), ids=UNKNOWN)
async def test_a_member_no_body_has_is_refused_by_name(service: Service, member: str, nothing_said: None) -> None:
    held = await service.held()
    for method, path, _ in service.routes("POST", "PUT"):
        if (good := GOOD[service.name].get(path)) is None:
            continue
        answer = await service.call(method, at(path), json=good | {member: CANARY})
        refused(answer, 422, method, path)
        assert pointers(answer) == [f"/body/{member}"], (method, path)
    assert await service.held() == held


@pytest.mark.parametrize(("body", "kind", "status"), ROWS.values(), ids=ROWS)
async def test_a_body_that_is_none_is_refused(
    service: Service, body: bytes, kind: str | None, status: int, nothing_said: None
) -> None:
    held = await service.held()
    for method, place, must in service.json_writes():
        if not must and body in (b"", b"null"):
            continue
        answer = await service.call(method, place, content=body, headers={"content-type": kind} if kind else {})
        refused(answer, status, method, place)
    assert await service.held() == held


@pytest.mark.parametrize("value", WRONG.values(), ids=WRONG)
async def test_a_member_that_is_none_is_refused(service: Service, value: str) -> None:
    held = await service.held()
    for method, path, _ in service.routes("POST", "PUT"):
        for place, marked in replaced(GOOD[service.name].get(path, {})):
            raw = json.dumps(marked).replace('"@"', value).encode()
            answer = await service.call(method, at(path), content=raw, headers={"content-type": JSON})
            if place[-1] == "reason" and path.endswith("/verdicts") and value.startswith('"'):
                assert answer.json()["items"][0]["accepted"] is False
            else:
                refused(answer, 422, method, path, place)
    assert await service.held() == held


async def test_every_object_in_a_body_refuses_members_it_does_not_know(service: Service) -> None:
    document = service.app.openapi()
    for method, path, operation in service.routes("POST", "PUT", "PATCH"):
        content = operation.get("requestBody", {}).get("content", {})
        for name, schema in reached(content.get(JSON, {}), document):
            assert schema.get("additionalProperties") is False, (method, path, name)


def reached(part: Any, document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each object schema a body reaches, by name."""
    left, seen = [part], set()
    while left:
        one = left.pop()
        if isinstance(one, list):
            left.extend(one)
        elif isinstance(one, dict):
            left.extend(one.values())
            name = str(one.get("$ref", "")).rpartition("/")[2]
            if name and name not in seen:
                seen.add(name)
                schema = document["components"]["schemas"][name]
                left.append(schema)
                if schema.get("type") == "object":
                    yield name, schema
