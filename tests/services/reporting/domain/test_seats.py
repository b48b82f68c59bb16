"""What a seat counts for, and how stored rows follow it."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from services.reporting.domain.differences import DayKey, Difference, Stored
from services.reporting.domain.seats import (
    COUNTED,
    Enrolled,
    Held,
    Movement,
    Seat,
    Studied,
    certified,
    from_grading,
    in_force,
    place_of,
    refused,
    vietnamese_day,
)
from services.reporting.domain.stages import Span, spans

START = datetime(2020, 8, 1, tzinfo=UTC)
KEY = (UUID(int=1), UUID(int=9))


def at(hours: int) -> datetime:
    return START + timedelta(hours=hours)


hours = st.integers(0, 200).map(at)
enrolments = st.builds(
    Enrolled,
    person_id=st.just(UUID(int=2)),
    class_id=st.just(UUID(int=3)),
    unit_path=st.sampled_from([(UUID(int=1), UUID(int=10)), (UUID(int=1), UUID(int=11))]),
    offering_id=st.sampled_from([UUID(int=4), UUID(int=5)]),
    course=st.just("C"),
    subject=st.just("S"),
    level=st.just("L"),
    audience=st.just("A"),
    kind=st.just("main"),
    enrolled_at=hours,
    withdrawn_at=st.none() | hours,
    with_account_at=st.none(),
)
courses = st.lists(hours, max_size=5, unique=True).map(sorted)


@st.composite
def results(draw: st.DrawFn) -> Studied:
    moves = []
    refusals = [(draw(st.sampled_from(("core_team:met", "core_team:refused"))), when) for when in draw(courses)]
    for figure in ("logged_in", "studying", "graded", "lms_met", "missing", "something_new"):
        for place, when in enumerate(draw(courses)):
            moves.append(Movement(figure, when, -1 if place % 2 else 1))
    return Studied(
        first_login_at=draw(st.none() | hours),
        status="studying",
        movements=from_grading(moves),
        refusals=refused(refusals),
    )


@st.composite
def certificates(draw: st.DrawFn) -> tuple[Held, ...]:
    count = draw(st.integers(0, 3))
    return tuple(
        Held(
            certificate_id=UUID(int=number),
            issued_at=draw(hours),
            state=draw(st.sampled_from(["valid", "replaced", "revoked"])),
            replaced_by=UUID(int=number + 1),
            ended_at=draw(hours),
        )
        for number in range(count)
    )


seats = st.builds(Seat, st.none() | enrolments, st.none() | results(), certificates())


@given(seats)
def test_every_figure_is_held_by_a_seat_once_or_not_at_all_and_never_after_its_withdrawal(seat: Seat) -> None:
    held: Counter[str] = Counter()
    moved = in_force(seat)
    assert len({(one.figure, one.at) for one in moved}) == len(moved)
    for one in moved:
        held[one.figure] += one.delta
        assert one.figure in COUNTED
        assert held[one.figure] in (0, 1)
    if seat.enrolled is None or seat.enrolled.withdrawn_at is not None:
        assert not any(held.values())


@given(seats)
def test_a_seat_stands_in_exactly_one_stage_from_its_enrolment_to_its_withdrawal(seat: Seat) -> None:
    stages = spans(seat)
    enrolled = seat.enrolled
    if enrolled is None or (enrolled.withdrawn_at is not None and enrolled.withdrawn_at <= enrolled.enrolled_at):
        assert stages == ()
        return
    assert (stages[0].since, stages[-1].until) == (enrolled.enrolled_at, enrolled.withdrawn_at)
    for before, after in pairwise(stages):
        assert before.until == after.since > before.since
        assert before.stage != after.stage


class Rows:
    """The stored rows, as the statements would leave them."""

    def __init__(self) -> None:
        self.seat = Seat()
        self.movements: dict[tuple[str, datetime], Movement] = {}
        self.days: Counter[tuple[DayKey, str]] = Counter()
        self.spans: dict[datetime, Span] = {}

    def take(self, after: Seat) -> None:
        difference = Difference()
        difference.add(KEY, self.seat, Stored(tuple(self.movements.values()), tuple(self.spans.values())), after)
        for _, span in difference.left:
            del self.spans[span.since]
        self.spans |= {span.since: span for _, span in difference.entered}
        for _, one in difference.gone:
            del self.movements[one.figure, one.at]
        for _, one in difference.put:
            self.movements[one.figure, one.at] = one
        for key, counts in difference.deltas():
            for figure, delta in counts.items():
                self.days[key, figure] += delta
        self.seat = after

    def state(self) -> tuple[object, ...]:
        return self.movements, self.spans, {key: delta for key, delta in self.days.items() if delta}


@settings(max_examples=150)
@given(st.lists(seats, min_size=1, max_size=5))
def test_rows_depend_on_the_last_state_alone_whatever_was_seen_before_and_however_often(states: list[Seat]) -> None:
    long, short = Rows(), Rows()
    for state in [*states, states[-1]]:
        long.take(state)
    short.take(states[-1])
    assert long.state() == short.state()


@given(seats)
def test_the_daily_deltas_add_up_to_the_movements(seat: Seat) -> None:
    rows = Rows()
    rows.take(seat)
    sums: Counter[tuple[date, str]] = Counter()
    for (key, figure), delta in rows.days.items():
        sums[key[3], figure] += delta
    expected: Counter[tuple[date, str]] = Counter()
    for one in in_force(seat):
        expected[vietnamese_day(one.at), one.figure] += one.delta
    assert {key: n for key, n in sums.items() if n} == {key: n for key, n in expected.items() if n}
    assert all(seat.enrolled and key[1] == place_of(seat.enrolled.unit_path) for key, _ in rows.days)


def held(number: int, issued: int, state: str, replaced_by: int | None = None, ended: int | None = None) -> Held:
    return Held(
        certificate_id=UUID(int=number),
        issued_at=at(issued),
        state=state,  # type: ignore[arg-type]  # literals of the tests below
        replaced_by=None if replaced_by is None else UUID(int=replaced_by),
        ended_at=None if ended is None else at(ended),
    )


def test_a_replaced_certificate_passes_on_without_a_gap() -> None:
    both = [held(1, 10, "replaced", 2, 20), held(2, 21, "valid")]
    assert certified(both) == [Movement("certified", at(10), 1)]
    assert certified(both[:1]) == [Movement("certified", at(10), 1)]
    assert certified([both[0], held(2, 21, "revoked", None, 30)]) == [
        Movement("certified", at(10), 1),
        Movement("certified", at(30), -1),
    ]


def test_one_revoked_and_another_issued_later_leave_a_gap() -> None:
    assert certified([held(2, 40, "valid"), held(1, 10, "revoked", None, 20)]) == [
        Movement("certified", at(10), 1),
        Movement("certified", at(20), -1),
        Movement("certified", at(40), 1),
    ]


def test_certificates_of_a_seat_keep_their_newest_state_in_the_order_of_their_ids() -> None:
    seat = Seat(certificates=(held(1, 10, "valid"), held(3, 12, "valid")))
    assert seat.with_certificate(held(2, 11, "valid")) == (
        held(1, 10, "valid"),
        held(2, 11, "valid"),
        held(3, 12, "valid"),
    )
    again = replace(seat, certificates=seat.with_certificate(held(3, 12, "revoked", None, 13)))
    assert again.certificates[1].state == "revoked"


def test_the_day_is_the_vietnamese_one() -> None:
    assert vietnamese_day(datetime(2020, 8, 1, 16, 59, 59, tzinfo=UTC)) == date(2020, 8, 1)
    assert vietnamese_day(datetime(2020, 8, 1, 17, tzinfo=UTC)) == date(2020, 8, 2)
