"""What the databases and the logs hold after a run, read by plain SQL with the owners' addresses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import asyncpg

from tests.chaos import decisions, figures, seals
from tests.chaos.decisions import Decision, Given, Kept
from tests.chaos.figures import Figures
from tests.chaos.seals import Chain

Key = tuple[str, str]
"""Aggregate type and id."""
Held = TypeVar("Held")
ListContent = tuple[str, frozenset[str]]
"""A recognition list's title and its enrolments: what tells one act of making a list from another."""

_UNPUBLISHED = "SELECT count(*) FROM outbox WHERE published_at IS NULL"
_PARKED = "SELECT count(*) FROM parked_event WHERE state NOT IN ('superseded', 'released', 'discarded')"
_AGGREGATES = "SELECT aggregate_type, aggregate_id::text, version FROM aggregate WHERE version > 0"
_OUTBOX = "SELECT aggregate_type, aggregate_id::text, version FROM outbox"
_SEEN = "SELECT aggregate_type, aggregate_id::text, version FROM version_seen"
_LIST_CONTENTS = """
    SELECT l.id::text, l.title, coalesce(array_agg(r.enrolment_id::text) FILTER (WHERE r.list_id IS NOT NULL), '{}')
    FROM recognition_list l LEFT JOIN recognition_row r ON r.province_id = l.province_id AND r.list_id = l.id
    GROUP BY l.id, l.title
"""
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
    verdicts: Counter[Given] = field(default_factory=Counter)
    """How often a decision on an enrolment stands at a gate."""
    lists: dict[str, bool] = field(default_factory=dict)
    """By id, whether it is approved."""
    list_contents: dict[str, ListContent] = field(default_factory=dict)
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
    audited: Counter[Decision] = field(default_factory=Counter)
    audited_verdicts: Counter[Given] = field(default_factory=Counter)
    decided: Counter[Decision] = field(default_factory=Counter)
    chains: dict[str, Chain] = field(default_factory=dict)
    founding: set[str] = field(default_factory=set)
    kept: Kept = field(default_factory=dict)
    figures: Figures = field(default_factory=Figures)
    fallen: list[str] = field(default_factory=list)
    """Sentences of the watcher: a version seen that was lower than at its look before."""
    log: list[Logged] = field(default_factory=list)
    otherwise: list[str] = field(default_factory=list)
    """What an independent computation of every result has against the platform's own."""
    leaked: list[str] = field(default_factory=list)
    """What of people stands in logs and metrics (invariants/privacy.py)."""
    stuck: list[str] = field(default_factory=list)
    """What did not come back to where it was (residue.py)."""
    poison: set[str] = field(default_factory=set)
    """Ids of aggregates that the harness itself wrote badly into a topic: nobody holds them, so nobody is compared."""

    def without_poison(self) -> Facts:
        """The same facts as if the poisoned aggregates had never been written."""

        def kept(held: dict[str, dict[Key, Held]]) -> dict[str, dict[Key, Held]]:
            return {
                service: {key: one for key, one in by_key.items() if key[1] not in self.poison}
                for service, by_key in held.items()
            }

        return replace(
            self,
            aggregates=kept(self.aggregates),
            outbox=kept(self.outbox),
            seen=kept(self.seen),
            log=[one for one in self.log if one.key[1] not in self.poison],
        )


async def read(owners: Mapping[str, str], sealed_within_s: float = seals.SEALED_WITHIN_S) -> Facts:
    """Facts from the databases; What the witnesses and the clients saw is the
    harness's to fill. Raises asyncpg's errors."""
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
        facts.figures = await figures.read(open_)
        facts.audited, facts.decided = await decisions.audited(open_), await decisions.decided(open_)
        facts.audited_verdicts = await decisions.audited_verdicts(open_["grading"])
        facts.founding = await decisions.founding(open_["roster"])
        facts.kept = await decisions.kept(open_)
        facts.chains = {service: await seals.chain(one, sealed_within_s) for service, one in open_.items()}
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
    facts.list_contents = {
        one: (title, frozenset(enrolments)) for one, title, enrolments in await grading.fetch(_LIST_CONTENTS)
    }


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
