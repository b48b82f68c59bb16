"""The arithmetic of a module's total: the mean of the process part, and the weighted sum."""

from __future__ import annotations

from collections.abc import Collection

from services.grading.domain.assessment.papers import Paper
from services.grading.domain.exact import Ratio, plus
from services.grading.domain.scheme import Reading, Scheme


def process_part(scheme: Scheme, quiz: Ratio | None, essays: Collection[Paper]) -> Ratio | None:
    """The process part on the scheme's scale (Kế hoạch Long An 2020, 2.c: "trung bình cộng").

    `quiz` is None where the course has none. An essay not handed in counts 0; one handed in and unmarked
    leaves the part open (None). A course without essays is judged by the quiz alone, one without a quiz by
    the essays alone.
    """
    marks: Ratio = (0, 1)
    for paper in essays:
        if paper.counts is not None:
            marks = plus(paper.counts, marks) if marks[0] else paper.counts
        elif paper.handed_in:
            return None
    count = len(essays)
    if quiz is None:
        return (marks[0], marks[1] * count) if count else None
    if not count:
        return quiz
    if scheme.reading is Reading.A:
        top, bottom = plus(quiz, (marks[0], marks[1] * count))
        return top, bottom * 2
    top, bottom = plus(quiz, marks)
    return top, bottom * (1 + count)


def weighted(scheme: Scheme, diligence: Ratio, process: Ratio | None, final: Ratio | None) -> Ratio | None:
    """The total; None while a part that has weight is open."""
    total: Ratio = (0, 1)
    # The final comes first: it closes last, so most instants of a course end here.
    for weight, part in (
        (scheme.weight_final, final),
        (scheme.weight_process, process),
        (scheme.weight_diligence, diligence),
    ):
        if weight.numerator:
            if part is None:
                return None
            total = plus(total, (part[0] * weight.numerator, part[1] * weight.denominator))
    return total
