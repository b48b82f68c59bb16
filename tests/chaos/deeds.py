"""What the staff did: all attempts under one `Idempotency-Key` are one deed with one outcome."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

Outcome = Literal["acknowledged", "refused", "unknown"]


@dataclass
class Deed:
    """One call of one account, however often it was sent."""

    account: str
    key: str
    calls: list[tuple[str, str, Any]] = field(default_factory=list)
    """Method, path and body of every attempt; they are the same."""
    answers: list[tuple[int, Any]] = field(default_factory=list)
    """Status and body of every attempt; status 0 where no answer came."""

    @property
    def path(self) -> str:
        """Of the first attempt."""
        return self.calls[0][1]

    @property
    def body(self) -> Any:
        """Of the first attempt."""
        return self.calls[0][2] or {}

    @property
    def told(self) -> list[tuple[int, Any]]:
        """The answers of success."""
        return [(status, answer) for status, answer in self.answers if outcome_of(status) == "acknowledged"]

    @property
    def outcome(self) -> Outcome:
        """Acknowledged once any attempt was; unknown while one of them may have been taken."""
        outcomes = {outcome_of(status) for status, _ in self.answers}
        if "acknowledged" in outcomes:
            return "acknowledged"
        return "unknown" if "unknown" in outcomes else "refused"


def outcome_of(status: int) -> Outcome:
    """acknowledged, refused or unknown."""
    if 200 <= status < 300:
        return "acknowledged"
    return "unknown" if status == 0 or status >= 500 else "refused"


def gathered(acts: Iterable[dict[str, Any]]) -> list[Deed]:
    """From the lines of staff-acts.ndjson, in the order of the first attempts."""
    deeds: dict[tuple[str, str], Deed] = {}
    for act in acts:
        deed = deeds.setdefault((act["account"], act["key"]), Deed(act["account"], act["key"]))
        deed.calls.append((act["method"], act["path"], act["body"]))
        deed.answers.append((act["status"], act["answer"]))
    return list(deeds.values())
