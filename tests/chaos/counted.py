"""The world's learner in the tables that the figures of the progress report are read from: she counts in every one."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable

from tests.chaos.figures import COUNTED

_RESULT = {
    "first_login_at": "2020-11-01T00:00:00Z",
    "gates": {"lms": {"state": "met"}},
    "movements": [
        {"figure": figure, "delta": delta}
        for figure in ("studying", "submitted", "graded", "missing")
        for delta in ((1, -1, 1) if figure == "missing" else (1,))
    ],
}
_CERTIFICATES = [{"state": "replaced"}, {"state": "valid"}]
_ROWS = {
    "roster": (
        """
        INSERT INTO enrolment
            (province_id, enrolment_id, person_id, offering_id, class_id, unit_id, unit_name, unit_path, position, kind,
             windows, enrolled_at, first_login_at, steps)
        VALUES ($1, $2, $2, $2, $2, $2, 'u', '{}', 'p', 'main', '[]', now(), now(), '[]')
        """,
    ),
    "grading": (
        f"""
        INSERT INTO enrolment (province_id, enrolment_id, state, status, result, certificate)
        VALUES ($1, $2, '{{}}', 'recognised', '{json.dumps(_RESULT)}', '{json.dumps(_CERTIFICATES)}')
        """,
        """
        INSERT INTO verdict (province_id, id, enrolment_id, gate, met, by_account, by_person, at, recorded_at)
        VALUES ($1, gen_random_uuid(), $2, 'institution', true, 'i', gen_random_uuid(), now(), now())
        """,
    ),
    "certificates": ("INSERT INTO candidate (province_id, enrolment_id, state) VALUES ($1, $2, 'issued')",),
    "reporting": (
        "INSERT INTO seat (province_id, seat_id, first_login_at) VALUES ($1, $2, now())",
        *(
            "INSERT INTO movement (province_id, seat_id, figure, at, delta) "
            f"VALUES ($1, $2, '{figure}', now() - interval '{ago} days', {delta})"
            for figure in COUNTED
            for ago, delta in (((3, 1), (2, -1), (1, 1)) if figure == "missing" else ((1, 1),))
        ),
        f"INSERT INTO standing VALUES ($1, $2, $2, {', '.join('1' for _ in COUNTED)})",
        f"INSERT INTO daily_delta VALUES ($1, $2, $2, '2020-11-01', {', '.join('1' for _ in COUNTED)})",
    ),
}

ANSWERED = dict.fromkeys((*COUNTED, "persons", "classes"), 1)


async def furnish(sql: Callable[..., Awaitable[None]], province: str, learner: str) -> None:
    """Writes the rows, by a function of (service, statement, values)."""
    for service, statements in _ROWS.items():
        for statement in statements:
            await sql(service, statement, province, learner)
