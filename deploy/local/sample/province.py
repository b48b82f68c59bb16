"""The whole sample province from one seed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from deploy.local.sample.people import Enrolment, Person, populate
from deploy.local.sample.plan import PLAN, PlannedCourse, persons, scaled
from deploy.local.sample.proportions import Proportions
from deploy.local.sample.tree import Tree
from deploy.local.sample.tree import build as build_tree

SEED: Final = 2020


@dataclass(frozen=True, slots=True)
class Province:
    """Everything the sample is made of; staff, workbooks and the vendor's events follow from it."""

    seed: int
    courses: tuple[PlannedCourse, ...]
    tree: Tree
    persons: tuple[Person, ...]
    enrolments: tuple[Enrolment, ...]


def build(seed: int = SEED, people: int | None = None, proportions: Proportions | None = None) -> Province:
    """Long An as planned, or a province of exactly `people` persons in the same shape (29 at least)."""
    courses = scaled(persons(PLAN) if people is None else people)
    tree = build_tree(courses, seed)
    drawn, enrolments = populate(courses, tree, seed, proportions or Proportions())
    return Province(seed, courses, tree, drawn, enrolments)
