"""Marks of one learner, in hundredths of a point on 100: whole numbers, so that an engineered total is exact.

The total meant is the managers' scheme of 2020 with reading A (Long An's plan, II.2c): 10 % diligence, 30 % mean of
the quiz and the essays' mean, 60 % final.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from deploy.local.sample.plan import Composition

WHOLE: Final = 10_000
FIFTY: Final = Fraction(50)
# Shown with two places it is 50.00, and yet it is over 50.
BARELY_OVER_FIFTY: Final = FIFTY + Fraction(1, 400)


@dataclass(frozen=True, slots=True)
class Marks:
    """`correct` answers in the quiz; an essay's mark each and the final's in hundredths, 0 to 10,000."""

    correct: int
    essays: tuple[int, ...]
    final: int


def good(composition: Composition, rng: random.Random) -> Marks:
    """Passes with full diligence, even where one essay counts 0 or some materials are left out."""
    questions = composition.questions
    correct = min(questions, max(questions * 11 // 20, round(rng.gauss(questions * 0.82, questions * 0.1))))
    return Marks(correct, tuple(_mark(rng, 60, 96) for _ in composition.essays), _mark(rng, 58, 97))


def poor(composition: Composition, rng: random.Random) -> Marks:
    """Fails with full diligence: at most 10 + 0.3 x 45 + 0.6 x 40 = 47.5."""
    correct = rng.randint(composition.questions // 5, composition.questions // 2)
    return Marks(correct, tuple(_mark(rng, 10, 40) for _ in composition.essays), _mark(rng, 12, 40))


def _mark(rng: random.Random, low: int, high: int) -> int:
    """Whole points mostly, some halves, a few quarters."""
    chance = rng.random()
    step = 100 if chance < 0.7 else 50 if chance < 0.95 else 25
    return rng.randrange(low * 100, high * 100 + 1, step)


def total(marks: Marks, composition: Composition, diligence: Fraction = Fraction(100)) -> Fraction:
    """The course's exact total on 100."""
    quiz = Fraction(100 * marks.correct, composition.questions)
    essays = Fraction(sum(marks.essays), 100 * len(composition.essays))
    return diligence / 10 + (quiz + essays) / 2 * 3 / 10 + Fraction(marks.final, 100) * 6 / 10


def landing_on(target: Fraction, composition: Composition, rng: random.Random) -> Marks:
    """Marks whose total with full diligence is exactly `target`.

    Raises ValueError where no draw of quiz and final leaves the essays marks of whole hundredths in range.
    """
    essays = len(composition.essays)
    for _ in range(10_000):
        correct = rng.randint(composition.questions // 3, composition.questions * 9 // 10)
        final = rng.randrange(2800, 4800, 25)
        without = total(Marks(correct, (0,) * essays, final), composition)
        # The essays' mean counts 15 % of the total.
        needed = (target - without) * 100 * essays * 100 / 15
        if needed.denominator == 1 and 0 <= needed <= WHOLE * essays:
            return Marks(correct, _split(int(needed), essays, rng), final)
    raise ValueError(f"no marks give a total of exactly {target}")


def _split(whole: int, parts: int, rng: random.Random) -> tuple[int, ...]:
    """`whole` in `parts` between 0 and 10,000, not far from one another."""
    split: list[int] = []
    for left in range(parts, 1, -1):
        mean = whole // left
        leeway = min(mean, WHOLE - mean - 1, 900)
        part = mean + (rng.randrange(-leeway, leeway + 1) if leeway > 0 else 0)
        split.append(part)
        whole -= part
    return (*split, whole)


def score_text(hundredths: int, scale: int) -> str:
    """The mark as the vendor writes it on a scale of 100 or 10: a decimal, no needless zeros."""
    places = 2 if scale == 100 else 3
    whole, rest = divmod(hundredths, 10**places)
    decimals = f"{rest:0{places}d}".rstrip("0")
    return f"{whole}.{decimals}" if decimals else str(whole)
