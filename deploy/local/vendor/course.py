"""One learner's way through one course, step by step, with her story and quirks."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from deploy.local.sample.people import Enrolment
from deploy.local.sample.plan import LATE_EVIDENCE_ON, Composition
from deploy.local.sample.proportions import Quirk, Story
from deploy.local.sample.staff import core_teacher_account
from deploy.local.vendor import rhythm, scores
from deploy.local.vendor.scores import Marks, score_text

_PROFILE_FIELDS: Final = ("name", "birth_date", "school", "position", "phone")


@dataclass(frozen=True, slots=True)
class Told:
    """An event before it has an id; instants in milliseconds since 1970 UTC."""

    at: int
    arrives: int
    type: str
    account: str
    data: dict[str, object]


@dataclass(frozen=True, slots=True)
class _Step:
    """Something a learner does. `mark` (hundredths on 100) is given to it some days later, where it is a paper."""

    type: str
    data: dict[str, object] = field(default_factory=dict)
    mark: int | None = None
    late: bool = False


def tell(enrolment: Enrolment, seed: int) -> list[Told]:
    """All that the vendor says of this learner in this course, by timestamp."""
    person = enrolment.person
    if enrolment.story is Story.NO_ACCOUNT or person.account is None:
        return []
    rng = random.Random(f"{seed}:{enrolment.course.code}:{person.account}")
    told = [_at(rhythm.account_made(rng), "account.created", person.account)]
    if enrolment.story is Story.NEVER_LOGS_IN:
        return told
    if person.other_account is not None:
        told.append(_at(rhythm.account_made(rng), "account.created", person.other_account))
    steps = list(_steps(enrolment, rng))
    marker = _Marker(enrolment, rng)
    # Who holds two accounts changes between them from one sitting to the next, never within one.
    seats: dict[int, str] = {}
    for step, (at, sitting) in zip(steps, rhythm.sittings(rng, len(steps)), strict=True):
        if sitting not in seats:
            seats[sitting] = person.account
            if person.other_account is not None and rng.random() < 0.5:
                seats[sitting] = person.other_account
        when = rhythm.after_the_close(rng) if step.late else at
        told.extend(marker.hand_in(step, when, seats[sitting]))
    if Quirk.ASKS in enrolment.quirks:
        told.extend(_questions(told, person.account, rng))
    if enrolment.story is Story.LATE_EVIDENCE:
        told.extend(marker.after_approval(person.account))
    told.sort(key=lambda one: one.at)
    return told


def _at(at: int, kind: str, account: str, data: dict[str, object] | None = None) -> Told:
    return Told(at, at, kind, account, data or {})


def _steps(enrolment: Enrolment, rng: random.Random) -> Iterator[_Step]:
    story, course = enrolment.story, enrolment.course.composition
    yield _Step("account.first_login")
    yield _Step("course.registered")
    if story is Story.PROFILE_WRONG_AT_FIRST:
        yield _profile(rng, correct=False)
    items = list(_items(enrolment, rng))
    if story is Story.SKIPS_MATERIALS:
        del items[-rng.randint(1, 3) :]
    if story is Story.DROPS_OUT:
        yield from items[: rng.randint(2, max(2, len(items) * 3 // 4))]
        return
    quiz_after = len(items) * 2 // 3
    marks = _marks(story, course, rng)
    yield from items[:quiz_after]
    yield from _quiz(enrolment, marks, rng)
    yield from items[quiz_after:]
    yield from _essays(enrolment, marks, rng)
    if Quirk.FINAL_AGAIN in enrolment.quirks:
        yield _Step("final.submitted", {"attempt": 1}, mark=max(0, marks.final - rng.randrange(500, 4000, 50)))
        yield _Step("final.submitted", {"attempt": 2}, mark=marks.final)
    else:
        yield _Step("final.submitted", {"attempt": 1}, mark=marks.final)
    yield _profile(rng, correct=story is not Story.PROFILE_WRONG_FOR_GOOD)
    if story is not Story.SURVEY_NEVER:
        answers = {name: rng.choices((2, 3, 4, 5), (3, 14, 48, 35))[0] for name in ("content", "organisation", "staff")}
        yield _Step("survey.completed", {"answers": answers})


def _marks(story: Story, course: Composition, rng: random.Random) -> Marks:
    if story is Story.FAILS:
        return scores.poor(course, rng)
    if story is Story.EXACTLY_FIFTY:
        return scores.landing_on(scores.FIFTY, course, rng)
    if story is Story.BARELY_OVER_FIFTY:
        return scores.landing_on(scores.BARELY_OVER_FIFTY, course, rng)
    return scores.good(course, rng)


def _profile(rng: random.Random, *, correct: bool) -> _Step:
    wrong = [] if correct else rng.sample(_PROFILE_FIELDS, rng.randint(1, 2))
    return _Step("profile.confirmed", {"correct": correct, "fields": wrong})


def _items(enrolment: Enrolment, rng: random.Random) -> Iterator[_Step]:
    """Materials kind by kind, a task after every few; each item once, save where a quirk says otherwise."""
    course, quirks = enrolment.course.composition, enrolment.quirks
    counts = {"document": course.document, "graphic": course.graphic, "video": course.video}
    extra = 1 if Quirk.OTHER_OF in quirks else 0
    materials = [
        _Step("material.completed", {"material": f"{kind}-{n:02d}", "kind": kind, "of": count + extra})
        for kind, count in counts.items()
        for n in range(1, count + extra + 1)
    ]
    done = 0
    for position, material in enumerate(materials, 1):
        yield material
        while done < course.task * position // len(materials):
            done += 1
            yield _Step("task.completed", {"task": f"task-{done:02d}", "of": course.task})
    if Quirk.ITEM_TWICE in quirks:
        yield rng.choice(materials)


def _quiz(enrolment: Enrolment, marks: Marks, rng: random.Random) -> Iterator[_Step]:
    # Where the vendor names another number of questions, the declared one rules; answers stay within both.
    questions = enrolment.course.composition.questions
    said = questions + (10 if Quirk.OTHER_QUESTIONS in enrolment.quirks else 0)
    attempt = 1
    if Quirk.QUIZ_RETAKE in enrolment.quirks:
        first = max(0, marks.correct - rng.randint(1, 12))
        yield _Step("quiz.submitted", {"attempt": 1, "questions": said, "correct": first})
        attempt = 2
    yield _Step("quiz.submitted", {"attempt": attempt, "questions": said, "correct": marks.correct})


def _essays(enrolment: Enrolment, marks: Marks, rng: random.Random) -> Iterator[_Step]:
    story, names = enrolment.story, enrolment.course.composition.essays
    special = rng.randrange(len(names))
    for n, (name, mark) in enumerate(zip(names, marks.essays, strict=True)):
        chosen = n == special
        if chosen and story is Story.ESSAY_NEVER:
            continue
        late = chosen and story is Story.ESSAY_LATE
        if chosen and Quirk.ESSAY_AGAIN in enrolment.quirks:
            lower = max(0, mark - rng.randrange(500, 3000, 50))
            yield _Step("essay.submitted", {"essay": name, "attempt": 1}, mark=lower)
            yield _Step("essay.submitted", {"essay": name, "attempt": 2}, mark=mark)
            continue
        yield _Step("essay.submitted", {"essay": name, "attempt": 1}, mark=mark, late=late)
        if chosen and story is Story.RESUBMITS_UNMARKED:
            yield _Step("essay.submitted", {"essay": name, "attempt": 2})


def _questions(told: list[Told], account: str, rng: random.Random) -> list[Told]:
    """One to three questions within the time of study; four of five are answered within two days."""
    asked: list[Told] = []
    acts = [one.at for one in told if one.type == "material.completed"]
    for n in range(1, rng.randint(1, 3) + 1):
        at = rng.choice(acts) + n * rhythm.MINUTE
        asked.append(_at(at, "question.asked", account, {"question": f"q-{n}"}))
        if rng.random() < 0.8:
            answered = at + rng.randrange(3 * rhythm.HOUR, 2 * rhythm.DAY)
            asked.append(_at(answered, "question.answered", account, {"question": f"q-{n}"}))
    return asked


class _Marker:
    """Turns steps into events and, for papers, adds the mark that the core teacher gives."""

    def __init__(self, enrolment: Enrolment, rng: random.Random) -> None:
        course = enrolment.course
        # The vendor's own groups: the learners of a course in their order, cut into its classes.
        group = enrolment.place * course.classes // course.learners + 1
        self._grader = core_teacher_account(group + enrolment.classes_before)
        self._rng = rng
        self._scale = 10 if rng.random() < 0.06 else 100
        self._delays = Quirk.MARK_BEFORE_PAPER in enrolment.quirks
        self._final = 0

    def hand_in(self, step: _Step, at: int, account: str) -> list[Told]:
        """The step's event; for a paper that is marked also the mark. One paper may arrive after its own mark."""
        if step.mark is None:
            return [_at(at, step.type, account, step.data)]
        marked_at = rhythm.marked(self._rng, at)
        arrives = at
        if self._delays:
            arrives = marked_at + self._rng.randrange(rhythm.MINUTE, 4 * rhythm.HOUR)
            self._delays = False
        if step.type == "final.submitted":
            self._final = step.mark
        return [
            Told(at, arrives, step.type, account, step.data),
            self._graded(step, step.mark, marked_at, account),
        ]

    def after_approval(self, account: str) -> list[Told]:
        """A final handed in and marked again once lists are approved: kept, and opens a review."""
        at = rhythm.midnight(LATE_EVIDENCE_ON) + 9 * rhythm.HOUR + self._rng.randrange(rhythm.HOUR)
        step = _Step("final.submitted", {"attempt": 2})
        changed = self._final + self._rng.choice((-500, -350, 125, 250))
        return [
            _at(at, step.type, account, step.data),
            self._graded(step, changed, at + 3 * rhythm.HOUR, account),
        ]

    def _graded(self, step: _Step, mark: int, at: int, account: str) -> Told:
        given: dict[str, object] = {
            **step.data,
            "score": score_text(mark, self._scale),
            "scale": str(self._scale),
            "grader": self._grader,
        }
        return _at(at, step.type.replace(".submitted", ".graded"), account, given)
