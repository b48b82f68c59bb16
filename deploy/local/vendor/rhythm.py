"""When learners study and graders mark: evenings and noons, and a pile-up before the course closes.

Instants are whole milliseconds since 1970-01-01 UTC; days are those of Asia/Ho_Chi_Minh, which has been UTC+7
without summer time since 1975.
"""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from deploy.local.sample.plan import COURSE_CLOSES_ON, COURSE_OPENS_ON, LAST_MARK_ON
from shared.clock import VIETNAM

MINUTE: Final = 60_000
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_COURSE_DAYS: Final = (COURSE_CLOSES_ON - COURSE_OPENS_ON).days
# Accounts are made in the first days; nobody logs in before.
_FIRST_DAY: Final = 4


def midnight(day: date) -> int:
    """The instant at which the day begins in Vietnam."""
    return (datetime.combine(day, time(), tzinfo=VIETNAM) - _EPOCH) // timedelta(milliseconds=1)


def local_time(instant: int) -> datetime:
    """The instant as Vietnam's wall clock, offset +07:00."""
    return (_EPOCH + timedelta(milliseconds=instant)).astimezone(VIETNAM)


_OPENS: Final = midnight(COURSE_OPENS_ON)
_LAST_MARK: Final = midnight(LAST_MARK_ON) + 20 * HOUR


def account_made(rng: random.Random) -> int:
    """In office hours of the course's first four days."""
    return _OPENS + rng.randrange(_FIRST_DAY) * DAY + 8 * HOUR + rng.randrange(8 * HOUR)


def _start_of_sitting(rng: random.Random) -> int:
    """Milliseconds after midnight: two of three sittings are in the evening."""
    chance = rng.random()
    if chance < 0.67:
        return 19 * HOUR + rng.randrange(90 * MINUTE)
    if chance < 0.82:
        return 11 * HOUR + 30 * MINUTE + rng.randrange(45 * MINUTE)
    return 7 * HOUR + 30 * MINUTE + rng.randrange(120 * MINUTE)


def study_days(rng: random.Random) -> list[int]:
    """The days (counted from the course's first) on which one learner studies: five to nine, ascending."""
    chance = rng.random()
    if chance < 0.25:
        last = rng.randint(22, 60)
    elif chance < 0.5:
        last = rng.randint(61, 105)
    else:
        last = max(60, _COURSE_DAYS - int(rng.expovariate(0.25)))
    first = int(rng.triangular(_FIRST_DAY, last - 10, _FIRST_DAY))
    between = rng.sample(range(first + 1, last), rng.randint(3, 7))
    return [first, *sorted(between), last]


def sittings(rng: random.Random, steps: int) -> list[tuple[int, int]]:
    """An instant for each of a learner's `steps` in their order, with the number of the sitting it falls in."""
    days = study_days(rng)
    instants: list[tuple[int, int]] = []
    sitting, at = -1, 0
    for step in range(steps):
        number = step * len(days) // steps
        if number != sitting:
            sitting = number
            at = _OPENS + days[number] * DAY + _start_of_sitting(rng)
        else:
            at += rng.randrange(2 * MINUTE, 12 * MINUTE)
        instants.append((at, sitting))
    return instants


def after_the_close(rng: random.Random) -> int:
    """An evening between the close of the course and two days before the last mark."""
    days = (LAST_MARK_ON - COURSE_CLOSES_ON).days - 2
    return midnight(COURSE_CLOSES_ON) + rng.randint(1, days) * DAY + 19 * HOUR + rng.randrange(3 * HOUR)


def marked(rng: random.Random, handed_in: int) -> int:
    """When a paper is marked: one to five days later in a grader's hours, never after the last day of marking."""
    days = (handed_in - _OPENS) // DAY + rng.randint(1, 5)
    hours = 8 * HOUR + rng.randrange(3 * HOUR) if rng.random() < 0.4 else 14 * HOUR + rng.randrange(8 * HOUR)
    return min(_OPENS + days * DAY + hours, _LAST_MARK - rng.randrange(4 * HOUR))
