"""`make killed SEED=n EVERY=10`: a course left alone, the same course under kill -9 of a random process, compared.

Prints one JSON line; exit 1 where the two ends differ. KAFKA=apache and DEMO_PEOPLE mean what they mean to `make run`.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
from collections import Counter
from threading import Event, Thread
from time import monotonic
from typing import Any

from tests.journeys.end_state import OFFICER, OPERATOR, differing, end_state
from tests.journeys.recompute import disagreements
from tests.support.whole_stack import WholeStack, whole_stack

VICTIMS = ("broker", "postgres", "gateway", "roster", "grading", "certificates", "reporting")
PATIENCE_S = 1_800.0


class Killer:
    """Kills one process after another until it is told to stop; it waits while its victim is being started."""

    def __init__(self, stack: WholeStack, chance: random.Random, every_s: float) -> None:
        self.killed: Counter[str] = Counter()
        self._stack = stack
        self._chance = chance
        self._every_s = every_s
        self._stop = Event()
        self._thread = Thread(target=self._work)

    def __enter__(self) -> Killer:
        self._thread.start()
        return self

    def __exit__(self, *_fault: object) -> None:
        self._stop.set()
        self._thread.join()

    def _work(self) -> None:
        while not self._stop.wait(self._every_s):
            victim = self._chance.choice(VICTIMS)
            self._stack.kill(victim)
            self.killed[victim] += 1


def _complete(stack: WholeStack) -> float:
    """Seconds to the end of the course."""
    started = monotonic()
    stack.wait_for("COURSE COMPLETE", PATIENCE_S)
    return monotonic() - started


def _end(stack: WholeStack) -> tuple[dict[str, Any], list[str]]:
    """The end state, and what an independent computation has against it."""
    wrong = disagreements(
        stack.every(OFFICER, "/api/v1/results"), stack.every(OFFICER, "/api/v1/offerings"), stack.paths.root
    )
    return end_state(stack), wrong


def main() -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(prog="make killed")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--every", type=float, default=10.0, help="seconds between two kills")
    asked = parser.parse_args()
    with whole_stack("left-alone") as stack:
        stack.wait_for("READY", 120)
        alone_s = _complete(stack)
        want, alone_wrong = _end(stack)
    with whole_stack("killed") as stack:
        stack.wait_for("READY", 120)
        with Killer(stack, random.Random(asked.seed), asked.every) as killer:
            killed_s = _complete(stack)
        got, wrong = _end(stack)
        parked = stack.get(OPERATOR, "/api/v1/parked")["total"]
    unlike = differing(want, got)
    figures = {
        "seed": asked.seed,
        "broker": os.environ.get("KAFKA") or "embedded",
        "kills": dict(sorted(killer.killed.items())),
        "seconds": round(killed_s),
        "seconds_left_alone": round(alone_s),
        "results": len(got["results"]),
        "differing": unlike[:10],
        "recomputed_otherwise": (alone_wrong + wrong)[:10],
        "parked": parked,
        "figures": got["figures"],
    }
    sys.stdout.write(json.dumps(figures, ensure_ascii=False) + "\n")
    return 1 if unlike or alone_wrong or wrong or parked else 0


if __name__ == "__main__":
    raise SystemExit(main())
