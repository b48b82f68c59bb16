"""`make bench NAME=course|intake|drawing`: one JSON line each, with the limit measured in the same run."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable
from typing import Any

from tests.benchmarks import course, drawing, intake

BENCHMARKS: dict[str, Callable[[], dict[str, Any]]] = {
    "course": lambda: asyncio.run(course.measure()),
    "intake": lambda: asyncio.run(intake.measure()),
    "drawing": drawing.measure,
}


def main() -> int:
    """Runs the named benchmark, or all."""
    names = sys.argv[1:] or list(BENCHMARKS)
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        sys.stderr.write(f"no benchmark {', '.join(unknown)}: there are {', '.join(BENCHMARKS)}\n")
        return 2
    for name in names:
        figures = BENCHMARKS[name]()
        figures["ratio"] = round(figures["value"] / figures["limit"], 3)
        sys.stdout.write(json.dumps({"name": name} | figures) + "\n")
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
