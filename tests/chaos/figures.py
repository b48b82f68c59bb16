"""For each service, which enrolments it counts in which figure of the progress report, read by plain SQL.

Each is asked of that service's own tables: roster's rows, grading's verdicts, lists and results, the register,
reporting's movements. Where two services can tell a figure, they must name the same enrolments.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_OF_ROSTER = """
    SELECT 'enrolments', enrolment_id::text FROM enrolment WHERE withdrawn_at IS NULL
    UNION ALL SELECT 'logged_in', enrolment_id::text FROM enrolment WHERE first_login_at IS NOT NULL
"""
_OF_GRADING = """
    WITH told AS (
        SELECT enrolment_id::text AS one, status, certificate, convert_from(result, 'UTF8')::jsonb AS result
        FROM enrolment WHERE state IS NOT NULL
    ), standing AS (
        SELECT DISTINCT ON (enrolment_id, gate) enrolment_id::text AS one, gate, met
        FROM verdict ORDER BY enrolment_id, gate, at DESC, ordinal DESC
    )
    SELECT 'enrolments', one FROM told WHERE status IS DISTINCT FROM 'withdrawn'
    UNION ALL SELECT 'logged_in', one FROM told WHERE result ->> 'first_login_at' IS NOT NULL
    UNION ALL SELECT 'lms_met', one FROM told WHERE result #>> '{gates,lms,state}' = 'met'
    UNION ALL SELECT gate || '_met', one FROM standing WHERE met
    UNION ALL
        SELECT 'approved', r.enrolment_id::text
        FROM recognition_row r JOIN recognition_list l ON l.id = r.list_id AND l.approved_at IS NOT NULL
        WHERE NOT EXISTS (
            SELECT FROM pass_withdrawal w WHERE w.enrolment_id = r.enrolment_id AND w.list_id = r.list_id
        )
    UNION ALL
        SELECT DISTINCT 'certified', one FROM told, jsonb_array_elements(certificate) paper
        WHERE paper ->> 'state' = 'valid'
    UNION ALL
        SELECT moved ->> 'figure', one FROM told, jsonb_array_elements(result -> 'movements') moved
        WHERE moved ->> 'figure' IN ('studying', 'submitted', 'graded', 'missing')
        GROUP BY 1, 2 HAVING sum((moved ->> 'delta')::int) > 0
"""
_OF_CERTIFICATES = """
    SELECT 'approved', enrolment_id::text FROM candidate WHERE state IN ('waiting', 'unprintable', 'issued')
    UNION ALL SELECT DISTINCT 'certified', enrolment_id::text FROM certificate WHERE state = 'valid'
"""
_OF_REPORTING = """
    SELECT figure, seat_id::text FROM movement GROUP BY figure, seat_id HAVING sum(delta) > 0
    UNION ALL SELECT 'logged_in', seat_id::text FROM seat WHERE first_login_at IS NOT NULL
"""
_ASKED = {
    "roster": _OF_ROSTER,
    "grading": _OF_GRADING,
    "certificates": _OF_CERTIFICATES,
    "reporting": _OF_REPORTING,
}
_HEADS = """
    SELECT count(DISTINCT coalesce(p.merged_into, e.person_id)) AS persons, count(DISTINCT e.class_id) AS classes
    FROM enrolment e LEFT JOIN person p USING (province_id, person_id) WHERE e.withdrawn_at IS NULL
"""
COUNTED = (
    "enrolments",
    "studying",
    "submitted",
    "graded",
    "lms_met",
    "core_team_met",
    "institution_met",
    "approved",
    "certified",
    "missing",
)
"""The report's figures that count enrolments (contracts, section 4)."""
_SUMS = ", ".join(f"coalesce(sum({figure}), 0) AS {figure}" for figure in COUNTED)


@dataclass
class Figures:
    """What the services count, and what they answer."""

    of: dict[str, dict[str, set[str]]] = field(default_factory=dict)
    """By service and figure, the enrolments that it counts."""
    heads: dict[str, int] = field(default_factory=dict)
    """`persons` and `classes` of the enrolments that roster holds."""
    sums: dict[str, dict[str, int]] = field(default_factory=dict)
    """Reporting's two tables of sums (`standing`, `daily_delta`), by figure."""
    answered: dict[str, int] = field(default_factory=dict)
    """The figures of `GET /api/v1/reports/progress`, as the province's officer is answered; the harness's to fill."""


async def read(open_: Mapping[str, Any]) -> Figures:
    """By the owners' connections. Raises asyncpg's errors."""
    figures = Figures()
    for service, question in _ASKED.items():
        counted = figures.of.setdefault(service, {})
        for figure, one in await open_[service].fetch(question):
            counted.setdefault(figure, set()).add(one)
    figures.heads = dict(await open_["roster"].fetchrow(_HEADS))
    for table in ("standing", "daily_delta"):
        figures.sums[table] = dict(await open_["reporting"].fetchrow(f"SELECT {_SUMS} FROM {table}"))
    return figures
