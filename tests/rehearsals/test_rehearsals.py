"""The rehearsals, each as its command runs it: a process of its own, whose one line says what came of it.

What took how long is printed and judged by nobody.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.rehearsals.upgrade import NoHistoryError, release_before

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
PATIENCE_S = 900


def rehearsed(name: str) -> dict[str, Any]:
    """Its figures; what it said on the way is shown where the test fails."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.rehearsals", name],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S,
    )
    print(done.stdout, done.stderr[-3000:])  # pytest shows it after a failure
    assert done.stdout.strip(), "it ended without figures"
    line: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return line


def test_a_rolling_restart_of_everything_fails_no_call_and_loses_no_event() -> None:
    line = rehearsed("rolling")
    assert line["failed"] == {}
    assert (line["lost"], line["parked"], line["otherwise"]) == (0, 0, [])
    assert line["processes"] == 22
    assert line["events"] > 300, "too little was done for anything to be lost"
    assert line["p99_ms"]["webhook"]["during"] is not None


def test_consumers_go_from_one_to_four_and_back_without_a_wrong_total() -> None:
    line = rehearsed("scale")
    assert (line["parked"], line["otherwise"], line["unequal"]) == (0, [], [])
    assert [phase["consumers"] for phase in line["phases"]] == [1, 4, 1]


def test_databases_that_come_back_from_older_backups_catch_up_to_the_same_totals() -> None:
    line = rehearsed("restore")
    assert [one["epoch"] for one in line["restored"]] == [2, 2]
    assert line["restored"][0]["forgotten"]["result"] > 0, "nothing had been forgotten"
    assert line["fewer_than_before"] == []
    assert (line["parked"], line["otherwise"], line["unequal"]) == (0, [], [])
    assert line["figures"]["certified"] > 0


def test_the_release_before_serves_while_its_database_is_migrated_and_is_replaced(tmp_path: Path) -> None:
    try:
        release_before(tmp_path)
    except NoHistoryError as fault:
        pytest.skip(f"NOT REHEARSED: {fault}")
    line = rehearsed("upgrade")
    assert line["failed"] == {}
    assert (line["lost"], line["parked"], line["changed"]) == (0, 0, [])
    assert line["figures"]["certified"] > 0
