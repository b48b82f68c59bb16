"""Rubrics: what a definition must be, and what every shipped one is."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from decimal import Decimal
from importlib.resources import files
from typing import Any

import pytest

from services.grading.domain import rubric, scheme
from services.grading.domain.rubric import BadRubricError, parse, shipped


def definition() -> Any:
    folder = files(rubric.__package__ or "") / "rubrics"
    return json.loads((folder / "etep-managers-2020-1.json").read_text("utf-8"))


def test_every_shipped_scheme_has_criteria_for_essays_and_the_final_assignment() -> None:
    assert set(shipped()) == set(scheme.shipped())
    for rubrics in shipped().values():
        for one in (rubrics.essay, rubrics.final):
            assert sum(criterion.most for criterion in one.criteria) == Decimal(100)
            assert one.document
            assert one.annex


def test_what_our_documents_do_not_give_is_marked_as_an_assumption() -> None:
    """Annexes 2 and 3 of the dispatch are named and not there (facts, acceptance 002-341)."""
    rubrics = shipped()["etep-managers-2020", 1]
    for one in (rubrics.essay, rubrics.final):
        assert "Phụ lục 2, 3" in one.annex
        assert one.assumption is not None
        assert "giả định" in one.assumption.vi


def changed(change: Callable[[Any], Any]) -> Any:
    given = copy.deepcopy(definition())
    change(given)
    return given


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d.pop("final"),
        lambda d: d.update(more=1),
        lambda d: d.update(version=0),
        lambda d: d.update(version=True),
        lambda d: d["scheme"].update(id=" "),
        lambda d: d["essay"]["criteria"][0].update(most="41"),
        lambda d: d["essay"]["criteria"][0].update(most=40),
        lambda d: d["essay"]["criteria"][0].update(most="-40"),
        lambda d: d["essay"]["criteria"][0].update(code="Content"),
        lambda d: d["essay"]["criteria"][0].update(code="practice"),
        lambda d: d["essay"]["criteria"].clear(),
        lambda d: d["final"]["criteria"][0]["title"].pop("en"),
        lambda d: d["final"].update(assumption="nobody knows"),
        lambda d: d["final"]["source"].update(annex=""),
    ],
)
def test_what_is_no_rubric_is_refused(change: Callable[[Any], Any]) -> None:
    with pytest.raises(BadRubricError):
        parse(changed(change))


def test_a_table_that_is_given_needs_no_assumption() -> None:
    given = parse(changed(lambda d: d["essay"].update(assumption=None)))
    assert given.essay.assumption is None
    assert given.of("essay:e1") is given.essay
    assert given.of("final") is given.final
