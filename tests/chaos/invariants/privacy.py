"""I10: no log and no metric holds anything of a person."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Protocol
from urllib.parse import unquote

Canaries = Mapping[str, str]
"""What would give a person away, folded as `plain` folds a text, and of which kind it is."""

_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")
_LETTER_OR_DIGIT = r"[^\W_]"


class Anybody(Protocol):
    """A learner or a member of staff of the sample."""

    @property
    def name(self) -> str:
        """In full."""

    @property
    def birth_date(self) -> date:
        """A day."""

    @property
    def account(self) -> str | None:
        """Her address at the platform."""


def canaries_of(people: Iterable[Anybody]) -> Canaries:
    """Names, accounts and birth dates of all; identity numbers, phones and second accounts of those who have them."""
    return {plain(text): kind for one in people for kind, text in _of(one) if text}


def _of(one: Anybody) -> Iterator[tuple[str, str | None]]:
    yield "name", one.name
    yield "account", one.account
    yield "account", getattr(one, "other_account", None)
    yield "birth date", one.birth_date.isoformat()
    yield "birth date", f"{one.birth_date:%d/%m/%Y}"
    yield "identity number", getattr(one, "cccd", None)
    yield "phone", getattr(one, "phone", None)


def plain(text: str) -> str:
    """Without JSON's and addresses' escapes, composed, in small letters: however it was written, it is found."""
    unescaped = _ESCAPED.sub(lambda found: json.loads(f'"{found.group(0)}"'), text)
    return unicodedata.normalize("NFC", unquote(unescaped)).casefold()


def told_of_people(texts: Mapping[str, str], canaries: Canaries) -> list[str]:
    """A sentence for each text (a log, a process's metrics) and kind of canary in it, with the first place; never the
    canary itself, for reports are read by more people than logs."""
    found: list[str] = []
    for name, text in sorted(texts.items()):
        folded = plain(text)
        held: dict[str, list[int]] = {}
        for canary, kind in canaries.items():
            if canary in folded:
                whole = rf"(?<!{_LETTER_OR_DIGIT}){re.escape(canary)}(?!{_LETTER_OR_DIGIT})"
                held.setdefault(kind, []).extend(place.start() for place in re.finditer(whole, folded))
        found += [
            f"{name} holds a person's {kind} in {len(places)} places, the first in line "
            f"{folded.count(chr(10), 0, min(places)) + 1}"
            for kind, places in sorted(held.items())
            if places
        ]
    return found
