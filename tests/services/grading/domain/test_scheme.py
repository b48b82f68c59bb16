"""Schemes as data: what a definition must say."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from services.grading.domain.scheme import BadSchemeError, Reading, parse, shipped
from tests.services.grading.domain.course import definition, reading_b


def test_the_managers_scheme_of_2020_ships_with_reading_a() -> None:
    scheme = shipped()["etep-managers-2020", 1]
    assert scheme.reading is Reading.A
    assert (scheme.weight_diligence, scheme.weight_process, scheme.weight_final) == (
        Fraction(1, 10),
        Fraction(3, 10),
        Fraction(3, 5),
    )
    assert not scheme.passes(Fraction(50))
    assert scheme.passes(Fraction(5001, 100))
    assert "2.c" in scheme.article


def test_another_reading_is_a_scheme_by_data_alone() -> None:
    assert reading_b().reading is Reading.B


def test_a_threshold_may_include_its_mark() -> None:
    scheme = parse(definition() | {"pass": {"total_at_least": "50"}})
    assert scheme.passes(Fraction(50))
    assert not scheme.passes(Fraction(4999, 100))


@pytest.mark.parametrize(
    ("change", "member"),
    [
        ({"id": "ETEP 2020"}, "id"),
        ({"version": 0}, "version"),
        ({"version": True}, "version"),
        ({"title": " "}, "title"),
        ({"source": {"document": "x"}}, "source.article"),
        ({"scale": "100"}, "scale"),
        ({"weights": {"diligence": "0.1", "process": "0.3", "final": "0.5"}}, "weights"),
        ({"weights": {"diligence": 0.1, "process": "0.3", "final": "0.6"}}, "weights.diligence"),
        ({"weights": {"diligence": "-0.1", "process": "0.5", "final": "0.6"}}, "weights.diligence"),
        ({"process": {}}, "process.reading"),
        ({"process": {"reading": "C"}}, "process.reading"),
        ({"pass": {}}, "pass"),
        ({"pass": {"total_over": "50", "total_at_least": "50"}}, "pass"),
        ({"pass": {"total_over": 50}}, "pass.total_over"),
        ({"pass": {"total_over": "101"}}, "pass.total_over"),
        ({"conditions": ["survey", "survey"]}, "conditions"),
        ({"conditions": ["attendance"]}, "conditions"),
        ({"conditions": "survey"}, "conditions"),
        ({"after_window": "ignore"}, "after_window"),
        ({"gates": ["lms", "institution", "core_team", "list"]}, "gates"),
        ({"gates": None}, "gates"),
        ({"proces": {"reading": "A"}}, "definition"),
    ],
)
def test_a_wrong_member_is_named(change: dict[str, Any], member: str) -> None:
    with pytest.raises(BadSchemeError) as refusal:
        parse(definition() | change)
    assert refusal.value.member == member


@pytest.mark.parametrize("name", sorted(definition()))
def test_no_member_has_a_silent_default(name: str) -> None:
    with pytest.raises(BadSchemeError) as refusal:
        parse({member: value for member, value in definition().items() if member != name})
    assert refusal.value.member == name


@pytest.mark.parametrize("thing", [None, [], "x", 1])
def test_a_definition_is_an_object(thing: object) -> None:
    with pytest.raises(BadSchemeError, match="definition must be an object"):
        parse(thing)
