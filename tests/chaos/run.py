"""`make chaos SECONDS=180 SEED=n [KAFKA=apache]`: real processes, real kills, then the invariants; one JSON line.

Exit 1 if any invariant is broken. DEMO_PEOPLE sizes the sample province.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import shutil
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from time import monotonic
from typing import Any

from deploy.local import stack as local
from deploy.local.paths import LocalPaths
from deploy.local.ports import free_port
from deploy.local.stack import Stack
from deploy.local.supervisor import Supervisor
from tests.chaos import facts, history, residue, schedule
from tests.chaos.clients import Clients, Seen
from tests.chaos.faults import ABSENT, FROZEN, GATEWAYS, LAYOUT, VICTIMS, strike
from tests.chaos.front import Fronts
from tests.chaos.invariants import Verdict, judge, sentences
from tests.chaos.modes import MODES
from tests.chaos.schedule import Planned
from tests.support.databases import local_folder

SLOW = 0.95


@dataclass
class Inflicted:
    """The faults of a run as they went."""

    faults: Counter[str] = field(default_factory=Counter)
    down: list[history.Window] = field(default_factory=list)
    rolled: list[history.Window] = field(default_factory=list)
    frozen: list[history.Window] = field(default_factory=list)
    trouble: list[str] = field(default_factory=list)
    aimed: Counter[str] = field(default_factory=Counter)
    poison: set[str] = field(default_factory=set)
    poisoned: int = 0


async def chaos(paths: LocalPaths, seed: int, seconds: float, only: Sequence[str] = ()) -> dict[str, Any]:
    """One run on a stack of its own in this LOCAL_DIR; the figures of the closing line. `only`: these faults."""
    planned = schedule.plan(seed, seconds, {one: VICTIMS[one] for one in only or VICTIMS})
    for one in planned:
        _say(f"{one.at_s:6.1f} s  {one.fault} on {one.victim}" + (f" for {one.for_s:.0f} s" if one.for_s else ""))
    with Fronts() as fronts:
        async with Supervisor(paths, say=_say) as supervisor:
            stack = await local.start(paths, supervisor, free_port(), LAYOUT, gateways=GATEWAYS, doors=fronts)
            clients = Clients(stack, seed, seconds)
            await clients.begin()
            _say("the load runs")
            inflicted = await _inflict(stack, planned, seconds)
            _say("everything is healed")
            seen = await clients.end()
            if seen.restless:
                await _write_metrics(stack)
            found = await facts.read({service: one.owner for service, one in stack.addresses.items()})
    told = history.read(paths.root, seen.reads)
    told.down, told.rolled, told.frozen = inflicted.down, inflicted.rolled, inflicted.frozen
    found.log, found.fallen, found.otherwise = seen.log, seen.fallen, seen.otherwise
    found.figures.answered, found.leaked, found.stuck = seen.progress, seen.leaked, seen.stuck
    found.poison = inflicted.poison
    verdict = judge(told, found)
    if inflicted.trouble:
        verdict.broken["healing"] = inflicted.trouble
    if seen.restless:
        verdict.broken.setdefault("I7", []).append(seen.restless)
    if verdict.broken:
        _keep_logs(paths, seed)
    return figures(seed, seconds, inflicted, told, seen, verdict)


async def _write_metrics(stack: Stack) -> None:
    """What each process says of itself while something waits, beside its log."""
    for name, text in (await residue.metrics(stack.supervisor.pids())).items():
        stack.paths.log(name).with_suffix(".metrics").write_text(text, encoding="utf-8")


def _keep_logs(paths: LocalPaths, seed: int) -> None:
    """The processes' words of a run that went wrong outlive its folder."""
    kept = LocalPaths.from_environment().root / f"chaos-{seed}"
    shutil.copytree(paths.logs, kept, dirs_exist_ok=True)
    _say(f"the processes' logs are kept in {kept}")


async def _inflict(stack: Stack, planned: Sequence[Planned], seconds: float) -> Inflicted:
    """Each fault at its time, or as soon as the one before is healed."""
    inflicted = Inflicted()
    began = monotonic()
    for one in planned:
        await asyncio.sleep(max(0.0, began + one.at_s - monotonic()))
        window, trouble, struck = await strike(stack, one)
        inflicted.faults[one.fault] += 1
        if window is not None:
            _windows(inflicted, one.fault).append(window)
        inflicted.aimed.update(struck.aimed or {})
        inflicted.poison |= struck.poison
        inflicted.poisoned += struck.poisoned
        if trouble is not None:
            inflicted.trouble.append(trouble)
    await asyncio.sleep(max(0.0, began + seconds - monotonic()))
    return inflicted


def _windows(inflicted: Inflicted, fault: str) -> list[history.Window]:
    if fault == "F-12":
        return inflicted.rolled
    return inflicted.frozen if fault in FROZEN else inflicted.down


def figures(
    seed: int, seconds: float, inflicted: Inflicted, told: history.History, seen: Seen, verdict: Verdict
) -> dict[str, Any]:
    """The closing line's content."""
    took = sorted(
        (call.answered - call.sent).total_seconds() for call in told.calls if call.answered and call.status == 200
    )
    return {
        "seed": seed,
        "broker": os.environ.get("KAFKA") or "embedded",
        "seconds": seconds,
        "faults": dict(sorted(inflicted.faults.items())),
        "aimed": dict(sorted(inflicted.aimed.items())),
        "poisoned": inflicted.poisoned,
        "jumped": MODES.jumped,
        "stormed": MODES.stormed,
        "not_inflicted": ABSENT,
        "calls": len(told.calls),
        **{outcome: told.count(outcome) for outcome in ("acknowledged", "refused", "unknown")},
        "repeated": sum(len(deed.calls) > 1 for deed in told.deeds),
        "events": len(told.events),
        "logged": len(seen.log),
        "logs": seen.lives,
        **{name: count for name, count in asdict(verdict).items() if name != "broken"},
        "heal_s": round(seen.heal_s, 1),
        "read_p95_ms": round(1_000 * took[int(SLOW * len(took))]) if took else None,
        "broken": sentences(verdict),
    }


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def main() -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(prog="make chaos")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=180.0)
    parser.add_argument("--only", nargs="*", choices=sorted(VICTIMS), default=[], help="these faults and no others")
    asked = parser.parse_args()
    if asked.only and not schedule.plan(asked.seed, asked.seconds, {one: VICTIMS[one] for one in asked.only}):
        parser.error(f"none of {', '.join(asked.only)} fits into {asked.seconds:.0f} s")
    # It says of every lost connection what the schedule says already.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    with local_folder("chaos") as paths:
        line = asyncio.run(chaos(paths, asked.seed, asked.seconds, asked.only))
    sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
    return 1 if line["broken"] else 0


if __name__ == "__main__":
    raise SystemExit(main())
