"""Answers about imports, as the OpenAPI document declares them."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel


class ImportCounts(BaseModel):
    """Rows by what becomes of them, and persons and accounts that are new or changed."""

    rows: int
    new: int
    changed: int
    unchanged: int
    error: int
    persons_new: int
    persons_changed: int
    accounts_new: int


class ImportItem(BaseModel):
    """One import. `confirming`: it is being written just now; `declared_total`: the number the file itself states."""

    id: UUID
    kind: str
    state: Literal["previewed", "confirmed"]
    confirming: bool
    file_name: str | None
    sha256: str
    sent_by: str
    sent_at: datetime
    declared_total: int | None
    counts: ImportCounts
    messages_total: int
    confirmed_by: str | None
    confirmed_at: datetime | None
    accepted: Literal["all", "valid_rows"] | None


class ImportMessage(BaseModel):
    """What was found in one place of the file; `row` is Excel's, `rule` the rule of the field it comes from."""

    sheet: str
    row: int | None
    column: str | None
    value: str | None
    rule: str
    severity: Literal["error", "warning", "note"]
    text: str


class ImportAnswer(ImportItem):
    """One import with the first of its messages, errors before warnings; `mapping`: sheet -> column -> title."""

    mapping: dict[str, dict[str, str]]
    messages: list[ImportMessage]


class ImportList(BaseModel):
    """A page of imports, the newest first."""

    items: list[ImportItem]
    next: str | None
    total: int
