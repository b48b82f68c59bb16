"""Schemes: the rules of passing as versioned data (rules REG-1, ASS-5). A new scheme is a JSON file, no code.

A definition has exactly these members:

    id, version, title    "etep-managers-2020", 1, what people read (Vietnamese)
    source                {"document", "article"}: where the rule stands
    scale                 what scores are shown on (100)
    weights               {"diligence", "process", "final"} as text, "0.1" or "1/10", at least 0, sum 1;
                          a part of weight 0 is not judged
    process               {"reading": "A" | "B"}: A the mean of the quiz and the mean of the essays, B the
                          mean over the quiz and each essay. No default: someone has to choose it
    pass                  {"total_over": "50"} strictly over, or {"total_at_least": "5"}
    conditions            among "survey", "profile"
    after_window          "count_and_flag" | "refuse": the learner's work dated after her window
    gates                 "lms", then "core_team" and "institution" where the rule asks them, then "list"
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Final

IDENTIFIER = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
EXACT = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,6}|/[1-9][0-9]{0,6})?")
MEMBERS: Final = (
    "id",
    "version",
    "title",
    "source",
    "scale",
    "weights",
    "process",
    "pass",
    "conditions",
    "after_window",
    "gates",
)
GATE_LISTS: Final = (
    ("lms", "core_team", "institution", "list"),
    ("lms", "core_team", "list"),
    ("lms", "institution", "list"),
    ("lms", "list"),
)


class BadSchemeError(ValueError):
    """A definition is not a scheme; `member` names where, `reason` why."""

    def __init__(self, member: str, reason: str) -> None:
        super().__init__(f"{member} {reason}")
        self.member = member
        self.reason = reason


class Reading(StrEnum):
    """The two readings of the process score (facts 2.1)."""

    A = "A"
    B = "B"


class AfterWindow(StrEnum):
    """What becomes of the learner's work dated after her window."""

    COUNT_AND_FLAG = "count_and_flag"
    REFUSE = "refuse"


class Condition(StrEnum):
    """What must hold beside the total."""

    SURVEY = "survey"
    PROFILE = "profile"


@dataclass(frozen=True, slots=True)
class Scheme:
    """One version of one rule set; see the module for what each member means."""

    id: str
    version: int
    title: str
    document: str
    article: str
    scale: int
    weight_diligence: Fraction
    weight_process: Fraction
    weight_final: Fraction
    reading: Reading
    threshold: Fraction
    threshold_passes: bool
    conditions: tuple[Condition, ...]
    after_window: AfterWindow
    gates: tuple[str, ...]

    @property
    def ref(self) -> tuple[str, int]:
        """The id and version by which cohorts name it."""
        return self.id, self.version

    def passes(self, total: Fraction) -> bool:
        """Whether an exact total reaches the threshold; compared before any rounding (rule ASS-1)."""
        return total >= self.threshold if self.threshold_passes else total > self.threshold


def parse(definition: object) -> Scheme:
    """A scheme from its JSON definition. Raises `BadSchemeError` naming the first member that is wrong."""
    members = _object(definition, "definition", MEMBERS)
    scale = _whole(members["scale"], "scale", 1_000)
    source = _object(members["source"], "source", ("document", "article"))
    weights = _object(members["weights"], "weights", ("diligence", "process", "final"))
    parts = [_exact(weights[name], f"weights.{name}") for name in ("diligence", "process", "final")]
    if sum(parts) != 1:
        raise BadSchemeError("weights", "must sum to 1")
    process = _object(members["process"], "process", ("reading",))
    threshold, threshold_passes = _threshold(members["pass"], scale)
    identifier = _text(members["id"], "id")
    if not IDENTIFIER.fullmatch(identifier):
        raise BadSchemeError("id", "must be lower case letters, digits and single hyphens")
    return Scheme(
        id=identifier,
        version=_whole(members["version"], "version", 1_000_000),
        title=_text(members["title"], "title"),
        document=_text(source["document"], "source.document"),
        article=_text(source["article"], "source.article"),
        scale=scale,
        weight_diligence=parts[0],
        weight_process=parts[1],
        weight_final=parts[2],
        reading=Reading(_choice(process["reading"], "process.reading", tuple(Reading))),
        threshold=threshold,
        threshold_passes=threshold_passes,
        conditions=_conditions(members["conditions"]),
        after_window=AfterWindow(_choice(members["after_window"], "after_window", tuple(AfterWindow))),
        gates=_gates(members["gates"]),
    )


