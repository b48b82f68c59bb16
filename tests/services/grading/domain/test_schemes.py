"""Laws that every shipped scheme keeps, present and future."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.grading.domain.assessment import assess
from services.grading.domain.evidence import Evidence, Item, Mark, Quiz
from services.grading.domain.scheme import Scheme, parse, shipped
from services.grading.domain.scheme import definition as definition_of
from shared.events.schemes import SCHEMES as SCHEMES_NAMED
from shared.events.schemes import Needs
from tests.services.grading.domain.course import COURSE, case, complete, definition, piece, reading_b
from tests.services.grading.domain.histories import cases, evidence

REFUSING = parse(definition() | {"version": 3, "after_window": "refuse"})
SCHEMES = [*shipped().values(), reading_b(), REFUSING]
EVERY_SCHEME = pytest.mark.parametrize("scheme", SCHEMES, ids=lambda scheme: f"{scheme.id}-{scheme.version}")


def test_the_contract_names_the_shipped_schemes_and_what_each_needs_of_a_course() -> None:
    assert dict(SCHEMES_NAMED) == {ref: Needs(process=scheme.weight_process > 0) for ref, scheme in shipped().items()}


@EVERY_SCHEME
@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_the_order_of_arrival_never_matters(scheme: Scheme, data: st.DataObject) -> None:
    known = data.draw(cases(scheme))
    shuffled = replace(
        known,
        evidence=tuple(data.draw(st.permutations(known.evidence))),
        verdicts=tuple(data.draw(st.permutations(known.verdicts))),
    )
    assert assess(shuffled) == assess(known)


@EVERY_SCHEME
@given(pieces=evidence())
@settings(max_examples=150, deadline=None)
def test_scores_stay_on_the_scale_and_the_total_is_their_weighted_sum(
    scheme: Scheme, pieces: tuple[Evidence, ...]
) -> None:
    found = assess(case(pieces, scheme)).exact
    for part in (found.diligence, found.process, found.final, found.total):
        assert part is None or 0 <= part <= scheme.scale
    parts = (
        (scheme.weight_diligence, found.diligence),
        (scheme.weight_process, found.process),
        (scheme.weight_final, found.final),
    )
    if found.total is None:
        assert any(part is None for weight, part in parts if weight)
    else:
        assert found.total == sum((weight * (part or 0) for weight, part in parts), Fraction())


@EVERY_SCHEME
@given(pieces=evidence(), data=st.data())
@settings(max_examples=150, deadline=None)
def test_a_better_mark_never_lowers_the_total_or_closes_the_gate(
    scheme: Scheme, pieces: tuple[Evidence, ...], data: st.DataObject
) -> None:
    known = case(pieces, scheme)
    better = []
    for entry in known.evidence:
        facts = entry.facts
        if isinstance(facts, Mark):
            more = data.draw(st.integers(0, 100 - int(facts.score)))
            facts = replace(facts, score=facts.score + more)
        elif isinstance(facts, Quiz):
            facts = replace(facts, correct=data.draw(st.integers(facts.correct, facts.questions)))
        better.append(replace(entry, facts=facts))
    before, after = assess(known), assess(replace(known, evidence=tuple(better)))
    assert (before.exact.total is None) == (after.exact.total is None)
    if before.exact.total is not None and after.exact.total is not None:
        assert before.exact.total <= after.exact.total
    if before.gates.lms.state == "met":
        assert after.gates.lms.state == "met"


@EVERY_SCHEME
@given(pieces=evidence(), extra=st.integers(0, 9))
@settings(max_examples=100, deadline=None)
def test_one_more_item_never_lowers_diligence(scheme: Scheme, pieces: tuple[Evidence, ...], extra: int) -> None:
    known = case(pieces, scheme)
    more = piece("material.completed", {"material": extra, "kind": "document", "of": 2}, event_id="more")
    before, after = assess(known).exact, assess(replace(known, evidence=(*known.evidence, more))).exact
    assert isinstance(more.facts, Item)
    assert (before.diligence or 0) <= (after.diligence or 0)


@EVERY_SCHEME
def test_the_gate_agrees_with_the_scheme_at_its_own_mark(scheme: Scheme) -> None:
    """Every part at the threshold gives a total of the threshold; a hair over it passes."""
    course = replace(COURSE, document=0, graphic=0, video=0, task=0, questions=0, essays=("e1",))
    for hair in (Fraction(0), Fraction(1, 10**6)):
        total = scheme.threshold + hair
        full = scheme.weight_diligence * scheme.scale
        score = (total - full) / (1 - scheme.weight_diligence)
        top, bottom = score.as_integer_ratio()
        marks = [
            replace(entry, facts=replace(entry.facts, score=Decimal(top), scale=Decimal(bottom * scheme.scale)))
            for entry in complete()
            if isinstance(entry.facts, Mark) and entry.facts.essay in (None, "e1")
        ]
        others = [entry for entry in complete() if not isinstance(entry.facts, Mark)]
        found = assess(case([*others, *marks], scheme, course))
        assert found.exact.total == total
        assert (found.gates.lms.state == "met") == scheme.passes(total)


@EVERY_SCHEME
@given(pieces=evidence())
@settings(max_examples=100, deadline=None)
def test_a_learner_whose_gate_is_refused_is_told_why(scheme: Scheme, pieces: tuple[Evidence, ...]) -> None:
    found = assess(case(pieces, scheme))
    assert (found.gates.lms.state == "refused") == bool(found.gates.lms.reasons)
    if found.gates.lms.state == "waiting":
        assert found.missing


@EVERY_SCHEME
def test_a_scheme_is_its_definition(scheme: Scheme) -> None:
    assert parse(json.loads(json.dumps(definition_of(scheme)))) == scheme
