"""`coverage`: every enrolment in the one stage it stands in, and who must act, for the unit, the units below, each
course."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final
from uuid import UUID

from services.reporting.domain.reports.frame import (
    Asked,
    Document,
    Figure,
    Note,
    Report,
    Standing,
    Table,
    head,
)
from services.reporting.domain.reports.printed import NODE_HEADER, asked_remarks, codes, node_rows
from services.reporting.domain.stages import BY_NAME, OWNERS, STAGES

FIGURES: Final = (
    Figure("enrolments", "enrolments", "Lượt đăng ký học, không kể đã rút", "Enrolments that are not withdrawn"),
    *(Figure(stage.name, "enrolments", stage.vi, stage.en) for stage in STAGES),
)
NOTES: Final = (
    Note(
        tuple(stage.name for stage in STAGES),
        "Mỗi lượt đăng ký học ở đúng một trạng thái; cộng lại bằng số lượt đăng ký (enrolments).",
        "Every enrolment is in exactly one of them; together they are the enrolments.",
    ),
)


def _figures(numbers: Mapping[str, int]) -> dict[str, int]:
    return {"enrolments": sum(numbers.values())} | {stage.name: numbers.get(stage.name, 0) for stage in STAGES}


def _owners(numbers: Mapping[str, int]) -> dict[str, int]:
    """How many wait for whom, by the role that answers for it."""
    owed: Counter[str] = Counter(dict.fromkeys(OWNERS.values(), 0))
    for name, number in numbers.items():
        owner = BY_NAME[name].owner
        if owner is not None:
            owed[owner] += number
    return dict(owed)


def _node(numbers: Mapping[str, int]) -> Document:
    return {"figures": _figures(numbers), "owners": _owners(numbers)}


def compose(asked: Asked) -> Document:
    """Counts by stage with who holds it; every total equals the sum of its parts (REP-2)."""
    tree = asked.tree
    whole: Counter[str] = Counter()
    units: dict[UUID, Counter[str]] = {}
    offerings: dict[UUID, Counter[str]] = {}
    for one in asked.standings:
        _add(one, whole, units, offerings)
    below = sorted((set(tree.children(asked.unit)) | set(units)) - {asked.unit}, key=tree.order)
    return {
        "report": REPORT.name,
        "as_of": asked.as_of,
        "structure": asked.structure,
        "unit": head(tree, asked.unit),
        "above": [head(tree, unit) for unit in tree.path(asked.unit) if unit != asked.unit],
        "stages": [
            {"name": one.name, "holder": one.holder, "owner": one.owner, "title": {"vi": one.vi, "en": one.en}}
            for one in STAGES
        ],
        **_node(whole),
        "direct": _node(units.get(asked.unit, Counter())),
        "children": [{"unit": head(tree, unit), **_node(units.get(unit, Counter()))} for unit in below],
        "by_subject": list(_subjects(asked, offerings)),
        "notes": [note.said() for note in NOTES],
    }


def _add(
    one: Standing, whole: Counter[str], units: dict[UUID, Counter[str]], offerings: dict[UUID, Counter[str]]
) -> None:
    whole[one.stage] += one.number
    units.setdefault(one.unit, Counter())[one.stage] += one.number
    offerings.setdefault(one.offering, Counter())[one.stage] += one.number


def _subjects(asked: Asked, offerings: Mapping[UUID, Mapping[str, int]]) -> Iterable[Document]:
    for offering, course in asked.frame.by_course():
        yield {
            "offering_id": str(offering),
            "course": course.course,
            "subject": course.subject,
            "level": course.level,
            "audience": course.audience,
            **_node(offerings.get(offering, {})),
        }


_OWED: Final = tuple(dict.fromkeys(OWNERS.values()))
_ROLES: Final = {
    "vendor": "nhà cung cấp",
    "school_head": "người học, hiệu trưởng",
    "core_teacher": "cốt cán",
    "institution_lecturer": "cơ sở bồi dưỡng",
    "province_officer": "Sở",
}
_HEADER: Final = (*NODE_HEADER, *(figure.vi for figure in FIGURES), *(f"Đang chờ {_ROLES[owner]}" for owner in _OWED))


def table(document: Document) -> Table:
    """One row for the unit, one for each unit below, one for what is directly at it, one for each course."""
    rows = [
        (
            *cells,
            *(node["figures"][figure.name] for figure in FIGURES),
            *(node["owners"][owner] for owner in _OWED),
        )
        for cells, node in node_rows(document)
    ]
    remarks = [*asked_remarks(REPORT.title_vi, document), *(note.vi for note in NOTES), codes(FIGURES)]
    return Table(_HEADER, rows, remarks)


REPORT: Final = Report(
    name="coverage",
    title_vi="Lượt học viên theo trạng thái và người phải xử lý",
    title_en="Enrolments by the stage they stand in and who must act",
    figures=FIGURES,
    rates=(),
    notes=NOTES,
    compose=compose,
    table=table,
    reads=frozenset({"standings"}),
)
