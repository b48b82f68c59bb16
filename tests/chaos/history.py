"""What the clients know: every call they made, what was answered, and what therefore must have happened.

Read from the record files of the vendor simulator and the sample staff (contracts, section 1) and from the harness's
own reads. An outcome is acknowledged (2xx), refused (4xx), or unknown (no answer, 5xx).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.chaos.deeds import Deed, gathered, outcome_of


@dataclass(frozen=True)
class Call:
    """One call. `problem` says whether a refusal had a problem body; None where the record keeps no body."""

    sent: datetime
    what: str
    status: int
    problem: bool | None = None
    answered: datetime | None = None


@dataclass(frozen=True)
class Window:
    """A time in which a store or a process that answers calls was down."""

    fault: str
    since: datetime
    until: datetime


@dataclass
class History:
    """All of a run's calls, and the writes in them by what they should have left behind."""

    calls: list[Call] = field(default_factory=list)
    events_sent: set[str] = field(default_factory=set)
    events: set[str] = field(default_factory=set)
    """Ids of the events that were acknowledged and not rejected."""
    taken: set[tuple[str, str]] = field(default_factory=set)
    rejected: set[tuple[str, str]] = field(default_factory=set)
    """Delivery and event, as the vendor was answered of it."""
    deeds: list[Deed] = field(default_factory=list)
    """What the staff did, each key once."""
    verdicts_sent: Counter[tuple[str, str, bool]] = field(default_factory=Counter)
    verdicts: set[tuple[str, str, bool]] = field(default_factory=set)
    """Enrolment, gate, and what was decided."""
    lists: set[str] = field(default_factory=set)
    approved: set[str] = field(default_factory=set)
    grants: set[str] = field(default_factory=set)
    graders: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """By class, the last that were acknowledged; a class whose last call's outcome is unknown is left out."""
    down: list[Window] = field(default_factory=list)
    rolled: list[Window] = field(default_factory=list)
    """Times in which everything was ended and started anew, and no call may go without its answer."""
    frozen: list[Window] = field(default_factory=list)
    """Times in which a consumer stood still, perhaps with locks that a write waits for."""

    def count(self, outcome: str) -> int:
        """How many calls were `acknowledged`, `refused` or `unknown`."""
        return sum(1 for call in self.calls if outcome_of(call.status) == outcome)


def read(folder: Path, reads: Iterable[Call] = ()) -> History:
    """The history of the stack in this LOCAL_DIR."""
    history = History(calls=list(reads))
    _deliveries(history, folder / "vendor-events.ndjson")
    acts = list(_lines(folder / "staff-acts.ndjson"))
    for act in acts:
        _act(history, act)
    history.deeds = gathered(acts)
    for deed in history.deeds:
        if deed.path.endswith("/verdicts"):
            gate = deed.body["gate"]
            history.verdicts_sent.update((row["enrolment_id"], gate, row["met"]) for row in deed.body["verdicts"])
    return history


def _lines(path: Path) -> Iterable[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def _deliveries(history: History, path: Path) -> None:
    attempts: dict[tuple[str, str], int] = {}
    for line in _lines(path):
        attempts[line["webhook_id"], line["sent_at"]] = line["status"]
        event = line["event"]["id"]
        history.events_sent.add(event)
        if line["status"] == 200 and line["rejected"] is None:
            history.events.add(event)
            history.taken.add((line["webhook_id"], event))
        elif line["status"] == 200:
            history.rejected.add((line["webhook_id"], event))
    history.calls += [
        Call(datetime.fromisoformat(sent), "POST /webhooks/lms", status) for (_, sent), status in attempts.items()
    ]


def _act(history: History, act: dict[str, Any]) -> None:
    path, body, answer = act["path"], act["body"] or {}, act["answer"]
    is_problem = isinstance(answer, dict) and answer.get("status") == act["status"] and "title" in answer
    history.calls.append(
        Call(
            datetime.fromisoformat(act["at"]),
            f"{act['method']} {path}",
            act["status"],
            problem=is_problem if act["status"] >= 400 else None,
        )
    )
    outcome = outcome_of(act["status"])
    if path.endswith("/graders"):
        _graders(history, path.split("/")[-2], tuple(body["graders"]), outcome)
    if outcome != "acknowledged":
        return
    if path.endswith("/role-grants"):
        history.grants |= {one["id"] for one in answer["items"]}
    elif path.endswith("/verdicts"):
        accepted = {row["enrolment_id"] for row in answer["items"] if row["accepted"]}
        history.verdicts |= {
            (row["enrolment_id"], body["gate"], row["met"])
            for row in body["verdicts"]
            if row["enrolment_id"] in accepted
        }
    elif path.endswith("/recognition-lists"):
        history.lists.add(answer["id"])
    elif path.endswith("/approve"):
        history.approved.add(path.split("/")[-2])


def _graders(history: History, class_id: str, accounts: tuple[str, ...], outcome: str) -> None:
    if outcome == "acknowledged":
        history.graders[class_id] = accounts
    elif outcome == "unknown":
        history.graders.pop(class_id, None)
