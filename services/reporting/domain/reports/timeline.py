"""`timeline`: the figures of `progress` at the end of each Vietnamese day, for one unit."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Final

from services.reporting.domain.reports.frame import Asked, Document, Note, Report, Table, head
from services.reporting.domain.reports.printed import asked_remarks, codes, printed_day
from services.reporting.domain.reports.progress import FIGURES, numbers_of

NAMES: Final = tuple(figure.name for figure in FIGURES)
NOTES: Final = (
    Note(
        NAMES,
        "Số liệu tính đến hết mỗi ngày (giờ Việt Nam); ngày cuối tính đến thời điểm của báo cáo.",
        "As at the end of each day (Vietnamese time); the last day as of the report's own instant.",
    ),
)


def compose(asked: Asked) -> Document:
    """A row for each day, whether anything moved on it or not; none where nobody was ever enrolled.

    The last day's figures are the frame's own, so they equal what `progress` says as of the same instant.
    """
    rows: list[Document] = []
    days = asked.days
    if days is not None:
        held: Counter[str] = Counter()
        for day in sorted(day for day in days.moved if day < days.first):
            held.update(days.moved[day])
        day = days.first
        while day < days.last:
            held.update(days.moved.get(day, {}))
            rows.append({"day": day, "figures": {name: held[name] for name in NAMES}})
            day += timedelta(days=1)
        last = numbers_of(asked.frame.whole, asked.frame.total)
        rows.append({"day": days.last, "figures": {name: last[name] for name in NAMES}})
    return {
        "report": REPORT.name,
        "as_of": asked.as_of,
        "structure": asked.structure,
        "unit": head(asked.tree, asked.unit),
        "from": days.first if days else None,
        "to": days.last if days else None,
        "days": rows,
        "notes": [note.said() for note in NOTES],
    }


_HEADER: Final = ("Ngày", *(figure.vi for figure in FIGURES))


def table(document: Document) -> Table:
    """One row a day."""
    rows = [(printed_day(row["day"]), *(row["figures"][name] for name in NAMES)) for row in document["days"]]
    remarks = [*asked_remarks(REPORT.title_vi, document), *(note.vi for note in NOTES), codes(FIGURES)]
    return Table(_HEADER, rows, remarks)


REPORT: Final = Report(
    name="timeline",
    title_vi="Tiến độ bồi dưỡng thường xuyên theo ngày",
    title_en="Progress of continuous training by day",
    figures=FIGURES,
    rates=(),
    notes=NOTES,
    compose=compose,
    table=table,
    reads=frozenset({"days"}),
)
