"""What each learner does on the platform, told as the vendor's events (contracts, section 2).

Everything is decided by the seed and the enrolment alone: neither the order of sending nor any other learner matters.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import msgspec

from deploy.local.sample.people import Enrolment
from deploy.local.sample.province import Province
from deploy.local.vendor.course import Told, tell
from deploy.local.vendor.rhythm import local_time

# Ids lie in a block per enrolment, so that they never depend on how much others did.
ID_BLOCK: Final = 100
_ENCODER: Final = msgspec.json.Encoder()


class VendorEvent(NamedTuple):
    """An event ready to be sent. `at` is its own timestamp, `arrives` when the vendor sends it (rarely later); both
    in milliseconds since 1970 UTC. `body` is its JSON."""

    at: int
    id: str
    arrives: int
    body: bytes


def _as_json(told: Told, enrolment: Enrolment, event_id: str) -> dict[str, object]:
    return {
        "id": event_id,
        "type": told.type,
        "timestamp": local_time(told.at).isoformat(timespec="milliseconds"),
        "learner": {"account": told.account},
        "course": enrolment.course.code,
        "data": told.data,
    }


def _numbered(enrolment: Enrolment, seed: int) -> list[tuple[Told, str]]:
    told = tell(enrolment, seed)
    if len(told) > ID_BLOCK:
        raise ValueError(f"{len(told)} events of one enrolment do not fit its block of ids")
    first = enrolment.index * ID_BLOCK + 1
    return [(one, f"viettel-{first + n:09d}") for n, one in enumerate(told)]


def learner_events(enrolment: Enrolment, seed: int) -> list[dict[str, object]]:
    """One learner's events in one course, by timestamp, in the exact form of the webhook."""
    return [_as_json(told, enrolment, event_id) for told, event_id in _numbered(enrolment, seed)]


def course_events(province: Province) -> list[VendorEvent]:
    """The whole course's events, sorted by timestamp, then id."""
    events = [
        VendorEvent(told.at, event_id, told.arrives, _ENCODER.encode(_as_json(told, enrolment, event_id)))
        for enrolment in province.enrolments
        for told, event_id in _numbered(enrolment, province.seed)
    ]
    events.sort()
    return events
