"""The database of the release before, with a course in it, is migrated while that release serves; then it is replaced.

The release before is UPGRADE_FROM (a tag or a commit), else the last commit before the newest migration. It plays its
own course with its own launcher; then its processes run again, and this tree's take their places one by one.
"""

from __future__ import annotations

import asyncio
import io
import os
import subprocess
import sys
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

import aiohttp

from deploy.local import stack as local
from deploy.local.paths import LocalPaths
from deploy.local.ports import free_port
from deploy.local.program import CHECKOUT
from deploy.local.stack import SERVICES, Stack
from shared.clock import utc_now
from tests.chaos.rolling import roll
from tests.rehearsals.stage import say, staged

PEOPLE = 29
PER_S = 15.0
BEFORE_S = 5.0
COMPLETE_WITHIN_S = 600
LAYOUT: Mapping[str, Sequence[str]] = dict.fromkeys(SERVICES, ("all", "all"))


_PLAY = """
import asyncio, sys
from deploy.local import stack
from deploy.local.paths import LocalPaths
from deploy.local.play import play_course
from deploy.local.supervisor import Supervisor

async def main():
    paths = LocalPaths.from_environment()
    async with Supervisor(paths) as supervisor:
        await play_course(await stack.start(paths, supervisor, int(sys.argv[1])))

asyncio.run(main())
"""
"""`make run` of that release without the dashboard's build, to the end of the course."""


class NoHistoryError(LookupError):
    """There is no commit to take the release before from."""


@dataclass(frozen=True)
class Release:
    """A checkout of another commit."""

    commit: str
    folder: Path


def release_before(into: Path) -> Release:
    """Its files, in a folder of their own. Raises NoHistoryError."""
    asked = os.environ.get("UPGRADE_FROM")
    if asked is None:
        newest = _git("log", "-1", "--diff-filter=A", "--format=%H", "--", "services/*/migrations/versions/*.py")
        asked = f"{newest.decode().strip()}^"
    commit = _git("rev-parse", "--verify", f"{asked}^{{commit}}").decode().strip()
    folder = into / "before"
    with tarfile.open(fileobj=io.BytesIO(_git("archive", commit))) as archive:
        archive.extractall(folder, filter="data")
    return Release(commit, folder)


def _git(*words: str) -> bytes:
    try:
        done = subprocess.run(["git", *words], cwd=CHECKOUT, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError) as fault:
        raise NoHistoryError(f"no release before this one: git {words[0]} failed ({type(fault).__name__})") from None
    return done.stdout


async def rehearse(paths: LocalPaths) -> dict[str, Any]:
    """The figures. Raises NoHistoryError."""
    before = release_before(paths.root)
    say(f"the release before is {before.commit[:12]}; it plays its course")
    people = os.environ.get("DEMO_PEOPLE") or str(PEOPLE)
    await asyncio.to_thread(_played_by, before, paths, people)
    async with staged(paths, LAYOUT, people=int(people), gateways=2, checkout=before.folder, furnish=False) as stage:
        await stage.quiet()
        figures = await stage.figures()
        with stage.load(PER_S) as load:
            await asyncio.sleep(2.0)  # the first calls of a process are its slowest
            since = utc_now()
            await asyncio.sleep(BEFORE_S)  # the load's pace
            migrating, began = utc_now(), monotonic()
            for service in SERVICES:
                await local.migrate(stage.stack, service)
            migrated = monotonic() - began
            unready = await _unready(stage.stack)
            await asyncio.sleep(2.0)  # the release before serves on the new schema
            for program in stage.stack.programs.values():
                program.cwd = CHECKOUT
            await roll(stage.stack)
            until = utc_now()
            await asyncio.sleep(2.0)  # the load's pace
        await stage.quiet()
        now = await stage.figures()
        return {
            "rehearsal": "upgrade",
            "from": before.commit[:12],
            "migrate_s": round(migrated, 1),
            "unready_after_migration": unready,
            "calls": len(load.answers),
            "failed": load.failed(),
            "lost": await stage.lost(load.acknowledged),
            "parked": await stage.parked(),
            "changed": sorted(name for name, count in figures.items() if now.get(name) != count),
            "figures": now,
            "p99_ms": {
                kind: {"before": load.p99_ms(kind, since, migrating), "during": load.p99_ms(kind, migrating, until)}
                for kind in ("webhook", "read")
            },
        }


def _played_by(release: Release, paths: LocalPaths, people: str) -> None:
    """That release's whole course, by its own code, in the same LOCAL_DIR."""
    environment = {**os.environ, "LOCAL_DIR": str(paths.root), "DEMO_PEOPLE": people, "BDTX_ENV": "local"}
    with subprocess.Popen(
        [sys.executable, "-c", _PLAY, str(free_port())],
        cwd=release.folder,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as player:
        try:
            _, errors = player.communicate(timeout=COMPLETE_WITHIN_S)
        except subprocess.TimeoutExpired:
            player.terminate()  # it stops its stack; killed, it would leave that to its guardian
            _, errors = player.communicate()
    if player.returncode != 0:
        raise RuntimeError(f"the release before did not play its course: {errors[-2000:]}")


async def _unready(stack: Stack) -> int:
    """How many processes would be taken out of rotation now."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as session:

        async def status(url: str) -> int:
            async with session.get(f"{url}/readyz") as answer:
                return answer.status

        return sum(one != 200 for one in await asyncio.gather(*(status(url) for url in stack.members.values())))
