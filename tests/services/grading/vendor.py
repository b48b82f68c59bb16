"""What a vendor sends: raw JSON events of the tests' course, and everything a flawless learner does in it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

ACCOUNT = "gv.000123@longan.edu.vn"
COURSE = "CBQL-TH-M1"
START = datetime(2020, 12, 24, 1, 0, tzinfo=UTC)
GRADER = "cc.01@longan.edu.vn"
ESSAYS = ("e1", "e2", "e3")
ITEMS = {"document": 2, "graphic": 1, "video": 1}

Event = dict[str, Any]


def event(
    event_id: str,
    kind: str = "account.first_login",
    data: dict[str, Any] | None = None,
    *,
    account: str = ACCOUNT,
    course: str = COURSE,
    minute: int = 0,
) -> Event:
    """One event, `minute` minutes after the course's start."""
    found: Event = {
        "id": event_id,
        "type": kind,
        "timestamp": (START + timedelta(minutes=minute)).isoformat(),
        "learner": {"account": account},
        "course": course,
    }
    return found if data is None else found | {"data": data}


def final_mark(event_id: str, score: str, *, attempt: int = 1, minute: int = 70, account: str = ACCOUNT) -> Event:
    """The final assignment marked."""
    data = {"attempt": attempt, "score": score, "scale": "100", "grader": GRADER}
    return event(event_id, "final.graded", data, minute=minute, account=account)


def whole_course(prefix: str = "v", *, account: str = ACCOUNT, final: str = "60") -> list[Event]:
    """Everything done and marked: diligence 100, process 75 and the final given, so 32.5 and 0.6 of it in total."""
    done: list[tuple[str, dict[str, Any] | None]] = [
        ("account.created", None),
        ("account.first_login", None),
        ("course.registered", None),
        *(
            ("material.completed", {"material": f"{kind}-{n}", "kind": kind, "of": of})
            for kind, of in ITEMS.items()
            for n in range(of)
        ),
        ("task.completed", {"task": "t-0", "of": 1}),
        ("quiz.submitted", {"attempt": 1, "questions": 40, "correct": 36}),
        *(("essay.submitted", {"essay": name, "attempt": 1}) for name in ESSAYS),
        ("final.submitted", {"attempt": 1}),
        *(
            ("essay.graded", {"essay": name, "attempt": 1, "score": "60", "scale": "100", "grader": GRADER})
            for name in ESSAYS
        ),
        ("final.graded", {"attempt": 1, "score": final, "scale": "100", "grader": GRADER}),
        ("survey.completed", {"answers": {"content": 5, "organisation": 4, "staff": 3}}),
        ("profile.confirmed", {"correct": True, "fields": []}),
    ]
    return [
        event(f"{prefix}-{minute:03d}", kind, data, account=account, minute=minute)
        for minute, (kind, data) in enumerate(done)
    ]


def single(one: Event) -> bytes:
    """The body of one event."""
    return json.dumps(one, ensure_ascii=False).encode()


def batch(events: Sequence[Any]) -> bytes:
    """The body of several."""
    return json.dumps({"events": list(events)}, ensure_ascii=False).encode()
