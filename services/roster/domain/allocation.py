"""Learners into classes of about fifty, colleagues together as far as even sizes allow."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar
from uuid import UUID

CLASS_SIZE = 50

Method = Literal["half_up", "planned"]

T = TypeVar("T")


class AllocationError(ValueError):
    """The learners cannot be put into classes as asked."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A learner who has no class in this offering yet. `unit_path` and `unit_name` are of the day she is enrolled."""

    person_id: UUID
    sort_key: str
    unit_id: UUID
    unit_code: str
    unit_name: str
    unit_path: tuple[UUID, ...]
    path_codes: tuple[str, ...]
    position: str


def half_up_classes(learners: int) -> int:
    """n / 50 rounded half-up, one at least: the plan of Long An (2020) prints it for 22 of its 26 rows."""
    return max(1, (2 * learners + CLASS_SIZE) // (2 * CLASS_SIZE))


def class_code(course: str, number: int) -> str:
    """The code of a class within the province: CBQL-TH-M1.01"""
    return f"{course}.{number:02d}"


def places(existing: Sequence[int], classes: int, newcomers: int) -> list[int]:
    """How many newcomers each class takes, the emptiest first, so that sizes differ by one at most.

    `existing` are the sizes of the classes there are; `classes` the number wanted in the end (not fewer).
    """
    sizes = [*existing, *([0] * (classes - len(existing)))]
    if newcomers and not sizes:
        raise AllocationError("no class to put anyone into")
    if not existing:
        whole, rest = divmod(newcomers, max(1, len(sizes)))
        return [whole + (1 if n < rest else 0) for n in range(len(sizes))]
    taken = [0] * len(sizes)
    queue = [(size, n) for n, size in enumerate(sizes)]
    heapq.heapify(queue)
    for _ in range(newcomers):
        size, n = queue[0]
        taken[n] += 1
        heapq.heapreplace(queue, (size + 1, n))
    return taken


def in_order(candidates: Sequence[Candidate]) -> list[Candidate]:
    """By district, then school, then name: neighbours in this order are colleagues."""
    return sorted(candidates, key=lambda c: (c.path_codes, c.unit_code, c.sort_key, c.person_id))


def dealt(ordered: Sequence[T], sizes: Sequence[int]) -> list[Sequence[T]]:
    """The learners cut into runs of these sizes; a school is split at a cut only."""
    runs: list[Sequence[T]] = []
    start = 0
    for size in sizes:
        runs.append(ordered[start : start + size])
        start += size
    if start != len(ordered):
        raise AllocationError("the sizes do not add up to the learners")
    return runs
