"""The province's page while the course is played: it follows by itself, and what it shows is in the workbook."""

from __future__ import annotations

from collections.abc import Iterator
from time import monotonic

import pytest
from playwright.sync_api import Browser, Page

from services.reporting.domain.reports.progress import FIGURES
from tests.dashboard.conftest import OFFICER, PATIENCE_MS, Visit, places, saved, whole
from tests.support.whole_stack import WholeStack, whole_stack

FIGURE = "logged_in"
ENOUGH = 5
"""So many different numbers have to be seen on the page, none of them asked for by hand."""
PLAYED_S = 240


@pytest.fixture
def playing(browser: Browser) -> Iterator[WholeStack]:
    """From the first moment at which somebody may log in."""
    with whole_stack("playing", DEMO_PEOPLE="300") as stack:
        stack.wait_for("READY", 200)
        stack.wait_for("the dashboard:", 300)
        yield stack


def test_the_page_follows_the_playing_course_by_itself(
    playing: WholeStack, browser: Browser, capsys: pytest.CaptureFixture[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    page = browser.new_page()
    page.set_default_timeout(PATIENCE_MS)
    Visit(page, f"http://127.0.0.1:{playing.port}", "", tmp_path_factory.mktemp("shots")).log_in()
    cell = page.locator(f'tr[data-figure="{FIGURE}"] td').first
    cell.wait_for()
    seen, lags = [whole(cell.inner_text())], [0.0]
    known: dict[int, float] = {}
    until = monotonic() + PLAYED_S
    while monotonic() < until and len(seen) <= ENOUGH:
        said = int(playing.get(OFFICER, "/api/v1/reports/progress")["figures"][FIGURE])
        known.setdefault(said, monotonic())
        shown = whole(cell.inner_text())
        if shown != seen[-1]:
            seen.append(shown)
            lags.append(monotonic() - _first_at_least(known, shown))
    assert len(seen) > ENOUGH, seen
    assert seen == sorted(seen), "what the course has done is not undone"
    _is_in_the_workbook(page)
    page.close()
    with capsys.disabled():
        print(f"\nthe page followed {len(lags) - 1} changes, at most {max(lags):.1f} s after the report said them")


def _first_at_least(known: dict[int, float], shown: int) -> float:
    """When the report said as much as the page shows; the page may have asked first."""
    return min((at for figure, at in known.items() if figure >= shown), default=monotonic())


def _is_in_the_workbook(page: Page) -> None:
    """The file has what is on screen at its moment, however fast the course goes on."""
    header, *lines = saved(page, "Các đơn vị trực thuộc")
    place = places(header, FIGURES)
    (total,) = [line for line in lines if line[0] == "Tổng"]
    assert whole(page.locator(f'tr[data-figure="{FIGURE}"] td').first.inner_text()) >= int(total[place[FIGURE]]) > 0
