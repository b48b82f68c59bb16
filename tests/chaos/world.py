"""A sound little world in the services' real tables, for the checker's own tests to spoil."""

from __future__ import annotations

from typing import Any

from tests.chaos import counted, facts
from tests.chaos.facts import Facts, Logged
from tests.chaos.history import History
from tests.chaos.invariants import judge
from tests.chaos.invariants.order import HEARS

FIRST = (1 << 40) + 1


def one(number: int) -> str:
    """An id."""
    return f"00000000-0000-4000-8000-{number:012d}"


PROVINCE, LEARNER, LIST, CLASS, GRANT, PAPER = (one(number) for number in range(1, 7))

AGGREGATE = (
    "INSERT INTO aggregate (province_id, aggregate_type, aggregate_id, version, shard) VALUES ($1, $2, $3, $4, 0)"
)
SEEN = "INSERT INTO version_seen (province_id, aggregate_type, aggregate_id, version) VALUES ($1, $2, $3, $4)"
OUTBOX = """
    INSERT INTO outbox
        (province_id, aggregate_type, aggregate_id, version, shard, event_id, type, time, data, published_at)
    VALUES ($1, $2, $3, $4, 0, gen_random_uuid(), 't', now(), '', now())
"""
EVIDENCE = """
    INSERT INTO evidence
        (province_id, vendor, event_id, content_hash, course, learner, type, at, recorded_at, facts)
    VALUES ($1, 'v', $2, '', 'c', 'l', 't', now(), now(), '{}')
"""
VERDICT = """
    INSERT INTO verdict (province_id, id, enrolment_id, gate, met, by_account, by_person, at, recorded_at)
    VALUES ($1, gen_random_uuid(), $2, 'core_team', true, 'a', gen_random_uuid(), now(), now())
"""
AUDIT = """
    INSERT INTO audit (province_id, id, at, recorded_at, account, action, object_type, object_id, details)
    VALUES ($1, gen_random_uuid(), now(), now(), 'a', $2, 't', $3, CAST($4::text AS jsonb))
"""
AUDITED = (
    ("grading", "recognition_list.make", LIST, "{}"),
    ("grading", "recognition_list.approve", LIST, "{}"),
    ("grading", "verdict.give", LEARNER, '{"gate": "core_team", "met": true}'),
    ("grading", "verdict.give", LEARNER, '{"gate": "institution", "met": true}'),
    ("roster", "role_grant.give", GRANT, "{}"),
    ("roster", "class.set_graders", CLASS, "{}"),
)
KEPT = "INSERT INTO kept_answer VALUES ($1, $2, $3, '', now(), $4, convert_to($5, 'UTF8'))"
LIST_ROW = "INSERT INTO recognition_row (province_id, list_id, enrolment_id) VALUES ($1, $2, $3)"
CERTIFICATE = """
    INSERT INTO certificate
        (province_id, id, enrolment_id, list_id, person_id, class_id, unit_path, issuer_code, audience, register_year,
         register_number, number, printed, token, issued_at, recorded_at, state, paper)
    VALUES ($1, gen_random_uuid(), $2, $3, $2, $2, '{}', 'I', 'managers', 2020, $4, 'n', '{}', gen_random_uuid()::text,
            now(), now(), $5, 'p')
"""


def logged(*versions: int, log: str = "a", service: str = "grading", kind: str = "result") -> list[Logged]:
    """A log of one aggregate."""
    return [
        Logged(log, f"{service}.events", 0, place, (kind, LEARNER), FIRST + one) for place, one in enumerate(versions)
    ]


SAID = {"roster": "enrolment", "grading": "result", "certificates": "certificate"}


def sound_log() -> list[Logged]:
    """Both versions of all that is said."""
    return [one for service, kind in SAID.items() for one in logged(0, 1, service=service, kind=kind)]


class World:
    """The four databases, by the owners' connections."""

    def __init__(self, owners: dict[str, str], open_: dict[str, Any]) -> None:
        self.owners = owners
        self._open = open_

    async def sql(self, service: str, statement: str, *values: object) -> None:
        """One statement in one service's database."""
        await self._open[service].execute(statement, *values)

    async def broken(self, told: History, **more: Any) -> dict[str, list[str]]:
        """What the checker says of the world as it is now."""
        found: Facts = await facts.read(self.owners, sealed_within_s=0)
        found.chains = {}  # of test_chain.py
        found.log = sound_log()
        found.figures.answered = dict(counted.ANSWERED)
        for name, value in more.items():
            setattr(found, name, value)
        return judge(told, found).broken


async def furnish(world: World) -> None:
    """One learner: two versions of all that is said of her, her evidence, verdict, list, and certificate."""
    for service, kind in SAID.items():
        await world.sql(service, AGGREGATE, PROVINCE, kind, LEARNER, FIRST + 1)
        for version in (FIRST, FIRST + 1):
            await world.sql(service, OUTBOX, PROVINCE, kind, LEARNER, version)
    for service, heard in HEARS.items():
        for _, kind in heard:
            if kind in SAID.values():
                await world.sql(service, SEEN, PROVINCE, kind, LEARNER, FIRST + 1)
    await world.sql("grading", EVIDENCE, PROVINCE, "e1")
    await world.sql("grading", VERDICT, PROVINCE, LEARNER)
    await world.sql(
        "grading",
        "INSERT INTO recognition_list (province_id, id, title, made_by, made_at, approved_at) "
        "VALUES ($1, $2, 't', 'a', now(), now())",
        PROVINCE,
        LIST,
    )
    await world.sql("grading", LIST_ROW, PROVINCE, LIST, LEARNER)
    for service, action, one, details in AUDITED:
        await world.sql(service, AUDIT, PROVINCE, action, one, details)
    await world.sql(
        "roster",
        "INSERT INTO role_grant (province_id, role_grant_id, person_id, role, valid_from) "
        "VALUES ($1, $2, $2, 'auditor', '2021-01-01')",
        PROVINCE,
        GRANT,
    )
    await world.sql(
        "roster",
        "INSERT INTO class_grader (province_id, class_id, account, person_id, rank, since) "
        "VALUES ($1, $2, 'a', $2, 0, now())",
        PROVINCE,
        CLASS,
    )
    await world.sql("certificates", CERTIFICATE, PROVINCE, LEARNER, LIST, 1, "valid")
    await world.sql("certificates", "INSERT INTO register VALUES ($1, 'I', 2020, 1)", PROVINCE)
    await counted.furnish(world.sql, PROVINCE, LEARNER)