def definition(scheme: Scheme) -> dict[str, object]:
    """The JSON definition that `parse` reads back as this scheme."""
    return {
        "id": scheme.id,
        "version": scheme.version,
        "title": scheme.title,
        "source": {"document": scheme.document, "article": scheme.article},
        "scale": scheme.scale,
        "weights": {
            "diligence": str(scheme.weight_diligence),
            "process": str(scheme.weight_process),
            "final": str(scheme.weight_final),
        },
        "process": {"reading": scheme.reading.value},
        "pass": {"total_at_least" if scheme.threshold_passes else "total_over": str(scheme.threshold)},
        "conditions": [condition.value for condition in scheme.conditions],
        "after_window": scheme.after_window.value,
        "gates": list(scheme.gates),
    }


@cache
def shipped() -> Mapping[tuple[str, int], Scheme]:
    """The schemes that come with the product, by (id, version)."""
    schemes = {}
    for entry in sorted((files(__package__) / "schemes").iterdir(), key=lambda entry: entry.name):
        if entry.name.endswith(".json"):
            scheme = parse(json.loads(entry.read_text(encoding="utf-8")))
            schemes[scheme.ref] = scheme
    return MappingProxyType(schemes)


def _object(value: object, member: str, names: tuple[str, ...]) -> dict[str, object]:
    if not isinstance(value, Mapping):
        raise BadSchemeError(member, "must be an object")
    prefix = "" if member == "definition" else f"{member}."
    for name in names:
        if name not in value:
            raise BadSchemeError(f"{prefix}{name}", "is missing")
    # A misspelt member would otherwise be a rule that silently does not apply.
    if len(value) > len(names):
        raise BadSchemeError(member, f"has members other than {', '.join(names)}")
    return {name: value[name] for name in names}


def _text(value: object, member: str) -> str:
    if not isinstance(value, str) or not value.strip() or len(value) > 500 or "\0" in value:
        raise BadSchemeError(member, "must be text of 1 to 500 characters")
    return value


def _whole(value: object, member: str, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
        raise BadSchemeError(member, f"must be an integer from 1 to {most}")
    return value


def _exact(value: object, member: str) -> Fraction:
    if not isinstance(value, str) or not EXACT.fullmatch(value):
        raise BadSchemeError(member, 'must be exact text such as "0.1" or "1/10"')
    return Fraction(value)


def _choice(value: object, member: str, choices: tuple[str, ...]) -> str:
    if not isinstance(value, str) or value not in choices:
        raise BadSchemeError(member, f"must be one of {', '.join(choices)}")
    return value


def _threshold(value: object, scale: int) -> tuple[Fraction, bool]:
    if not isinstance(value, Mapping) or len(value) != 1:
        raise BadSchemeError("pass", "must have one member, total_over or total_at_least")
    ((operator, text),) = value.items()
    if operator not in ("total_over", "total_at_least"):
        raise BadSchemeError("pass", "must have one member, total_over or total_at_least")
    threshold = _exact(text, f"pass.{operator}")
    if threshold > scale:
        raise BadSchemeError(f"pass.{operator}", "must not exceed the scale")
    return threshold, operator == "total_at_least"


def _conditions(value: object) -> tuple[Condition, ...]:
    if not isinstance(value, list | tuple):
        raise BadSchemeError("conditions", "must be a list")
    conditions = tuple(Condition(_choice(name, "conditions", tuple(Condition))) for name in value)
    if len(set(conditions)) < len(conditions):
        raise BadSchemeError("conditions", "names a condition twice")
    return conditions


def _gates(value: object) -> tuple[str, ...]:
    given = tuple(value) if isinstance(value, list | tuple) else ()
    for gates in GATE_LISTS:
        if given == gates:
            return gates
    raise BadSchemeError("gates", "must be lms, then core_team and institution where asked, then list")
