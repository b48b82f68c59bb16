"""What a course in play tells of itself."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from deploy.local.play import LEARNERS_SHOWN, Progress, shown_learners
from deploy.local.sample import province as sample
from deploy.local.sample import staff as sample_staff
from deploy.local.sample.proportions import Story


def rounds(progress: Callable[[int, int], None]) -> None:
    """Three rounds as the vendor's client tells them: each counts from the first day on."""
    for until in (40, 80, 100):
        for done in range(until + 1):
            progress(done, 100)


def test_the_percentage_never_falls_though_each_round_begins_at_the_first_day() -> None:
    lines: list[str] = []
    rounds(Progress(lines.append))
    shown = [int(line.split()[1]) for line in lines]
    assert shown == list(range(0, 101, 5))


def test_the_bar_never_falls_and_ends_its_line_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    rounds(Progress(lambda line: None))
    out = capsys.readouterr().out
    shown = [int(part.split("%")[0].split()[-1]) for part in out.split("\r") if "%" in part]
    assert shown == list(range(101))
    assert out.count("\n") == 1


def test_a_course_without_events_is_played() -> None:
    lines: list[str] = []
    Progress(lines.append)(0, 0)
    assert lines == ["played 100 % (0 of 0 events)"]


def test_somebody_of_each_story_can_be_looked_in_as() -> None:
    province = sample.build(people=600)
    staff = {one.account for one in sample_staff.staff(province)}
    shown = shown_learners(province, staff)
    accounts = [one.account for one in shown]
    assert None not in accounts
    assert not staff.intersection(accounts)
    assert len(set(accounts)) == len(accounts) >= LEARNERS_SHOWN
    numbers = {one.number for one in shown}
    stories = {one.story for one in province.enrolments if one.person.number in numbers}
    wanted = {one.story for one in province.enrolments if one.person.account not in {None, *staff}}
    assert stories == wanted
    assert len(wanted) == len(Story) - 1, "all but who has no account"
    assert len(shown_learners(sample.build(people=60), staff)) == LEARNERS_SHOWN
