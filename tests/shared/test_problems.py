"""The one table of kinds: complete, in both languages, and every one of them in use and answered as it says."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from shared import problems
from shared.callers import OPEN
from shared.problems import BY_STATUS, KINDS, PROBLEM_JSON, Kind, Problem
from shared.settings import Environment
from shared.web import create_app

ROOT = Path(__file__).parents[2]
TABLE = ROOT / "shared" / "problems.py"
NAMES = {id(kind): name for name, kind in vars(problems).items() if isinstance(kind, Kind)}


def sources() -> Iterator[tuple[Path, ast.Module]]:
    """Every module of the product."""
    for part in ("shared", "services", "gateway"):
        for file in sorted((ROOT / part).rglob("*.py")):
            if "node_modules" not in file.parts:
                yield file, ast.parse(file.read_text(encoding="utf-8"))


def test_no_kind_is_made_beside_the_table() -> None:
    made = {
        file
        for file, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute)
        if (node.func.id if isinstance(node.func, ast.Name) else node.func.attr) == "Kind"
    }
    assert made == {TABLE}
    assert set(NAMES) == {id(kind) for kind in KINDS}, "every kind of the module stands in KINDS"


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.slug)
def test_a_kind_has_both_texts_and_is_raised_somewhere(kind: Kind) -> None:
    assert kind.en.isascii()
    assert not kind.vi.isascii(), "Vietnamese is written with its marks"
    assert [one for one in KINDS if one.slug == kind.slug or one.status == kind.status] == [kind]
    assert BY_STATUS[kind.status] is kind
    used = {
        file
        for file, tree in sources()
        if file != TABLE
        for node in ast.walk(tree)
        if (isinstance(node, ast.Attribute) and node.attr == NAMES[id(kind)])
        or (isinstance(node, ast.Name) and node.id == NAMES[id(kind)])
    }
    assert used, "nothing raises it"


def test_every_status_that_a_framework_fault_may_bear_has_its_kind() -> None:
    # Unknown routes, other methods, bodies that cannot be read; and the gateway's own two (gateway/application.py).
    assert {400, 404, 405, 408, 413, 422} <= BY_STATUS.keys()


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.slug)
async def test_a_kind_is_answered_in_the_language_that_is_wanted(kind: Kind) -> None:
    async def nothing() -> dict[str, str]:
        return {}

    async def refresh() -> None:
        return None

    app = create_app(
        "test",
        environment=Environment.PRODUCTION,
        verifier=None,
        errors={},
        readiness=nothing,
        refresh_metrics=refresh,
    )

    @app.get("/raises", dependencies=[OPEN])
    async def raises() -> None:
        raise Problem(kind)

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        for wanted, language, title in (
            ("vi", "vi", kind.vi),
            ("en-GB,vi;q=0.5", "en", kind.en),
            ("fr", "vi", kind.vi),
        ):
            answer = await client.get("/raises", headers={"accept-language": wanted})
            assert (answer.status_code, answer.headers["content-type"]) == (kind.status, PROBLEM_JSON)
            assert answer.headers["content-language"] == language
            assert answer.headers["vary"] == "accept-language"
            assert answer.json() == {
                "type": f"https://bdtx.vn/problems/{kind.slug}",
                "title": title,
                "status": kind.status,
                "instance": "/raises",
            }
