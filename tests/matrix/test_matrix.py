"""Every role on every route at its own, what lies below, above and beside it, and another province's.

The routes and who may call them come from each service's OpenAPI; what somebody reaches is told by `seats.py` without
the code's own decision. A route whose rule is not declared is not built (shared/callers.py); one that `aims.py` does
not know fails here by name.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from joserfc.jwk import ECKey
from starlette.routing import Route

from shared.callers import RuledRoute
from shared.clock import utc_now
from shared.identity import Role
from tests.every_service.services import SERVICES
from tests.matrix.aims import Call, Many, One, aims
from tests.matrix.provinces import Learner, Province, bearer
from tests.matrix.seats import Seat, Thing, seats

Provinces = tuple[Province, Province]
UNRULED = {
    "/openapi.json": "FastAPI's own",
    "/internal/deliveries/{vendor}": "past FastAPI for its speed (decision 5); nothing passes the gateway to it",
}
"""Routes that are no RuledRoute, and why."""
PUBLIC = {"GET /verify/{token}", "POST /verify"}
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def routes(world: Any, service: str) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """`METHOD /path` below the public prefix and the rules of each operation; reads before writes, and what takes a
    learner from her class at the end."""
    found = [
        (f"{method.upper()} {path.removeprefix('/api/v1')}", operation["x-rules"])
        for path, item in world.parts[service].app.openapi()["paths"].items()
        for method, operation in item.items()
    ]
    yield from sorted(found, key=lambda one: (not one[0].startswith("GET"), one[0].endswith("/withdraw")))


def targets(both: Provinces) -> list[Learner]:
    """A learner of each unit of ours, a colleague, one of the other course; and three of the other province."""
    ours, theirs = both
    of_ours = [ours.at(place) for place in ("P", "D1", "D2", "S1", "S2", "S3", "S4")]
    colleague = next(one for one in ours.learners if one.place == "S1" and one != ours.at("S1"))
    return [*of_ours, colleague, ours.at("S1", "managers"), theirs.at("P"), theirs.at("D1"), theirs.at("S1")]


class Matrix:
    """What was tried and what came of it."""

    def __init__(self, both: Provinces) -> None:
        self.ours, self.theirs = both
        self.targets = targets(both)
        self.cells: Counter[str] = Counter()
        self.foreign: Counter[str] = Counter()
        self.wrong: list[str] = []
        self.calls = 0

    def where(self, target: Learner) -> Province:
        return self.ours if target.province == self.ours.name else self.theirs

    async def ask(self, service: str, method: str, call: Call, seat: Seat) -> httpx.Response:
        self.calls += 1
        headers = bearer(self.ours.world, service, [seat.grant(self.ours)], seat.person(self.ours))
        more: dict[str, Any] = {} if call.body is None else {"json": call.body}
        if call.content is not None:
            more, headers = {"content": call.content}, headers | {"content-type": XLSX}
        client = self.ours.world.clients[service]
        return await client.request(method, f"/api/v1{call.path}", params=call.query, headers=headers, **more)

    def judge(self, place: str, seat: Seat, target: Learner, expected: str, found: str) -> None:
        """One cell. `hidden` is how what is out of reach is answered."""
        relation = seat.relation(target, self.ours)
        self.cells[relation] += 1
        if expected == "hidden":
            self.foreign[found] += 1
        if expected != found.partition(" ")[0]:
            self.wrong.append(f"{place} by {seat} at {relation} {target.place}: {found} instead of {expected}")

    async def try_one(self, service: str, route: str, one: One, seat: Seat, permitted: bool) -> None:
        method = route.partition(" ")[0]
        for target in self.targets if one.everywhere else [self.ours.at("P")]:
            answer = await self.ask(service, method, one.aim(target, self.where(target), seat), seat)
            expected = "forbidden"
            if permitted:
                expected = "reached" if seat.reaches(one.thing, target, self.ours) else "hidden"
            self.judge(f"{service} {route}", seat, target, expected, outcome(one, answer))

    async def try_many(self, service: str, route: str, many: Many, seat: Seat, permitted: bool) -> None:
        method, _, path = route.partition(" ")
        for query in many.queries:
            answer = await self.ask(service, method, Call(many.path or path, paged(query, many)), seat)
            shown = answer.text
            for target in self.targets:
                reached = seat.reaches(many.thing, target, self.ours)
                expected = ("reached" if reached else "hidden") if permitted else "forbidden"
                there = many.mark(target, self.where(target)) in shown
                found = "forbidden" if answer.status_code == 403 else "reached" if there else "hidden (not listed)"
                self.judge(f"{service} {route}", seat, target, expected, found)
            if answer.status_code == 200:
                self.weigh(f"{service} {route} {query} by {seat}", seat, many, answer)

    def weigh(self, place: str, seat: Seat, many: Many, answer: httpx.Response) -> None:
        """The total counts what is shown, and nobody out of reach is named anywhere in the answer."""
        page = answer.json()
        if page["total"] != len(page["items"]) or page["next"] is not None:
            self.wrong.append(f"{place}: {len(page['items'])} items, total {page['total']}")
        things = (many.thing, Thing.ENROLMENT, Thing.PERSON, Thing.PROVINCE)
        for one in (*self.ours.learners, *self.theirs.learners):
            strange = not any(seat.reaches(thing, one, self.ours) for thing in things)
            if strange and (one.account in answer.text or one.person in answer.text):
                self.wrong.append(f"{place}: names {one.account}")


def paged(query: dict[str, str], many: Many) -> dict[str, str]:
    return query | ({"limit": "500"} if many.paged else {})


def outcome(one: One, answer: httpx.Response) -> str:
    """What an answer says: reached (done, or refused for a reason of the thing's own), hidden, forbidden."""
    if answer.status_code == 403:
        return "forbidden"
    if one.hidden(answer):
        return f"hidden {answer.status_code}"
    if answer.status_code < 300 or answer.status_code == 409 or "retry-after" in answer.headers:
        return "reached"
    return f"{answer.status_code} {answer.text[:200]}"


def may(seat: Seat, rules: list[dict[str, Any]]) -> bool:
    """Whether the declaration lets the seat do the action as such."""
    named = [rule for rule in rules if seat.role in rule["roles"]]
    return any(rule["over"] != "province" or seat.whole for rule in named)


async def test_every_role_on_every_route_at_every_relation(both: Provinces, capsys: pytest.CaptureFixture[str]) -> None:
    matrix, counted = Matrix(both), 0
    everybody = seats(both[0])
    for service in SERVICES:
        for route, rules in routes(both[0].world, service):
            if route in PUBLIC:
                assert rules == [], route
                continue
            assert rules, f"{service} {route} is open to everyone"
            counted += 1
            for aim in aims(service, route):
                over = {rule["over"] for rule in rules}
                kinds = {Thing.PROVINCE: {"province"}, Thing.CATALOGUE: {"role", "reach"}}
                assert over <= kinds.get(aim.thing, {"reach"}), f"{service} {route}: {aim.thing} over {over}"
                for seat in everybody:
                    if isinstance(aim, One):
                        await matrix.try_one(service, route, aim, seat, may(seat, rules))
                    else:
                        await matrix.try_many(service, route, aim, seat, may(seat, rules))
    with capsys.disabled():
        print(f"\nmatrix: {counted} routes x {len(everybody)} seats of {len(Role)} roles x relations:")
        print(f"  {matrix.cells.total()} cells by {matrix.calls} calls, {dict(sorted(matrix.cells.items()))}")
        print(f"  permitted actions on what is out of reach: {matrix.foreign.total()}, answered {dict(matrix.foreign)}")
    assert matrix.wrong == [], "\n".join([f"{len(matrix.wrong)} wrong", *matrix.wrong[:60]])


async def test_nobody_passes_without_a_token_of_ours_for_this_service_and_now(
    both: Provinces, capsys: pytest.CaptureFixture[str]
) -> None:
    ours = both[0]
    officer = Seat(Role.PROVINCE_OFFICER, "P").grant(ours)
    stranger = ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256", "kid": "internal-1"}, private=True)
    statuses: Counter[int] = Counter()
    for service in SERVICES:
        other = SERVICES[SERVICES.index(service) - 1]
        tokens = {
            "none": {},
            "expired": bearer(ours.world, service, [officer], at=utc_now() - timedelta(minutes=6)),
            "for another service": bearer(ours.world, other, [officer]),
            "signed by a stranger": bearer(ours.world, service, [officer], key=stranger),
        }
        for route, rules in routes(ours.world, service):
            if not rules:
                continue
            for aim in aims(service, route):
                method, _, path = route.partition(" ")
                seat, target = Seat(Role.PROVINCE_OFFICER, "P"), ours.at("S1")
                call = aim.aim(target, ours, seat) if isinstance(aim, One) else Call(aim.path or path, aim.queries[0])
                for name, headers in tokens.items():
                    answer = await ours.world.clients[service].request(
                        method, f"/api/v1{call.path}", params=call.query, json=call.body, headers=headers
                    )
                    statuses[answer.status_code] += 1
                    assert answer.status_code == 401, (service, route, name, answer.text)
    with capsys.disabled():
        print(f"\nwithout a good token: {statuses.total()} accesses, answered {dict(statuses)}")


def test_every_route_of_every_service_is_one_with_a_rule(both: Provinces) -> None:
    for service, parts in both[0].world.parts.items():
        bare = {one.path for one in parts.app.routes if isinstance(one, Route) and not isinstance(one, RuledRoute)}
        assert bare <= UNRULED.keys(), service
