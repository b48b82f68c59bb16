"""Reading a signed webhook body: which events are of the contract's form, and what they say of whom."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

import msgspec

from services.grading.domain.evidence import BadEvidenceError, Facts, read, to_json
from services.grading.store.intake import Delivery, Piece
from shared.clock import NewId

LARGEST_SINGLE = 256 * 1024


MOST_EVENTS = 500


AHEAD = timedelta(days=1)
"""How far a vendor's clock may be ahead of the server's time."""


class MalformedDeliveryError(ValueError):
    """Signed, but not of the contract's form; it is kept for audit all the same."""


class TooLargeError(ValueError):
    """A single event past 256 KiB."""


@dataclass(frozen=True)
class Incoming:
    """A delivery that was read: the pieces that are of the right form, and the rows that are not."""

    delivery: Delivery
    pieces: list[Piece]
    rejected: list[dict[str, str | None]]
    single: bool
    traceparent: str | None


def _exact(number: str) -> Decimal:
    try:
        return Decimal(number)
    except InvalidOperation:
        raise ValueError("a number that cannot be read") from None


_DECODER = msgspec.json.Decoder(float_hook=_exact)


_CANONICAL = msgspec.json.Encoder(order="sorted", decimal_format="string")


_FACTS = msgspec.json.Encoder(decimal_format="string")


_COLON_ESCAPED = re.compile(rb"\\u003a", re.IGNORECASE)


def read_delivery(body: bytes, *, webhook_id: str, now: datetime, new_id: NewId, traceparent: str | None) -> Incoming:
    """Reads a signed body: one event, or `{"events": [...]}` of up to 500.

    Raises MalformedDeliveryError (not JSON, too deep, not of this form), TooLargeError (a single one past 256 KiB).
    """
    try:
        content = _DECODER.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError):
        raise MalformedDeliveryError("the body is not JSON of this form") from None
    if not isinstance(content, dict):
        raise MalformedDeliveryError("the body is not an object")
    _demand_names_once(body, content)
    single = "events" not in content
    events = [content] if single else content["events"]
    if single and len(body) > LARGEST_SINGLE:
        raise TooLargeError("a single event past 256 KiB")
    if not isinstance(events, list) or len(events) > MOST_EVENTS:
        raise MalformedDeliveryError(f"events is not a list of at most {MOST_EVENTS}")
    if single and not isinstance(content.get("id"), str):
        raise MalformedDeliveryError("the event has no id")
    pieces: list[Piece] = []
    rejected: list[dict[str, str | None]] = []
    for event in events:
        try:
            pieces.append(read_event(event, now))
        except BadEvidenceError as fault:
            rejected.append({"id": _shown_id(event), "reason": str(fault)})
    return Incoming(Delivery(new_id(), webhook_id, body, {}), pieces, rejected, single, traceparent)


def _demand_names_once(body: bytes, content: object) -> None:
    """Two members of one name have two readings, so they are of no form. Raises MalformedDeliveryError.

    The reader keeps the last one in silence, and one that watches costs several times as much: so colons are counted.
    Each lost member loses its colon; only a colon written as an escape could stand in for it.
    """
    try:
        # What was read just below the stack's end may be too deep to be written one call further down.
        if body.count(b":") == _FACTS.encode(content).count(b":") and not _COLON_ESCAPED.search(body):
            return
        json.loads(body, object_pairs_hook=_names_once, parse_int=str, parse_float=str)
    except RecursionError:
        raise MalformedDeliveryError("the body is too deep") from None


def _names_once(members: list[tuple[str, object]]) -> None:
    if len({name for name, _ in members}) < len(members):
        raise MalformedDeliveryError("two members of an object have the same name")


def read_event(event: object, now: datetime) -> Piece:
    """One vendor event. Raises BadEvidenceError naming the field, never the value."""
    if not isinstance(event, dict):
        raise BadEvidenceError("the event is not an object")
    event_id = _text(event.get("id"), "id")
    event_type = _text(event.get("type"), "type")
    facts = read(event_type, event.get("data"))
    at = _instant(event.get("timestamp"), now)
    course, learner = _learner(event)
    return Piece(
        event_id=event_id,
        content_hash=hashlib.sha256(_CANONICAL.encode(event)).digest(),
        course=course,
        learner=learner,
        type=event_type,
        at=at,
        facts=facts_text(facts),
    )


def facts_text(facts: Facts) -> str:
    """Facts as they are kept."""
    return _FACTS.encode(to_json(facts)).decode()


def _shown_id(event: object) -> str | None:
    event_id = event.get("id") if isinstance(event, dict) else None
    return event_id[:200].replace("\x00", "") if isinstance(event_id, str) else None


def _text(value: object, name: str) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= 200 or "\x00" in value or not value.strip():
        raise BadEvidenceError(f"{name} is not a text of 1 to 200 characters")
    return unicodedata.normalize("NFC", value)


def _instant(value: object, now: datetime) -> datetime:
    try:
        if not isinstance(value, str):
            raise ValueError
        at = datetime.fromisoformat(value)
        if at.tzinfo is None:
            raise ValueError
        at = at.astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadEvidenceError("timestamp is not RFC 3339 with a zone") from None
    if at > now + AHEAD or at.year < 2000:
        raise BadEvidenceError("timestamp is out of range")
    return at


def _learner(event: Mapping[str, Any]) -> tuple[str, str]:
    """The study an event belongs to. An event by enrolment needs no course: the enrolment has one."""
    learner = event.get("learner")
    if not isinstance(learner, dict):
        raise BadEvidenceError("learner is not an object")
    if learner.get("enrolment_id") is not None:
        try:
            return "", learner_of_enrolment(UUID(_text(learner["enrolment_id"], "learner.enrolment_id")))
        except ValueError:
            raise BadEvidenceError("learner.enrolment_id is not a UUID") from None
    return _text(event.get("course"), "course"), normal_account(_text(learner.get("account"), "learner.account"))


def normal_account(account: str) -> str:
    """Accounts meet without regard to case and surrounding space."""
    return unicodedata.normalize("NFC", account).strip().casefold()


def learner_of_enrolment(enrolment_id: UUID) -> str:
    """The learner of events that name the enrolment itself."""
    return f"enrolment:{enrolment_id}"
