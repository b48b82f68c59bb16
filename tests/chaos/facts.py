"""What the databases and the logs hold after a run, read by plain SQL with the owners' addresses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

import asyncpg

Key = tuple[str, str]
"""Aggregate type and id."""

_UNPUBLISHED = "SELECT count(*) FROM outbox WHERE published_at IS NULL"
_PARKED = "SELECT count(*) FROM parked_event WHERE state NOT IN ('superseded', 'released', 'discarded')"
_AGGREGATES = "SELECT aggregate_type, aggregate_id::text, version FROM aggregate WHERE version > 0"
_OUTBOX = "SELECT aggregate_type, aggregate_id::text, version FROM outbox"
_SEEN = "SELECT aggregate_type, aggregate_id::text, version FROM version_seen"
_WAITING = {
    ("grading", "marks to assess"): "SELECT count(*) FROM pending",
    ("certificates", "candidates to issue"): "SELECT count(*) FROM candidate WHERE state = 'waiting'",
    ("certificates", "papers to draw"): "SELECT count(*) FROM certificate WHERE paper IS NULL",
}


@dataclass(frozen=True)
class Paper:
    """One row of the register."""

    id: str
    enrolment: str
    list_id: str
    issuer: str
    year: int
    number: int
    state: str


@dataclass(frozen=True)
class Logged:
    """One record of a topic. `log` tells one life of the broker's log from the next."""

    log: str
    topic: str
    partition: int
    offset: int
    key: Key
    version: int


@dataclass
class Facts:
    """Everything the invariants look at."""

    evidence: set[str] = field(default_factory=set)
    verdicts: Counter[tuple[str, str, bool]] = field(default_factory=Counter)
    """How often a decision on an enrolment stands at a gate."""
    lists: dict[str, bool] = field(default_factory=dict)
    """By id, whether it is approved."""
    grants: set[str] = field(default_factory=set)
    graders: dict[str, tuple[str, ...]] = field(default_factory=dict)
    papers: list[Paper] = field(default_factory=list)
    registers: dict[tuple[str, int], int] = field(default_factory=dict)
    aggregates: dict[str, dict[Key, int]] = field(default_factory=dict)
    outbox: dict[str, dict[Key, list[int]]] = field(default_factory=dict)
    seen: dict[str, dict[Key, int]] = field(default_factory=dict)
    unpublished: dict[str, int] = field(default_factory=dict)
    parked: dict[str, int] = field(default_factory=dict)
    waiting: dict[str, int] = field(default_factory=dict)
    fallen: list[str] = field(default_factory=list)
    """Sentences of the watcher: a version seen that was lower than at its look before."""
    log: list[Logged] = field(default_factory=list)
    otherwise: list[str] = field(default_factory=list)
    """What an independent computation of every result has against the platform's own."""


async def read(owners: Mapping[str, str]) -> Facts:
    """Facts from the databases; `log`, `fallen` and `otherwise` are the harness's to fill. Raises asyncpg's errors."""
    facts = Facts()
    async with AsyncExitStack() as stack:
        open_: dict[str, Any] = {}
        for service, owner in owners.items():
            open_[service] = await asyncpg.connect(owner, timeout=10)
            stack.push_async_callback(open_[service].close)
        for service, connection in open_.items():
            facts.unpublished[service] = await connection.fetchval(_UNPUBLISHED)
            facts.parked[service] = await connection.fetchval(_PARKED)
            facts.aggregates[service] = await versions(connection, _AGGREGATES)
            facts.seen[service] = await versions(connection, _SEEN)
            said: dict[Key, list[int]] = {}
            for kind, one, version in await connection.fetch(_OUTBOX):
                said.setdefault((kind, one), []).append(version)
            facts.outbox[service] = said
        for (service, what), question in _WAITING.items():
            facts.waiting[f"{service}: {what}"] = await open_[service].fetchval(question)
        await _roster(facts, open_["roster"])
        await _grading(facts, open_["grading"])
        await _certificates(facts, open_["certificates"])
    return facts


async def versions(connection: Any, question: str = _SEEN) -> dict[Key, int]:
    """By aggregate, the version a database holds; of those seen, unless asked otherwise."""
    return {(kind, one): version for kind, one, version in await connection.fetch(question)}


async def _roster(facts: Facts, roster: Any) -> None:
    facts.grants = {row[0] for row in await roster.fetch("SELECT role_grant_id::text FROM role_grant")}
    graders: dict[str, list[str]] = {}
    for class_id, account in await roster.fetch("SELECT class_id::text, account FROM class_grader ORDER BY rank"):
        graders.setdefault(class_id, []).append(account)
    facts.graders = {class_id: tuple(accounts) for class_id, accounts in graders.items()}


async def _grading(facts: Facts, grading: Any) -> None:
    facts.evidence = {row[0] for row in await grading.fetch("SELECT event_id FROM evidence")}
    verdicts = await grading.fetch("SELECT enrolment_id::text, gate, met FROM verdict")
    facts.verdicts = Counter((enrolment, gate, met) for enrolment, gate, met in verdicts)
    lists = await grading.fetch("SELECT id::text, approved_at IS NOT NULL FROM recognition_list")
    facts.lists = dict(lists)


async def _certificates(facts: Facts, certificates: Any) -> None:
    facts.papers = [
        Paper(*row)
        for row in await certificates.fetch(
            "SELECT id::text, enrolment_id::text, list_id::text, issuer_code, register_year, register_number, state "
            "FROM certificate"
        )
    ]
    registers = await certificates.fetch("SELECT issuer_code, year, last_number FROM register")
    facts.registers = {(issuer, year): last for issuer, year, last in registers}
