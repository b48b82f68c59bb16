"""Every event there is: aggregate type -> payload, and the topics they travel on."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from shared.events.certificates import Certificate
from shared.events.envelope import Envelope, NotAnEventError, State, event_type
from shared.events.grading import Result
from shared.events.reporting import Submission
from shared.events.roster import Enrolment, Person, Unit

AGGREGATES: dict[str, type[State]] = {
    kind.AGGREGATE: kind for kind in (Unit, Person, Enrolment, Result, Certificate, Submission)
}

TOPICS: dict[str, str] = {
    service: f"{service}.events" for service in ("roster", "grading", "certificates", "reporting")
}

_DECODERS: dict[str, msgspec.json.Decoder[State]] = {
    name: msgspec.json.Decoder(kind) for name, kind in AGGREGATES.items()
}
_ENCODER = msgspec.json.Encoder(decimal_format="string")
_KNOWN_TYPES: dict[str, str] = {
    event_type(kind.SERVICE, event): name for name, kind in AGGREGATES.items() for event in kind.EVENTS
}

S = TypeVar("S", bound=State)


def topic_of(aggregate_type: str) -> str:
    """The topic on which an aggregate's producer speaks."""
    return TOPICS[AGGREGATES[aggregate_type].SERVICE]


def source_of(service: str) -> str:
    """The CloudEvents source of a service."""
    return f"/vn/bdtx/{service}"


def encode(state: State) -> bytes:
    """The JSON of a state as it stands in the outbox and on the wire."""
    return _ENCODER.encode(state)


def check(event: Envelope) -> None:
    """Raises NotAnEventError where type, aggregate and source do not belong together."""
    if _KNOWN_TYPES.get(event.type) != event.aggregate_type:
        raise NotAnEventError("an event type that this version does not know, or not of that aggregate")
    if event.source != source_of(AGGREGATES[event.aggregate_type].SERVICE):
        raise NotAnEventError("a source that does not own this aggregate")


def decode(event: Envelope, kind: type[S]) -> S:
    """The state inside an event. Raises NotAnEventError with the path of the fault, never the value."""
    try:
        state = _DECODERS[kind.AGGREGATE].decode(event.data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as fault:
        raise NotAnEventError(f"the payload is not a {kind.AGGREGATE}: {_without_value(str(fault))}") from None
    if not isinstance(state, kind):  # the decoder was made for exactly this kind
        raise NotAnEventError(f"the payload is not a {kind.AGGREGATE}")
    return state


def _without_value(message: str) -> str:
    """The one message of msgspec that repeats a value is that of a word outside a closed list."""
    what = "Invalid enum value"
    return what + message[message.rfind(" - at ") :] if message.startswith(what) else message
