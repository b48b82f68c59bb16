"""Whom a row means."""

from datetime import date
from itertools import count
from uuid import UUID

from services.roster.domain.matching import Draft, Plan, plan
from services.roster.domain.names import search_key
from services.roster.domain.sheet_rows import Row

S1, S2 = UUID(int=1), UUID(int=2)
BORN = date(1980, 9, 5)


def row(number: int, **over: object) -> Row:
    values: dict[str, object] = {
        "sheet": "A", "row": number, "school_code": "S1", "name": "Lê Ý", "birth_date": BORN,
        "identity_number": "080180123456", "account": "a@x.vn", "other_account": None, "phone": None,
        "position": "Giáo viên", "level": "primary", "subject": "Toán", "kind": "main", "bad": False,
    }  # fmt: skip
    return Row(**(values | over))  # type: ignore[arg-type]


def lay(*rows: Row, known: list[Draft] | None = None) -> Plan:
    ids = count(100)
    return plan(rows, known or [], {"S1": S1, "S2": S2}, lambda: UUID(int=next(ids)))


def known(**over: object) -> Draft:
    values: dict[str, object] = {
        "person_id": UUID(int=50), "name": "Lê Ý", "search_key": search_key("Lê Ý"), "birth_date": BORN,
        "identity_number": "080180123456", "accounts": {"a@x.vn"}, "employments": {S1: "Giáo viên"},
        "assignments": {("primary", "toan"): ("Toán", "main", S1)},
    }  # fmt: skip
    return Draft(**(values | over))  # type: ignore[arg-type]


def test_the_same_row_again_changes_nothing() -> None:
    done = lay(row(5), known=[known()])
    assert done.states == {"A": {5: "unchanged"}}
    assert not done.persons
    assert not done.assignments


def test_one_person_in_two_subjects_is_one_person() -> None:
    done = lay(row(5), row(6, subject="Tin học"))
    assert done.counts()["persons_new"] == 1
    assert done.states["A"] == {5: "new", 6: "new"}


def test_the_same_row_twice_in_a_file_is_an_error_naming_the_first() -> None:
    done = lay(row(5), row(6))
    assert done.states["A"][6] == "error"
    assert "dòng 5" in done.messages[0].text


def test_an_address_of_another_person_is_refused_by_row_and_not_by_value() -> None:
    done = lay(row(5), row(6, identity_number="080180999999", name="Trần An", birth_date=date(1990, 1, 1)))
    assert done.states["A"][6] == "error"
    assert "dòng 5" in done.messages[0].text
    assert "a@x.vn" not in done.messages[0].text


def test_a_name_alone_never_matches_and_a_staff_account_takes_its_number() -> None:
    assert (
        lay(row(5, birth_date=None, identity_number=None, account=None), known=[known()]).counts()["persons_new"] == 1
    )
    staff = known(identity_number=None, employments={}, assignments={})
    done = lay(row(5), known=[staff])
    assert done.counts()["persons_new"] == 0
    assert done.persons[UUID(int=50)].identity_number == "080180123456"


def test_a_second_address_is_an_alias_and_a_move_is_a_transfer() -> None:
    done = lay(row(5, other_account="b@x.vn", school_code="S2"), known=[known()])
    assert done.accounts == {"b@x.vn": UUID(int=50)}
    assert done.left == {(UUID(int=50), S1)}
    assert done.employments == {(UUID(int=50), S2): "Giáo viên"}


def test_an_unknown_school_is_an_error() -> None:
    assert lay(row(5, school_code="S9")).states["A"] == {5: "error"}
