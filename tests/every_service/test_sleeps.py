"""No test sleeps for a fixed time to pass: a sleep is a poll's, or its line says what it stands for.

What it can see is the shape: a sleep that is not inside a loop of its own function carries a comment on its line (a
load's pace, the fault itself). Left out is `tests/chaos`, whose pauses are the schedule that it plays.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.every_service.services import FOLDER

ROOT = FOLDER.parent
TESTS = sorted(path for path in (ROOT / "tests").rglob("*.py") if "chaos" not in path.parts)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
LOOPS = (ast.While, ast.For, ast.AsyncFor)


def bare_sleeps(text: str) -> list[int]:
    """The lines of the sleeps that stand in no loop and say nothing. `sleep(0)` only lets others have their turn."""
    lines = text.splitlines()
    return [line for line in _outside_loops(ast.parse(text), looping=False) if not _says_why(lines[line - 1])]


def _says_why(line: str) -> bool:
    words = [part.strip() for part in line.split("#")[1:]]
    return any(word and not word.startswith("noqa") for word in words)


def _outside_loops(node: ast.AST, *, looping: bool) -> Iterator[int]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Call) and not looping and _sleeps(child):
            yield child.end_lineno or child.lineno
        within = isinstance(child, LOOPS) or (looping and not isinstance(child, FUNCTIONS))
        yield from _outside_loops(child, looping=within)


def _sleeps(call: ast.Call) -> bool:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    zero = bool(call.args) and isinstance(call.args[0], ast.Constant) and call.args[0].value == 0
    return name == "sleep" and not zero


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("async def test():\n    await asyncio.sleep(0.3)\n", [2]),
        ("def test():\n    time.sleep(1)  # noqa: ASYNC251\n", [2]),
        ("for n in range(3):\n    async def slow():\n        await sleep(1)\n", [3]),
        ("def test():\n    time.sleep(1)  # the fault itself\n", []),
        ("async def test():\n    while not done:\n        await asyncio.sleep(0.01)\n", []),
        ("async def test():\n    await asyncio.sleep(0)\n", []),
    ],
)
def test_a_bare_sleep_is_seen(text: str, lines: list[int]) -> None:
    assert bare_sleeps(text) == lines


def test_a_sleep_in_the_tests_is_a_polls_or_says_what_it_stands_for() -> None:
    found = {str(path.relative_to(ROOT)): bare_sleeps(Path(path).read_text(encoding="utf-8")) for path in TESTS}
    assert {path: lines for path, lines in found.items() if lines} == {}
