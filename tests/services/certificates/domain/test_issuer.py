"""Who issues on a day."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest

from services.certificates.domain.issuer import Details, Issuer, issuer_for

DETAILS = Details(
    issuer="Trường Mẫu",
    parent_body="",
    kind_title="GIẤY CHỨNG NHẬN",
    kind_subtitle="",
    programme="",
    number_pattern="{number}/{year}",
    place="Long An",
    signer_authority="",
    signer_title="",
    signer_name="",
)


def issuer(code: str, since: date, until: date | None = None, audience: str = "teachers") -> Issuer:
    return Issuer(
        province_id=UUID(int=1),
        id=UUID(int=2),
        audience=audience,
        code=code,
        details=DETAILS,
        valid_from=since,
        valid_to=until,
    )


ALL = [
    issuer("later", date(2021, 1, 1)),
    issuer("first", date(2020, 1, 1), date(2020, 7, 1)),
    issuer("managers", date(2020, 9, 1), audience="managers"),
]


@pytest.mark.parametrize(
    ("day", "code"),
    [
        (date(2019, 12, 31), None),
        (date(2020, 1, 1), "first"),
        (date(2020, 6, 30), "first"),
        (date(2020, 7, 1), None),
        (date(2020, 12, 31), None),
        (date(2021, 1, 1), "later"),
    ],
)
def test_the_first_day_counts_and_the_last_does_not(day: date, code: str | None) -> None:
    found = issuer_for(ALL, "teachers", day)
    assert (found.code if found else None) == code


def test_of_several_the_one_that_began_last_issues() -> None:
    both = [issuer("new", date(2020, 3, 1)), issuer("old", date(2020, 1, 1))]
    found = issuer_for(both, "teachers", date(2020, 4, 1))
    assert found is not None
    assert found.code == "new"
