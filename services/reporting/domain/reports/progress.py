"""`progress`: from the roster to the certificate, for one unit, the units below it, and each course."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final
from uuid import UUID

from services.reporting.domain.reports.frame import (
    NOTHING,
    Asked,
    Cell,
    Document,
    Figure,
    Frame,
    Heads,
    Note,
    Rate,
    Report,
    Sums,
    Table,
    head,
)
from services.reporting.domain.reports.printed import NODE_HEADER, asked_remarks, codes, node_rows
from services.reporting.domain.reports.rates import ranks, rate_of
from services.reporting.domain.seats import COUNTED

FIGURES: Final = (
    Figure("persons", "persons", "Số người, mỗi người tính một lần trong mỗi đơn vị", "People, once in each unit"),
    Figure("enrolments", "enrolments", "Lượt đăng ký học, không kể đã rút", "Enrolments that are not withdrawn"),
    Figure("classes", "classes", "Số lớp có học viên", "Distinct classes with learners"),
    Figure("with_account", "persons", "Số người đã có tài khoản học tập", "People who have an account"),
    Figure("logged_in", "persons", "Số người đã vào hệ thống học tập", "People who have been on the platform"),
    Figure("studying", "enrolments", "Đã có hoạt động học tập", "Any learning evidence"),
    Figure("submitted", "enrolments", "Đã nộp bài cuối khóa", "Final handed in"),
    Figure("graded", "enrolments", "Đã có điểm tổng kết", "Total closed"),
    Figure("lms_met", "enrolments", "Đạt trên hệ thống học tập", "LMS gate met"),
    Figure("core_team_met", "enrolments", "Đội ngũ cốt cán xác nhận đạt", "Core team's gate met"),
    Figure("institution_met", "enrolments", "Cơ sở bồi dưỡng xác nhận đạt", "Institution's gate met"),
    Figure("approved", "enrolments", "Có trong danh sách công nhận", "On an approved list"),
    Figure("certified", "enrolments", "Đang có chứng chỉ, chứng nhận còn hiệu lực", "Holding a valid certificate"),
    Figure("missing", "enrolments", "Học viên còn thiếu nội dung phải làm", "The learner still owes something"),
)
RATES: Final = (
    Rate("logged_in", "logged_in", "persons", "Người đã vào hệ thống / số người", "People logged in / people"),
    Rate("lms_met", "lms_met", "enrolments", "Lượt đạt trên hệ thống / lượt đăng ký", "LMS gate met / enrolments"),
    Rate("certified", "certified", "enrolments", "Lượt có chứng chỉ / lượt đăng ký", "Certified / enrolments"),
)
RANKED: Final = ("logged_in", "certified")
DISTINCT: Final = ("persons", "classes", "with_account", "logged_in")
NOTES: Final = (
    Note(
        DISTINCT,
        "Đếm không trùng trong từng đơn vị, nên có thể nhỏ hơn tổng của các đơn vị trực thuộc.",
        "Counted once in each unit, so they may be less than the sum of the units below.",
    ),
    Note(
        tuple(figure.name for figure in FIGURES if figure.counts == "enrolments"),
        "Bằng tổng của các đơn vị trực thuộc (children) và phần thuộc trực tiếp đơn vị (direct).",
        "Equal to the sum of the units below (children) and of what sits directly at the unit (direct).",
    ),
    Note(
        RANKED,
        "Xếp hạng theo tỷ lệ trong các đơn vị cùng loại, cùng đơn vị cấp trên; bằng nhau thì cùng hạng.",
        "Ranked by rate among units of the same kind under the same unit; equals share a place.",
    ),
)
_KINDS: Final = {figure.name: figure.counts for figure in FIGURES}


def numbers_of(sums: Sums, heads: Heads) -> dict[str, int]:
    """Every figure by its name."""
    every = dict(zip(COUNTED, sums, strict=True)) | {name: getattr(heads, name) for name in DISTINCT}
    return {name: every[name] for name in _KINDS}


def _rates(numbers: Mapping[str, int]) -> Document:
    return {rate.name: rate_of(rate, _KINDS[rate.denominator], numbers) for rate in RATES}


def _ranks(rows: Mapping[UUID, Mapping[str, int]]) -> dict[UUID, dict[str, int | None]]:
    places = {
        rate.name: ranks({unit: (row[rate.numerator], row[rate.denominator]) for unit, row in rows.items()})
        for rate in RATES
        if rate.name in RANKED
    }
    return {unit: {name: places[name].get(unit) for name in RANKED} | {"of": len(rows)} for unit in rows}


def _whole(frame: Frame) -> dict[str, int]:
    return numbers_of(frame.whole, frame.total)


def _row(frame: Frame, unit: UUID) -> dict[str, int]:
    return numbers_of(frame.unit_sums.get(unit, NOTHING), frame.unit_heads.get(unit, Heads()))


def compose(asked: Asked) -> Document:
    """The report in the shape that contracts section 4 fixes, with `above` (the way down to the unit) and `direct`
    (what sits at the unit itself)."""
    tree, frame = asked.tree, asked.frame
    counted = set(frame.unit_sums) | set(frame.unit_heads)
    below = sorted((set(tree.children(asked.unit)) | counted) - {asked.unit}, key=tree.order)
    rows = {unit: _row(frame, unit) for unit in below}
    of_kind: dict[str | None, list[UUID]] = {}
    for unit in below:
        named = tree.named(unit)
        of_kind.setdefault(named.kind if named else None, []).append(unit)
    places = {u: r for group in of_kind.values() for u, r in _ranks({unit: rows[unit] for unit in group}).items()}
    numbers = _whole(frame)
    return {
        "report": REPORT.name,
        "as_of": asked.as_of,
        "structure": asked.structure,
        "unit": head(tree, asked.unit),
        "above": [head(tree, unit) for unit in tree.path(asked.unit) if unit != asked.unit],
        "figures": numbers,
        "rates": _rates(numbers),
        "rank": _own_rank(asked),
        "direct": {"figures": _row(frame, asked.unit)},
        "children": [
            {
                "unit": head(tree, unit),
                "figures": rows[unit],
                "rates": _rates(rows[unit]),
                "rank": places[unit],
            }
            for unit in below
        ],
        "by_subject": list(_subjects(frame)),
        "notes": [note.said() for note in NOTES],
    }


def _own_rank(asked: Asked) -> dict[str, int | None]:
    if asked.above is None:  # alone: there is nothing to be ranked among
        return {"of": 1}
    return _ranks({unit: _row(asked.above, unit) for unit in asked.tree.siblings(asked.unit)})[asked.unit]


def _subjects(frame: Frame) -> Iterable[Document]:
    for offering, course in frame.by_course():
        numbers = numbers_of(frame.offering_sums.get(offering, NOTHING), frame.offering_heads.get(offering, Heads()))
        yield {
            "offering_id": str(offering),
            "course": course.course,
            "subject": course.subject,
            "level": course.level,
            "audience": course.audience,
            "figures": numbers,
            "rates": _rates(numbers),
        }


_SHARES: Final = {"logged_in": "Đã đăng nhập", "lms_met": "Đạt trên hệ thống", "certified": "Có chứng nhận"}
"""What the columns of each rate and rank are called."""
_HEADER: Final = (
    *NODE_HEADER,
    *(figure.vi for figure in FIGURES),
    *(f"{_SHARES[rate.name]} {part}" for rate in RATES for part in ("(tử số)", "(mẫu số)", "(%)")),
    *(f"Hạng: {_SHARES[name]}" for name in RANKED),
    "Trong số",
)


def table(document: Document) -> Table:
    """One row for the unit, one for each unit below, one for what is directly at it, one for each course."""
    titles = {figure.name: figure.vi for figure in FIGURES}
    remarks = [
        *asked_remarks(REPORT.title_vi, document),
        *(f"{'; '.join(titles[name] for name in note['figures'])}: {note['vi']}" for note in document["notes"]),
        *(f"{_SHARES[rate.name]} (%): {rate.vi}" for rate in RATES),
        codes(FIGURES),
    ]
    return Table(_HEADER, [(*cells, *_figures(node)) for cells, node in node_rows(document)], remarks)


def _figures(node: Mapping[str, Any]) -> Iterable[Cell]:
    yield from (node["figures"][name] for name in _KINDS)
    for rate in RATES:
        shown = node.get("rates", {}).get(rate.name, {})
        yield from (shown.get("numerator"), shown.get("denominator"), shown.get("percent"))
    yield from (node.get("rank", {}).get(name) for name in (*RANKED, "of"))


REPORT: Final = Report(
    name="progress",
    title_vi="Tiến độ bồi dưỡng thường xuyên",
    title_en="Progress of continuous training",
    figures=FIGURES,
    rates=RATES,
    notes=NOTES,
    compose=compose,
    table=table,
    reads=frozenset({"above"}),
)
