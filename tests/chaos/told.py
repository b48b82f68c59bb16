"""The history of the checker's sound world, from record files as the simulator and the staff write them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.chaos import history
from tests.chaos.history import History
from tests.chaos.world import CLASS, GRANT, LEARNER, LIST

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
VERDICT = {"gate": "core_team", "verdicts": [{"enrolment_id": LEARNER, "met": True}]}
JUDGED = {"items": [{"enrolment_id": LEARNER, "accepted": True}]}


def act(
    key: str, path: str, body: object, answer: object, *, status: int = 200, account: str = "a", after_s: int = 0
) -> dict[str, Any]:
    """One line of staff-acts.ndjson."""
    at = (NOON + timedelta(seconds=after_s)).isoformat()
    return {
        "at": at,
        "account": account,
        "method": "POST",
        "path": f"/api/v1{path}",
        "body": body,
        "key": key,
        "status": status,
        "answer": answer,
    }


ACTS = (
    act("k1", "/verdicts", VERDICT, None, status=0),
    act("k1", "/verdicts", VERDICT, JUDGED, after_s=1),
    act("k2", "/verdicts", VERDICT | {"gate": "institution"}, JUDGED),
    act("k3", "/recognition-lists", {"title": "t", "enrolment_ids": [LEARNER]}, {"id": LIST}),
    act("k4", f"/recognition-lists/{LIST}/approve", {}, {"id": LIST}),
    act("k5", "/role-grants", {"grants": [{"account": "a"}]}, {"items": [{"id": GRANT}]}),
    act("k6", f"/classes/{CLASS}/graders", {"graders": ["a"]}, {"id": CLASS}),
)


def written(folder: Path, acts: Sequence[dict[str, Any]] = ACTS, rejected: str | None = None) -> History:
    """Written to files and read again; `rejected` is what a second answer says of the vendor's event."""
    event = {"id": "e1", "type": "t"}
    delivery: dict[str, Any] = {"sent_at": NOON.isoformat(), "webhook_id": "w1", "rejected": None, "event": event}
    deliveries = [delivery | {"status": 0}, delivery | {"status": 200, "sent_at": (NOON + timedelta(1)).isoformat()}]
    if rejected is not None:
        deliveries.append(deliveries[-1] | {"sent_at": (NOON + timedelta(2)).isoformat(), "rejected": rejected})
    _write(folder / "vendor-events.ndjson", deliveries)
    _write(folder / "staff-acts.ndjson", acts)
    return history.read(folder)


def _write(path: Path, lines: Sequence[object]) -> None:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
