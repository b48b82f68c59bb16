"""I10 can fail: whatever of a person stands in a log is found, however it was written."""

from __future__ import annotations

import json
import unicodedata
from urllib.parse import quote

import pytest

from deploy.local.sample import province as sample
from deploy.local.sample import staff as sample_staff
from tests.chaos.invariants.privacy import canaries_of, told_of_people

PROVINCE = sample.build(people=40)
STAFF = sample_staff.staff(PROVINCE)
CANARIES = canaries_of([*PROVINCE.persons, *STAFF])
ONE = next(one for one in PROVINCE.persons if one.account and " " in one.name and not one.name.isascii())

KINDS = {
    "name": ONE.name,
    "identity number": ONE.cccd,
    "phone": ONE.phone,
    "account": str(ONE.account),
    "birth date": ONE.birth_date.isoformat(),
}


@pytest.mark.parametrize(("kind", "text"), KINDS.items())
def test_each_kind_is_found_and_named_without_being_repeated(kind: str, text: str) -> None:
    log = "".join(f"{json.dumps(line, ensure_ascii=False)}\n" for line in ({"event": "started"}, {"of": f"x:{text},"}))
    (sentence,) = told_of_people({"logs/grading.log": log, "logs/roster.log": "{}"}, CANARIES)
    assert sentence == f"logs/grading.log holds a person's {kind} in 1 places, the first in line 2"


def test_a_name_is_found_however_it_is_written() -> None:
    written = [
        json.dumps(ONE.name),
        unicodedata.normalize("NFD", ONE.name),
        quote(ONE.name),
        ONE.name.upper(),
    ]
    for text in written:
        assert len(told_of_people({"a": f"who={text}&"}, CANARIES)) == 1, text
    assert len(told_of_people({"a": f"{ONE.birth_date:%d/%m/%Y}"}, CANARIES)) == 1
    assert len(told_of_people({"a": f"/people/{quote(str(ONE.account))}"}, CANARIES)) == 1


def test_everybody_of_the_sample_is_a_canary_and_other_words_are_none() -> None:
    for one in PROVINCE.persons:
        for text in (one.name, one.cccd, one.phone, one.account, one.other_account, one.birth_date.isoformat()):
            assert text is None or told_of_people({"a": text}, CANARIES)
    for member in STAFF:
        assert told_of_people({"a": member.name}, CANARIES)
        assert told_of_people({"a": member.account}, CANARIES)
    longer = f"{ONE.cccd}1 a{ONE.phone} {ONE.name}x 2026-01-02T03:04:05Z"
    assert told_of_people({"a": longer}, CANARIES) == []
