"""A played course in a small province, and Debian's Chromium to look at it with as its people do."""

from __future__ import annotations

import io
import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from python_calamine import CalamineWorkbook

from deploy.local.dashboard import building
from deploy.local.paths import LocalPaths
from services.reporting.domain.reports.frame import Figure
from tests.support.whole_stack import WholeStack, whole_stack

PEOPLE = "120"
OFFICER = "so.01@longan.edu.vn"
PATIENCE_MS = 40_000
_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
_SERIOUS = {"serious", "critical"}


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One browser for all; without one everything here is skipped, and says so."""
    path = next(filter(None, map(shutil.which, _BROWSERS)), None)
    if path is None:
        pytest.skip("NO BROWSER: the dashboard is not looked at; install Debian's chromium")
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
        started = playwright.chromium.launch(executable_path=path, args=arguments)
        yield started
        started.close()


@pytest.fixture(scope="session")
def course(browser: Browser) -> Iterator[WholeStack]:
    """The course over, the dashboard built."""
    with whole_stack("dashboard", DEMO_PEOPLE=PEOPLE) as stack:
        stack.wait_for("COURSE COMPLETE", 400)
        stack.wait_for("the dashboard:", 300)
        yield stack


@pytest.fixture(scope="session")
def changing(browser: Browser) -> Iterator[WholeStack]:
    """Another, for those who add people and classes: what the others read of theirs stays as it was."""
    with whole_stack("changing", DEMO_PEOPLE="60") as stack:
        stack.wait_for("COURSE COMPLETE", 400)
        stack.wait_for("the dashboard:", 300)
        yield stack


@pytest.fixture(scope="session")
def screenshots() -> Path:
    """Where each is kept, to be opened and judged."""
    folder = LocalPaths.from_environment().root / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def axe() -> str:
    """The checker's own script, of the locked packages."""
    building.packages()
    return (building.SOURCES / building.MODULES / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


@dataclass
class Visit:
    """A person in a browser. `foreign`: what a page asked of anybody else; `faults`: what its console complained of."""

    page: Page
    url: str
    axe: str
    screenshots: Path
    foreign: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def log_in(self, account: str = OFFICER, path: str = "/") -> Page:
        """Through the real pages, from whichever address was asked for."""
        self.page.goto(self.url + path)
        self.page.get_by_role("button", name=account, exact=True).click()
        self.page.wait_for_url(lambda address: "/local/" not in address and "/login" not in address)
        return self.page

    def judge(self, name: str) -> None:
        """A screenshot to be looked at, and no serious or critical violation of WCAG 2.1 A and AA."""
        self.page.screenshot(path=self.screenshots / f"{name}.png", full_page=True)
        self.page.evaluate(self.axe)
        rules = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]}
        found = self.page.evaluate("rules => axe.run(document, rules)", rules)
        bad = [
            f"{one['id']}: {one['help']}: {[node['target'] for node in one['nodes']][:5]}"
            for one in found["violations"]
            if one["impact"] in _SERIOUS
        ]
        assert len(found["passes"]) > 10, "the checker saw the page"
        assert bad == []


Visiting = Callable[..., Visit]


@pytest.fixture
def visit(course: WholeStack, browser: Browser, axe: str, screenshots: Path) -> Iterator[Visiting]:
    """Begins a visit, with what a browser's context may be told; at the end nothing was asked of anybody else and no
    page has complained."""
    begun: list[tuple[BrowserContext, Visit]] = []
    url = f"http://127.0.0.1:{course.port}"

    def begin(**context: Any) -> Visit:
        opened = browser.new_context(**({"viewport": {"width": 1280, "height": 900}} | context))
        page = opened.new_page()
        page.set_default_timeout(PATIENCE_MS)
        one = Visit(page, url, axe, screenshots)
        page.on("request", lambda asked: _note_foreign(one, asked.url))
        page.on("pageerror", lambda fault: one.faults.append(str(fault)))
        page.on("console", lambda said: one.faults.append(said.text) if said.type == "error" else None)
        begun.append((opened, one))
        return one

    yield begin
    for opened, one in begun:
        opened.close()
        assert one.foreign == []
        assert one.faults == []


def _note_foreign(one: Visit, asked: str) -> None:
    if not asked.startswith((one.url + "/", "data:", "blob:")):
        one.foreign.append(asked)


@pytest.fixture(autouse=True)
def _patient() -> None:
    """Expectations wait as long as everything else here."""
    expect.set_options(timeout=PATIENCE_MS)


def holding(course: WholeStack, role: str) -> list[str]:
    """The sample accounts of a role."""
    accounts = course.call(None, "GET", "/local/accounts").json()["items"]
    return [one["account"] for one in accounts if one["role"] == role]


def whole(text: str) -> int:
    """A number as the page writes it in either language: 10.365 or 10,365."""
    return int(re.sub(r"[.,\s]", "", text))


def answer(page: Page, name: str) -> str:
    """The large words of one of the first answers."""
    return page.locator(f'[data-answer="{name}"] .value').inner_text()


def rows(page: Page, table: str) -> list[list[str]]:
    """The cells of the table whose caption holds `table` as it is written, row by row, without the pinned one."""
    found = page.get_by_role("table", name=re.compile(re.escape(table)))
    return [row.locator("th, td").all_inner_texts() for row in found.locator("tbody tr:not(.pinned)").all()]


def places(header: Sequence[Any], figures: Iterable[Figure]) -> dict[str, int]:
    """Where a workbook's columns are: those of figures by their codes, the others by their titles."""
    codes = {figure.vi: figure.name for figure in figures}
    return {codes.get(str(title), str(title)): place for place, title in enumerate(header)}


def saved(page: Page, about: str) -> list[list[Any]]:
    """The first sheet of the workbook behind a button."""
    with page.expect_download() as download:
        page.get_by_role("button", name=f"Tải Excel {about}").click()
    book = CalamineWorkbook.from_filelike(io.BytesIO(download.value.path().read_bytes()))
    return book.get_sheet_by_index(0).to_python()
