"""The four services read alike: the same names, each with one job (architecture, section 2)."""

from __future__ import annotations

import pytest

from tests.every_service.services import FOLDER, SERVICES

EVERYWHERE = {
    "README.md",
    "__init__",
    "__main__",
    "main",
    "settings",
    "api",
    "schemas",
    "consumer",
    "use_cases",
    "store",
    "tables",
    "domain",
    "migrations",
}
WHERE_NEEDED = {"jobs", "adapters"}
LONGEST_FILE = 275
"""About 250 lines."""


def test_there_are_the_four_services_of_the_architecture() -> None:
    assert SERVICES == ["certificates", "grading", "reporting", "roster"]


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_has_the_names_of_every_service_and_no_other(service: str) -> None:
    found = {path.name.removesuffix(".py") for path in (FOLDER / service).iterdir() if path.name != "__pycache__"}
    assert sorted(EVERYWHERE - found) == [], "missing"
    assert sorted(found - EVERYWHERE - WHERE_NEEDED) == [], "strange"


@pytest.mark.parametrize("service", SERVICES)
def test_no_file_of_a_service_is_much_longer_than_250_lines(service: str) -> None:
    files = {
        str(path.relative_to(FOLDER)): len(path.read_text(encoding="utf-8").splitlines())
        for path in (FOLDER / service).rglob("*.py")
        if "migrations" not in path.parts
    }
    assert {name: lines for name, lines in files.items() if lines > LONGEST_FILE} == {}
