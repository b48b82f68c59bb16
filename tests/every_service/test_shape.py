"""The four services read alike: the same names, each with one job (architecture, section 2)."""

from __future__ import annotations

import ast
import re

import pytest

from shared.schema import new_metadata
from tests.every_service.services import FOLDER, SERVICES, module

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
"""`jobs.py` where the `work` process has something of the service's own to do; `adapters/` where there is an outside
world beside the database."""
README = ["Owns", "Hears", "Says", "Endpoints", "Settings", "Processes", "Where to look"]
"""The chapters of a service's README, in this order; the gateway's has them too and may have others between."""
LONGEST_FILE = 250
REASON = "Longer than 250 lines: "
"""Begins the sentence of a longer file's docstring that says why it is not split."""
ROOT = FOLDER.parent
SHARED_TABLES = set(new_metadata().tables)
CODE = sorted(
    path
    for folder in ("services", "shared", "gateway", "deploy")
    for path in (ROOT / folder).rglob("*.py")
    if "versions" not in path.parts  # a migration is history: it stays as it was run
)


def test_there_are_the_four_services_of_the_architecture() -> None:
    assert SERVICES == ["certificates", "grading", "reporting", "roster"]


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_has_the_names_of_every_service_and_no_other(service: str) -> None:
    found = {path.name.removesuffix(".py") for path in (FOLDER / service).iterdir() if path.name != "__pycache__"}
    assert sorted(EVERYWHERE - found) == [], "missing"
    assert sorted(found - EVERYWHERE - WHERE_NEEDED) == [], "strange"


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_has_jobs_where_its_worker_has_something_of_its_own_to_do(service: str) -> None:
    root = (FOLDER / service / "main.py").read_text(encoding="utf-8")
    assert (FOLDER / service / "jobs.py").exists() == ("jobs=" in root)


@pytest.mark.parametrize("service", SERVICES)
def test_a_readme_has_the_chapters_of_every_readme_in_their_order(service: str) -> None:
    lines = (FOLDER / service / "README.md").read_text(encoding="utf-8").splitlines()
    assert lines[0] == f"# {service}"
    assert [line.removeprefix("## ") for line in lines if line.startswith("## ")] == README


@pytest.mark.parametrize("service", SERVICES)
def test_a_readme_names_every_table_and_every_aggregate_heard(service: str) -> None:
    owned, heard = _chapter(service, "Owns"), _chapter(service, "Hears")
    tables = {table.name for table in module(service, "tables").metadata.tables.values()} - SHARED_TABLES
    assert sorted(name for name in tables if f"`{name}`" not in owned) == []
    consumer = (FOLDER / service / "consumer.py").read_text(encoding="utf-8")
    handled = re.findall(r'^\s*(?:return \{)?"([a-z]+)":|, "([a-z]+)":', consumer, re.MULTILINE)
    words = {one or other for one, other in handled}
    assert words
    assert sorted(word for word in words if word not in heard) == []


@pytest.mark.parametrize("service", SERVICES)
def test_the_files_a_readme_names_are_there(service: str) -> None:
    text = (FOLDER / service / "README.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:[a-z_]+/)*[a-z_]+(?:\.py|/))`", text))
    folders = [FOLDER / service, FOLDER / service / "domain", FOLDER / service / "use_cases"]
    missing = [name for name in named if not any((folder / name).exists() for folder in folders)]
    assert sorted(set(missing) - {"jobs.py"}) == []


def _chapter(service: str, title: str) -> str:
    text = (FOLDER / service / "README.md").read_text(encoding="utf-8")
    return text.split(f"## {title}\n", 1)[1].split("\n## ", 1)[0]


def test_the_gateways_readme_has_the_same_chapters_and_some_of_its_own() -> None:
    lines = (ROOT / "gateway" / "README.md").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "# gateway"
    chapters = [line.removeprefix("## ") for line in lines if line.startswith("## ")]
    assert [chapter for chapter in chapters if chapter in README] == README


def test_a_file_of_more_than_250_lines_says_why() -> None:
    unexplained = {}
    for path in CODE:
        text = path.read_text(encoding="utf-8")
        lines = len(text.splitlines())
        docstring = " ".join((ast.get_docstring(ast.parse(text)) or "").split())
        if lines > LONGEST_FILE and REASON not in docstring:
            unexplained[str(path.relative_to(ROOT))] = lines
    assert unexplained == {}
