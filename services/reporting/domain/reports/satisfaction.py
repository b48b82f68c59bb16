"""`satisfaction`: what learners answered in the end-of-course survey, question by question, against the plan's target.

Three questions of 1 to 5: content, organisation, staff (Kế hoạch Long An 2020). Anonymous to the school (rule REP-6): a
row of fewer than five answers tells none of them (rule REP-5), nor does the row from which they could be reckoned.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from services.reporting.domain.reports.frame import (
    NOTHING,
    Answered,
    Asked,
    Cell,
    Document,
    Figure,
    Note,
    Rate,
    Report,
    Table,
    head,
)
from services.reporting.domain.reports.printed import NODE_HEADER, asked_remarks, node_rows
from services.reporting.domain.reports.rates import percent, rate_of
from services.reporting.domain.seats import COUNTED, ENROLMENTS

TARGET: Final = 75
"""Percent; reached by strictly more (Kế hoạch Long An 2020: trên 75%)."""
FEWEST: Final = 5
QUESTIONS: Final = {
    "content": ("Nội dung chương trình", "Content of the programme"),
    "organisation": ("Công tác tổ chức", "Organisation"),
    "staff": ("Đội ngũ quản lý, cốt cán, giảng viên", "Managers, core teachers, lecturers"),
}
FIGURES: Final = (
    Figure("enrolments", "enrolments", "Lượt được hỏi: lượt đăng ký học, không kể đã rút", "Asked: enrolments"),
    Figure("answered", "answers", "Phiếu đã trả lời", "Surveys answered"),
    Figure("satisfied", "answers", "Phiếu có điểm trung bình trên 3", "Answers that average above 3"),
)
RATES: Final = (Rate("satisfied", "satisfied", "answered", "Phiếu hài lòng / phiếu trả lời", "Satisfied / answered"),)
NOTES: Final = (
    Note(
        ("satisfied",),
        f"Dưới {FEWEST} phiếu thì không hiện câu trả lời; phiếu khảo sát không nêu tên với nhà trường.",
        f"Fewer than {FEWEST} answers are not shown: the survey is anonymous to the school.",
    ),
    Note(
        tuple(QUESTIONS),
        "Mỗi câu hỏi: số phiếu theo từng mức 1 đến 5; hài lòng là mức 4 và 5.",
        "For each question the answers at each level from 1 to 5; satisfied are 4 and 5.",
    ),
)


@dataclass(slots=True)
class Tally:
    """What was asked and answered at one node; `levels` by question, 1 to 5."""

    asked: int = 0
    answered: int = 0
    satisfied: int = 0
    levels: dict[str, Counter[int]] = field(default_factory=lambda: {name: Counter() for name in QUESTIONS})

    def add(self, one: Answered) -> None:
        """Takes in equal answers."""
        self.answered += one.number
        if sum(one.answers) > 3 * len(QUESTIONS):
            self.satisfied += one.number
        for name, level in zip(QUESTIONS, one.answers, strict=True):
            self.levels[name][level] += one.number


def hidden(answered: Mapping[UUID, int]) -> set[UUID]:
    """The rows of one list whose answers are not shown: those of too few, and the next smallest ones while the hidden
    together are still so few that the total would tell them."""
    found = {row for row, number in answered.items() if 0 < number < FEWEST}
    if not found:
        return found
    together = sum(answered[row] for row in found)
    for row in sorted((row for row, number in answered.items() if number >= FEWEST), key=lambda row: answered[row]):
        if together >= FEWEST:
            break
        found.add(row)
        together += answered[row]
    return found


def _node(tally: Tally, *, hide: bool) -> Document:
    figures = {"enrolments": tally.asked, "answered": tally.answered, "satisfied": None if hide else tally.satisfied}
    numbers = {"answered": tally.answered, "satisfied": tally.satisfied}
    share = {
        "numerator": tally.answered,
        "denominator": tally.asked,
        "counts": "enrolments",
        "percent": percent(tally.answered, tally.asked),
    }
    told = None if hide else rate_of(RATES[0], "answers", numbers)
    reached = None if hide or not tally.answered else 100 * tally.satisfied > TARGET * tally.answered
    return {
        "figures": figures,
        "rates": {"answered": share, "satisfied": told},
        "reached": reached,
        "hidden": hide,
        "questions": [] if hide else [_question(tally, name) for name in QUESTIONS],
    }


def _question(tally: Tally, name: str) -> Document:
    levels = tally.levels[name]
    content = levels[4] + levels[5]
    return {
        "question": name,
        "title": {"vi": QUESTIONS[name][0], "en": QUESTIONS[name][1]},
        "levels": [levels[level] for level in range(1, 6)],
        "satisfied": {
            "numerator": content,
            "denominator": tally.answered,
            "counts": "answers",
            "percent": percent(content, tally.answered),
        },
    }


def compose(asked: Asked) -> Document:
    """The unit, the units below it with what sits directly at it, each course; the same shape for each."""
    tree, frame = asked.tree, asked.frame
    place = COUNTED.index(ENROLMENTS)
    whole = Tally(frame.whole[place])
    units = {unit: Tally(sums[place]) for unit, sums in frame.unit_sums.items()}
    offerings = {offering: Tally(frame.offering_sums.get(offering, NOTHING)[place]) for offering in frame.courses}
    for one in asked.surveys:
        whole.add(one)
        units.setdefault(one.unit, Tally()).add(one)
        offerings.setdefault(one.offering, Tally()).add(one)
    below = sorted((set(tree.children(asked.unit)) | set(units)) - {asked.unit}, key=tree.order)
    few = 0 < whole.answered < FEWEST
    no_unit = set(units) if few else hidden({unit: tally.answered for unit, tally in units.items()})
    no_course = set(offerings) if few else hidden({key: tally.answered for key, tally in offerings.items()})
    return {
        "report": REPORT.name,
        "as_of": asked.as_of,
        "structure": asked.structure,
        "unit": head(tree, asked.unit),
        "above": [head(tree, unit) for unit in tree.path(asked.unit) if unit != asked.unit],
        "target": {"percent": str(TARGET), "reached_by": "more"},
        **_node(whole, hide=few),
        "direct": _node(units.get(asked.unit, Tally()), hide=asked.unit in no_unit),
        "children": [
            {"unit": head(tree, unit), **_node(units.get(unit, Tally()), hide=unit in no_unit)} for unit in below
        ],
        "by_subject": [
            {
                "offering_id": str(offering),
                "course": course.course,
                "subject": course.subject,
                "level": course.level,
                "audience": course.audience,
                **_node(offerings[offering], hide=offering in no_course),
            }
            for offering, course in frame.by_course()
        ],
        "notes": [note.said() for note in NOTES],
    }


_HEADER: Final = (
    *NODE_HEADER,
    "Được hỏi", "Đã trả lời", "Hài lòng", "Hài lòng (%)", "Đạt trên 75%",
    *(f"{title}: mức {level}" for title, _ in QUESTIONS.values() for level in range(1, 6)),
)  # fmt: skip


def table(document: Document) -> Table:
    """One row for the unit, one for each unit below, one for what is directly at it, one for each course."""
    rows = [(*cells, *_figures(node)) for cells, node in node_rows(document)]
    return Table(_HEADER, rows, [*asked_remarks(REPORT.title_vi, document), *(note.vi for note in NOTES)])


def _figures(node: Mapping[str, Any]) -> Iterable[Cell]:
    yield from (node["figures"][figure.name] for figure in FIGURES)
    rate = node["rates"]["satisfied"]
    yield rate["percent"] if rate else None
    yield {True: "có", False: "chưa", None: None}[node["reached"]]
    yield from _levels(node["questions"])


def _levels(questions: Iterable[Mapping[str, Any]]) -> list[Cell]:
    told = [level for question in questions for level in question["levels"]]
    return [*told] or [None] * (5 * len(QUESTIONS))


REPORT: Final = Report(
    name="satisfaction",
    title_vi="Mức độ hài lòng về khóa bồi dưỡng",
    title_en="Satisfaction with the course",
    figures=FIGURES,
    rates=RATES,
    notes=NOTES,
    compose=compose,
    table=table,
    reads=frozenset({"surveys"}),
)
