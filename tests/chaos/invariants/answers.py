"""I8: no call failed while nothing it needs was down."""

from __future__ import annotations

from datetime import datetime, timedelta

from tests.chaos.history import Call, History

_BEFORE = timedelta(seconds=10)
_AFTER = timedelta(seconds=5)
"""A call may have been under way when its store went, or have waited for it to come back."""


def no_answer_failed_unasked(history: History) -> list[str]:
    """I8: no 5xx but while a store or process that answers calls is down, or 503 of a write while a consumer stands
    still, perhaps in a transaction whose locks the write waits for; each with a problem body where the history keeps
    bodies; none without an answer while everything is renewed (F-12)."""
    found: list[str] = []
    for call in history.calls:
        if call.status < 500:
            continue
        locked_out = call.status == 503 and not call.what.startswith("GET")
        excuses = history.down + (history.frozen if locked_out else [])
        if not any(_meets(call, window.since - _BEFORE, window.until + _AFTER) for window in excuses):
            found.append(
                f"{call.what} at {call.sent:%H:%M:%S} was answered {call.status} while nothing it needs was down"
            )
        if call.problem is False:
            found.append(f"{call.what} at {call.sent:%H:%M:%S} was answered {call.status} without a problem body")
    return found + [
        f"{call.what} at {call.sent:%H:%M:%S} went without an answer while everything was renewed in good order"
        for call in history.calls
        if call.status == 0 and any(_meets(call, window.since, window.until) for window in history.rolled)
    ]


def _meets(call: Call, since: datetime, until: datetime) -> bool:
    return since <= call.sent <= until
