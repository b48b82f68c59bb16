"""What a workbook's reading is made of: rows, messages, sheets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from services.roster.domain.cells import Cell


@dataclass(frozen=True, slots=True)
class Message:
    """What was found in one place: `row` is Excel's, `severity` error, warning or note."""

    sheet: str
    row: int | None
    column: str | None
    value: str | None
    rule: str
    severity: str
    text: str


@dataclass(frozen=True, slots=True)
class Row:
    """One person at one school for one subject, as the sheet says it."""

    sheet: str
    row: int
    school_code: str
    name: str
    birth_date: date | None
    identity_number: str | None
    account: str | None
    other_account: str | None
    phone: str | None
    position: str
    level: str
    subject: str
    kind: str
    bad: bool


@dataclass(frozen=True, slots=True)
class Sheet:
    """A worksheet's cells from A1 on, and where an error value (#N/A) stands: (row, column), from 0."""

    name: str
    rows: Sequence[Sequence[Cell]]
    errors: frozenset[tuple[int, int]] = frozenset()


@dataclass(frozen=True)
class Reading:
    """A workbook read by the rules, before anything is known of the database."""

    rows: list[Row] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    declared_total: int | None = None
    mapping: dict[str, dict[str, str]] = field(default_factory=dict)
