"""I5: the four services' totals agree, enrolment by enrolment and as sums."""

from __future__ import annotations

from collections.abc import Mapping

from tests.chaos.figures import COUNTED, Figures

TOLD_BY: Mapping[str, tuple[str, ...]] = {
    "enrolments": ("roster", "grading", "reporting"),
    "logged_in": ("grading", "roster", "reporting"),
    "studying": ("grading", "reporting"),
    "submitted": ("grading", "reporting"),
    "graded": ("grading", "reporting"),
    "lms_met": ("grading", "reporting"),
    "core_team_met": ("grading", "reporting"),
    "institution_met": ("grading", "reporting"),
    "approved": ("grading", "certificates", "reporting"),
    "certified": ("certificates", "grading", "reporting"),
    "missing": ("grading", "reporting"),
}
"""Who can tell which figure; the first one owns the fact."""


def totals_agree(figures: Figures) -> list[str]:
    """Each figure names the same enrolments in every service; the sums are those of the rows; the report answers them.

    A withdrawn enrolment is in no figure, whatever a service still knows of it.
    """
    active = figures.of.get("roster", {}).get("enrolments", set())
    found: list[str] = []
    for figure, (owner, *others) in TOLD_BY.items():
        right = figures.of.get(owner, {}).get(figure, set()) & active
        for service in others:
            theirs = figures.of.get(service, {}).get(figure, set())
            if figure != "enrolments":
                theirs = theirs & active
            found += [
                f"{figure} of enrolment {one}: {owner} says {one in right}, {service} says {one in theirs}"
                for one in sorted(right ^ theirs)
            ]
    for figure in COUNTED:
        owner = TOLD_BY[figure][0]
        count = len(figures.of.get(owner, {}).get(figure, set()) & active)
        found += [
            f"{figure}: {owner} counts {count}, reporting's {table} {sums.get(figure)}"
            for table, sums in figures.sums.items()
            if sums.get(figure) != count
        ]
        found += _answered(figures, figure, owner, count)
    for figure, count in figures.heads.items():
        found += _answered(figures, figure, "roster", count)
    return found


def _answered(figures: Figures, figure: str, owner: str, count: int) -> list[str]:
    answer = figures.answered.get(figure)
    return [] if answer == count else [f"{figure}: {owner} counts {count}, the report answers {answer}"]
