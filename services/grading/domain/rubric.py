"""Rubrics: by which criteria a paper is marked here, as versioned data beside the schemes.

One JSON file in `rubrics/` for each version of a scheme, with exactly these members:

    scheme                {"id", "version"}: whose papers are marked by it
    version               of the criteria themselves; every mark keeps the one it was given by
    essay, final          {"source", "assumption", "criteria"}, of an essay and of the final assignment

`source` names document and annex. `assumption` is null where they give the table; else it says in both languages what
they leave open, and everybody who marks reads it. A criterion is {"code", "title": {"vi", "en"}, "most"}: its code
means the same in every version, `most` are the points it gives at the most, as text. They sum to the scale of marks.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Final

SCALE: Final = Decimal(100)
"""Long An 2020, 2.c: essays and the final assignment are marked on a scale of 100."""
FINAL: Final = "final"
ESSAY: Final = "essay:"
CODE = re.compile(r"[a-z][a-z0-9_]{0,39}")
POINTS = re.compile(r"[1-9][0-9]{0,2}(?:\.[0-9]{1,2})?")


class BadRubricError(ValueError):
    """A definition is no rubric; the message says where and why."""


@dataclass(frozen=True, slots=True)
class Text:
    """The same in both languages."""

    vi: str
    en: str


@dataclass(frozen=True, slots=True)
class Criterion:
    """One thing a marker looks at, and what it may give."""

    code: str
    title: Text
    most: Decimal


@dataclass(frozen=True, slots=True)
class Rubric:
    """The criteria of one kind of paper; see the module for what each member means."""

    document: str
    annex: str
    assumption: Text | None
    criteria: tuple[Criterion, ...]


@dataclass(frozen=True, slots=True)
class Rubrics:
    """One version of the criteria of a scheme."""

    scheme: tuple[str, int]
    version: int
    essay: Rubric
    final: Rubric

    def of(self, paper: str) -> Rubric:
        """By what a paper ("essay:<name>" or "final") is marked."""
        return self.final if paper == FINAL else self.essay


def parse(definition: Any) -> Rubrics:
    """The rubrics of a JSON definition. Raises `BadRubricError`."""
    members = _object(definition, "definition", {"scheme", "version", "essay", "final"})
    scheme = _object(members["scheme"], "scheme", {"id", "version"})
    return Rubrics(
        (_text(scheme["id"], "scheme.id"), _version(scheme["version"], "scheme.version")),
        _version(members["version"], "version"),
        _rubric(members["essay"], "essay"),
        _rubric(members["final"], "final"),
    )


@cache
def shipped() -> Mapping[tuple[str, int], Rubrics]:
    """The rubrics that come with the product, by the scheme's (id, version)."""
    found: dict[tuple[str, int], Rubrics] = {}
    for entry in (files(__package__) / "rubrics").iterdir():
        if entry.name.endswith(".json"):
            rubrics = parse(json.loads(entry.read_text(encoding="utf-8")))
            found[rubrics.scheme] = rubrics
    return MappingProxyType(found)


def _rubric(value: Any, where: str) -> Rubric:
    members = _object(value, where, {"source", "assumption", "criteria"})
    source = _object(members["source"], f"{where}.source", {"document", "annex"})
    assumption = members["assumption"]
    criteria = tuple(_criterion(one, f"{where}.criteria") for one in members["criteria"])
    if len({one.code for one in criteria}) < len(criteria):
        raise BadRubricError(f"{where}.criteria names a code twice")
    if sum(one.most for one in criteria) != SCALE:
        raise BadRubricError(f"{where}.criteria must sum to {SCALE}")
    return Rubric(
        _text(source["document"], f"{where}.source.document"),
        _text(source["annex"], f"{where}.source.annex"),
        None if assumption is None else _both(assumption, f"{where}.assumption"),
        criteria,
    )


def _criterion(value: Any, where: str) -> Criterion:
    members = _object(value, where, {"code", "title", "most"})
    code, most = members["code"], members["most"]
    if not isinstance(code, str) or not CODE.fullmatch(code):
        raise BadRubricError(f"{where}: code must be lower case letters, digits and underscores")
    if not isinstance(most, str) or not POINTS.fullmatch(most):
        raise BadRubricError(f'{where}: most must be text such as "40"')
    return Criterion(code, _both(members["title"], f"{where}.title"), Decimal(most))


def _object(value: Any, where: str, names: set[str]) -> Mapping[str, Any]:
    if not isinstance(value, Mapping) or set(value) != names:
        raise BadRubricError(f"{where} must have exactly {', '.join(sorted(names))}")
    return value


def _both(value: Any, where: str) -> Text:
    both = _object(value, where, {"vi", "en"})
    return Text(_text(both["vi"], f"{where}.vi"), _text(both["en"], f"{where}.en"))


def _text(value: Any, where: str) -> str:
    if not isinstance(value, str) or not value.strip() or len(value) > 500 or "\0" in value:
        raise BadRubricError(f"{where} must be text of 1 to 500 characters")
    return value


def _version(value: Any, where: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise BadRubricError(f"{where} must be an integer from 1")
    return value
