"""What an offering declares the course to have."""

from __future__ import annotations

from dataclasses import replace

from tests.services.grading.domain.course import COURSE


def test_essays_are_named_composed_as_evidence_names_them() -> None:
    assert replace(COURSE, essays=("ba\u0300i",)).essays == ("b\u00e0i",)
