"""Answers about offerings, as the OpenAPI document declares them."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel


class SchemeAnswer(BaseModel):
    """The rules a cohort is judged by, and their version."""

    id: str
    version: int


class CompositionAnswer(BaseModel):
    """What the course has."""

    document: int
    graphic: int
    video: int
    task: int
    questions: int
    essays: list[str]


class PlannedAnswer(BaseModel):
    """The numbers the plan prints; null where it prints none."""

    learners: int | None
    classes: int | None


class OfferingCounts(BaseModel):
    """What there is within reach: enrolments that are not withdrawn, classes."""

    enrolments: int
    classes: int


class OfferingItem(BaseModel):
    """A course offered, what was planned for it and what there is."""

    id: UUID
    course: str
    title: str
    subject: str
    level: str
    audience: str
    module: str
    periods: int
    scheme: SchemeAnswer
    composition: CompositionAnswer
    opens_at: datetime
    closes_at: datetime
    window: Literal["common", "personal"]
    planned: PlannedAnswer
    counts: OfferingCounts


class OfferingList(BaseModel):
    """A page of offerings by course code."""

    items: list[OfferingItem]
    next: str | None
    total: int


class AllocatedClass(BaseModel):
    """A class and how many it gets: `size` afterwards, `units`: of how many schools its newcomers are. A dry run's new
    classes have no id: nothing of it is kept."""

    id: UUID | None
    code: str
    number: int
    size: int
    added: int
    units: int


class AllocationAnswer(BaseModel):
    """What an allocation did, or in a dry run would do; `learners`: those who had no class of this course before."""

    offering: UUID
    course: str
    method: Literal["half_up", "planned"]
    dry_run: bool
    learners: int
    classes: list[AllocatedClass]
