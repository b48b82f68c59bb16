"""What a course came to, to compare two runs by."""

from __future__ import annotations

from typing import Any

from tests.support.whole_stack import WholeStack

OFFICER = "so.01@longan.edu.vn"
OPERATOR = "vanhanh.01@longan.edu.vn"


def end_state(stack: WholeStack) -> dict[str, Any]:
    """Every result and the report's figures, without the ids and times of the run."""
    results = {
        f"{one['course']} {one['account']} {one['name']}": {
            "scores": one["scores"],
            "conditions": one["conditions"],
            "gates": {name: gate["state"] for name, gate in one["gates"].items()},
            "status": one["status"],
            "missing": one["missing"],
            "certified": one["certificate"] is not None,
            "flags": one["flags"],
        }
        for one in stack.every(OFFICER, "/api/v1/results")
    }
    return {"results": results, "figures": stack.get(OFFICER, "/api/v1/reports/progress")["figures"]}


def differing(want: dict[str, Any], got: dict[str, Any]) -> list[str]:
    """Names of the results and figures that are not the same."""
    return [
        f"{part}: {name}"
        for part in ("results", "figures")
        for name in sorted(want[part].keys() | got[part].keys())
        if want[part].get(name) != got[part].get(name)
    ]
