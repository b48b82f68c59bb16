"""Names: search and order as facts 6.4 asks."""

import random
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from services.roster.domain.names import search_key, sort_key, tidy
from shared.events.documents import example_of
from shared.events.roster import Enrolment, Person

EXPECTED = [
    "Lê An", "Lê Ánh", "Đỗ Ân", "Phạm Ân", "Lê Ấn", "Lê Dung", "Lê Đạt", "Lê Hà", "Lê Hả", "Lê Hã", "Lê Há",
    "Lê Hạ", "Lê Hoa", "Lê Hòa",
]  # fmt: skip


def test_names_are_listed_in_vietnamese_order() -> None:
    shuffled = EXPECTED[:]
    random.Random(1).shuffle(shuffled)
    assert sorted(shuffled, key=sort_key) == EXPECTED


def test_the_contracts_examples_show_the_key_that_their_names_have() -> None:
    person, enrolment = example_of(Person), example_of(Enrolment)
    assert isinstance(person, Person)
    assert isinstance(enrolment, Enrolment)
    assert person.sort_key == sort_key(person.name or "")
    assert enrolment.person.sort_key == sort_key(enrolment.person.name)


def test_search_is_neutral_to_marks_tone_placement_and_composition() -> None:
    forms = ["Nguyễn Thị Hòa", "nguyễn thị hoà", "Nguyen Thi Hoa", unicodedata.normalize("NFD", "Nguyễn Thị Hoà")]
    assert {search_key(form) for form in forms} == {"nguyen thi hoa"}
    assert search_key("Ðặng Đỗ") == "dang do"


def test_spelling_stays_as_entered() -> None:
    assert tidy("  Lí  Thị\nMĩ Lệ ") == "Lí Thị Mĩ Lệ"
    assert tidy("Ðỗ Ɖạt") == "Đỗ Đạt"


@given(st.text(max_size=40))
def test_keys_are_stable_under_composition(text: str) -> None:
    decomposed = unicodedata.normalize("NFD", text)
    assert search_key(text) == search_key(decomposed)
    assert tidy(tidy(text)) == tidy(text)
