"""The persons of the sample and their enrolments: who works where, in which course, and how it will go.

9,935 persons hold the plan's 10,365 enrolments: the 430 primary managers stand in their own course and in the
primary general one. The 197 lower secondary teachers of a second subject have no second enrolment in this plan.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date
from itertools import accumulate
from typing import Final, Literal

from deploy.local.sample import names
from deploy.local.sample.plan import (
    LEVEL_NAMES,
    PRIMARY_GENERAL,
    PRIMARY_MANAGERS,
    Level,
    PlannedCourse,
)
from deploy.local.sample.proportions import (
    ENROLMENT_STORIES,
    PERSON_STORIES,
    Proportions,
    Quirk,
    Story,
    choose,
)
from deploy.local.sample.tree import Tree, Unit

Position = Literal["Hiệu trưởng", "Phó hiệu trưởng", "Giáo viên"]
HEAD: Final = "Hiệu trưởng"
DEPUTY: Final = "Phó hiệu trưởng"
TEACHER: Final = "Giáo viên"
DOMAIN: Final = "longan.edu.vn"


@dataclass(frozen=True, slots=True)
class Person:
    """A synthetic learner. `account` is None where the workbook has none; names are NFC, `cccd` twelve digits."""

    number: int
    name: str
    male: bool
    birth_date: date
    cccd: str
    phone: str
    account: str | None
    other_account: str | None
    school: Unit
    level: Level
    position: Position


@dataclass(frozen=True, slots=True)
class Enrolment:
    """One person in one course. `index` counts from 0 in the plan's order; `place` is the rank within the course and
    `classes_before` the number of planned classes of the courses before it."""

    index: int
    place: int
    classes_before: int
    person: Person
    course: PlannedCourse
    story: Story
    quirks: frozenset[Quirk]


@dataclass(frozen=True, slots=True)
class _Post:
    """A job to be filled: a person is drawn for it."""

    course: PlannedCourse
    school: Unit
    position: Position


def _posts(courses: tuple[PlannedCourse, ...], tree: Tree, seed: int) -> list[_Post]:
    """One post a person, in the plan's order of courses. Every school has one head, then deputies in turn."""
    rng = random.Random(f"{seed}:posts")
    weights = {level: [rng.uniform(0.6, 1.4) for _ in schools] for level, schools in tree.schools.items()}
    managers = next(course.learners for course in courses if course.code == PRIMARY_MANAGERS)
    posts: list[_Post] = []
    for course in courses:
        schools = tree.schools[course.level]
        if course.audience == "managers":
            # The larger schools come first, so that the extra deputies are theirs.
            by_size = sorted(range(len(schools)), key=lambda i: -weights[course.level][i])
            for n in range(course.learners):
                school = schools[by_size[n % len(schools)]]
                posts.append(_Post(course, school, HEAD if n < len(schools) else DEPUTY))
        else:
            number = course.learners - (managers if course.code == PRIMARY_GENERAL else 0)
            for school in rng.choices(schools, weights[course.level], k=number):
                posts.append(_Post(course, school, TEACHER))
    return posts


def _account(post: _Post, number: int) -> str:
    prefix = "cbql" if post.course.audience == "managers" else "gv"
    return f"{prefix}.{number:06d}@{DOMAIN}"


def populate(
    courses: tuple[PlannedCourse, ...], tree: Tree, seed: int, proportions: Proportions
) -> tuple[tuple[Person, ...], tuple[Enrolment, ...]]:
    """All persons and enrolments. The same seed gives the same province."""
    posts = _posts(courses, tree, seed)
    whole = len(posts)
    # A head acts for the school by her own account, so she always has one and it is used.
    plain = [n for n, post in enumerate(posts) if post.position != HEAD]
    stories = choose(plain, {s: getattr(proportions, s) for s in PERSON_STORIES}, whole, seed, "persons")
    with_account = [n for n in range(whole) if n not in stories]
    doubled = choose(with_account, {"second": proportions.second_account}, whole, seed, "accounts")
    rng = random.Random(f"{seed}:people")
    tails = rng.sample(range(1_000_000), whole)
    phones = rng.sample(range(10_000_000), whole)
    hard = dict(zip(rng.sample(range(whole), min(whole, len(names.HARD_CASES))), names.HARD_CASES, strict=False))
    persons: list[Person] = []
    for n, post in enumerate(posts):
        male = rng.random() < (0.45 if post.course.audience == "managers" else 0.3)
        name = names.draw_name(rng, male)
        if n in hard:
            name, male = hard[n]
        first, last = (1963, 1984) if post.course.audience == "managers" else (1964, 1997)
        born = names.draw_birth_date(rng, first, last)
        account = _account(post, n + 1)
        persons.append(
            Person(
                number=n + 1,
                name=name,
                male=male,
                birth_date=born,
                cccd=names.identity_number(born, male, tails[n]),
                phone=names.phone_number(phones[n]),
                account=None if stories.get(n) == Story.NO_ACCOUNT else account,
                other_account=account.replace("@", ".2@") if n in doubled else None,
                school=post.school,
                level=post.course.level,
                position=post.position,
            )
        )
    return tuple(persons), _enrol(courses, posts, persons, stories, seed, proportions)


def _enrol(
    courses: tuple[PlannedCourse, ...],
    posts: list[_Post],
    persons: list[Person],
    person_stories: dict[int, str],
    seed: int,
    proportions: Proportions,
) -> tuple[Enrolment, ...]:
    members: dict[str, list[int]] = {course.code: [] for course in courses}
    for n, post in enumerate(posts):
        members[post.course.code].append(n)
    members[PRIMARY_GENERAL] = members[PRIMARY_MANAGERS] + members[PRIMARY_GENERAL]
    before = dict(zip(members, accumulate((c.classes for c in courses), initial=0), strict=False))
    rows = [(course, place, n) for course in courses for place, n in enumerate(members[course.code])]
    whole = len(rows)
    free = [index for index, (_, _, n) in enumerate(rows) if n not in person_stories]
    stories = choose(free, {s: getattr(proportions, s) for s in ENROLMENT_STORIES}, whole, seed, "stories")
    steady = [index for index in free if index not in stories]
    quirks = choose(steady, {q: getattr(proportions, q) for q in Quirk}, whole, seed, "quirks")
    return tuple(
        Enrolment(
            index=index,
            place=place,
            classes_before=before[course.code],
            person=persons[n],
            course=course,
            story=Story(person_stories.get(n) or stories.get(index, Story.STEADY)),
            quirks=frozenset({Quirk(quirks[index])} if index in quirks else ()),
        )
        for index, (course, place, n) in enumerate(rows)
    )


def level_name(person: Person) -> str:
    """The level as personnel workbooks write it: Tiểu học, THCS, THPT."""
    return LEVEL_NAMES[person.level]
