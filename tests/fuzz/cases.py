"""Cases by schemathesis from an app's OpenAPI document, within it and against it, and what is wrong with an answer."""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import response_schema_conformance, status_code_conformance

from shared.problems import BY_STATUS, PROBLEM_JSON

Send = Callable[[str, str, httpx.Headers, bytes], httpx.Response]
"""Method, path and query, headers and body."""

MODES = (schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE)
_BASE = "http://fuzzed"
_SET_BY_CLIENT = {"content-length", "host", "authorization"}
_MEMBERS = {"type", "title", "status", "instance"}


def fresh_seed() -> int:
    """The same in CI each time; else a new one, which is printed with what it found."""
    return 20 if "CI" in os.environ else random.SystemRandom().randrange(2**32)


@dataclass
class Hunt:
    """One document's cases: what was answered, and the first case of each kind of wrong answer."""

    document: dict[str, Any]
    send: Send
    ids: Mapping[str, Sequence[str]]
    seed: int
    examples: int
    chance: random.Random = field(init=False)
    any_id: Sequence[str] = field(init=False)
    answers: Counter[int] = field(default_factory=Counter)
    done: dict[str, Counter[int]] = field(default_factory=dict)
    wrong: dict[tuple[str, int, str], str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.any_id = [one for known in self.ids.values() for one in known]

    def run(self) -> None:
        """Half of `examples` cases of each operation within the document, half against it. No shrinking: the database
        is another one after each call, so that the same case need not fail twice."""
        for found in schemathesis.openapi.from_dict(self.document).get_all_operations():
            assert isinstance(found, Ok), found
            operation = found.ok()
            self.done[operation.label] = Counter()
            for mode in MODES:
                self._cases(operation, mode)

    def _cases(self, operation: Any, mode: schemathesis.GenerationMode) -> None:
        @seed(self.seed)
        @settings(
            max_examples=self.examples // 2,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def one(case: schemathesis.Case[Any]) -> None:
            self._case(case)

        try:
            one()
        except Unsatisfiable:  # nothing can be sent against a document of no parameters
            assert mode is schemathesis.GenerationMode.NEGATIVE, operation.label

    def _case(self, case: schemathesis.Case[Any]) -> None:
        for part in (case.path_parameters, case.query):
            for name, value in part.items():
                part[name] = self._real(name, value, within=part is case.path_parameters)
        if isinstance(case.body, dict | list):
            case.body = self._bent("", case.body)
        asked = requests.Request(**case.as_transport_kwargs(base_url=_BASE)).prepare()
        body = asked.body.encode() if isinstance(asked.body, str) else asked.body or b""
        assert isinstance(body, bytes), type(body)
        headers = httpx.Headers([(k, _text(v)) for k, v in asked.headers.items() if k.lower() not in _SET_BY_CLIENT])
        answer = self.send(str(asked.method), str(asked.url).removeprefix(_BASE), headers, body)
        self.answers[answer.status_code] += 1
        self.done[case.operation.label][answer.status_code] += 1
        for fault in faults(case, answer):
            key = (case.operation.label, answer.status_code, fault[:60])
            self.wrong.setdefault(key, f"{asked.method} {asked.url} {asked.body!r:.400} -> {answer.text[:300]} {fault}")

    def _real(self, name: str, value: Any, *, within: bool = False) -> Any:
        """In half of the cases the id of a row that is there, where an id belongs."""
        if self.chance.random() < 0.5 or not (_is_id(value) or (within and name in self.ids)):
            return value
        known = self.ids.get(name) or self.ids.get(f"{name}_id") or self.any_id
        return self.chance.choice(known)

    def _bent(self, name: str, node: Any) -> Any:
        if isinstance(node, dict):
            return {key: self._bent(key, value) for key, value in node.items()}
        if isinstance(node, list):
            return [self._bent(name.removesuffix("s"), value) for value in node]
        return self._real(name, node)


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value


def _is_id(value: Any) -> bool:
    try:
        return isinstance(value, str) and bool(UUID(value))
    except ValueError:
        return False


def faults(case: schemathesis.Case[Any], answer: httpx.Response) -> list[str]:
    """What is wrong with the answer: a fault of ours, a refusal that is no problem of ours, or not what is declared."""
    checks: list[Any] = [not_a_server_error]
    if answer.status_code < 400:
        checks += [status_code_conformance, response_schema_conformance]
    found = []
    try:
        case.validate_response(answer, checks=checks)
    except FailureGroup as several:
        found = [f"{type(one).__name__}: {one}" for one in several.exceptions]
    except Failure as one:
        found = [f"{type(one).__name__}: {one}"]
    page = case.path.startswith("/verify") and answer.headers.get("content-type", "").startswith("text/html")
    if answer.status_code >= 400 and not page and not is_problem(answer):
        found.append("no problem of RFC 9457")
    return found


def is_problem(answer: httpx.Response) -> bool:
    """Whether it is a problem in our shape, of its own status."""
    if answer.headers.get("content-type") != PROBLEM_JSON:
        return False
    content = answer.json()
    return content.keys() >= _MEMBERS and content["status"] == answer.status_code and answer.status_code in BY_STATUS
