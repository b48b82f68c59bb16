"""Every sentence that a service says of a refusal has its Vietnamese, and every Vietnamese one its sentence."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest
from pydantic_core._pydantic_core import list_all_errors

from shared.wording import COMMON, FIELDS, Wording
from tests.every_service.services import FOLDER, SERVICES, module

OF_EVENTS = {"BadEvidenceError", "MalformedDeliveryError", "TooLargeError"}
"""What is wrong with a vendor's event is kept and counted by its words: they are the contract's, in one language."""
NAMES = {"{}", "vendor"}
"""Said as they are: a value alone, the name of a member."""
BUILT = {
    "grading": {"{} rows may not stand on the list"},
    "certificates": {
        "{} has characters the font does not show: {}",
        "{} has {} letters, more than {}",
        "verify_url is not a web address in ASCII",
        "{} is empty",
    },
}
"""Sentences put together before they are raised."""


def sentence_of(node: ast.expr) -> str | None:
    """A text in the code, `{}` for what is filled in, without the pointer before it."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        found = node.value
    elif isinstance(node, ast.JoinedStr):
        found = "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
    else:
        return None
    head, colon, rest = found.partition(": ")
    return rest if colon and head.endswith("/{}") else found


def said(service: str) -> Iterator[str]:
    """What the exceptions of a service's table are raised with, and what it finds wrong with a field."""
    names = {kind.__name__ for kind in module(service, "api").ERRORS} - OF_EVENTS
    for file in sorted((FOLDER / service).rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or not node.args:
                continue
            if node.func.id in names or node.func.id == "Fault":
                sentence = sentence_of(node.args[-1])
                if sentence is not None and sentence not in NAMES:
                    yield sentence


@pytest.mark.parametrize("service", SERVICES)
def test_every_sentence_has_its_vietnamese(service: str) -> None:
    table = module(service, "api").VIETNAMESE
    assert {*said(service), *BUILT.get(service, ())} == set(table)
    for english, vietnamese in {**COMMON, **table}.items():
        assert english.isascii()
        assert not vietnamese.isascii(), english
        assert english.count("{}") == vietnamese.count("{}"), english


def test_what_is_filled_in_stays_and_so_does_a_pointer_and_what_is_no_sentence() -> None:
    wording = Wording({"no unit has the code {} on {}": "không có đơn vị nào mang mã {} vào ngày {}", "a {b}": "ă {b}"})
    assert wording.of("no unit has the code S{1 on 2020-01-01") == "không có đơn vị nào mang mã S{1 vào ngày 2020-01-01"
    assert wording.of("grants/7: no unit has the code S1 on x") == "grants/7: không có đơn vị nào mang mã S1 vào ngày x"
    assert wording.of("a {b}") == "ă {b}"
    assert [wording.of(text) for text in ("cursor", "viettel-7", "state: released")] == [
        "cursor", "viettel-7", "state: released",
    ]  # fmt: skip


def test_faults_of_fields_are_those_of_pydantic_and_fill_in_what_it_gives() -> None:
    known = {one["type"]: one.get("example_context") for one in list_all_errors()}
    assert FIELDS.keys() <= known.keys()
    for kind, given in known.items():
        told = Wording().field({"type": kind, "msg": "x", **({"ctx": given} if given else {})})
        assert told
        assert "{" not in told or kind == "string_pattern_mismatch"
        assert not told.isascii(), kind
