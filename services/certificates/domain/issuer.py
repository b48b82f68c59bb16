"""Who issues which paper: data per audience and period, because the law moves (rules CER-1, CER-4)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID


@dataclass(frozen=True, kw_only=True)
class Details:
    """What an issuer's papers say. An empty text leaves its line out."""

    issuer: str
    parent_body: str
    kind_title: str
    kind_subtitle: str
    programme: str
    number_pattern: str
    place: str
    signer_authority: str
    signer_title: str
    signer_name: str


@dataclass(frozen=True, kw_only=True)
class Issuer:
    """An issuer for one audience from a day on (inclusive) to another (exclusive)."""

    province_id: UUID
    id: UUID
    audience: str
    code: str
    details: Details
    valid_from: date
    valid_to: date | None


def issuer_for(issuers: Iterable[Issuer], audience: str, day: date) -> Issuer | None:
    """The issuer in force for an audience on a day, the one that began last of several. None: the paper waits."""
    fits = [
        one
        for one in issuers
        if one.audience == audience and one.valid_from <= day and (one.valid_to is None or day < one.valid_to)
    ]
    return max(fits, key=lambda one: one.valid_from, default=None)
