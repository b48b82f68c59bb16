"""`make run`: the whole platform on one machine, then the sample province's course; `make stop`, `make clean`."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from time import monotonic

import uvloop

from deploy.local import stack as local
from deploy.local.paths import LocalPaths
from deploy.local.play import Totals, play_course, print_line
from deploy.local.postgres import remove_data
from deploy.local.preflight import demo_problems, sample_problems, until_problems
from deploy.local.program import Program
from deploy.local.stack import StartError
from deploy.local.supervisor import StackRunningError, Supervisor, stop_stack

_LOOK_EVERY_S = 0.2


async def run() -> int:
    """Serves until Ctrl-C. Exit code: 0 after a clean stop, 1 where something did not come up or disagreed."""
    paths = LocalPaths.from_environment()
    port = int(os.environ.get("GATEWAY_PORT") or "8080")
    started = monotonic()
    async with Supervisor(paths) as supervisor:
        print_line("starting PostgreSQL, the broker, four services and the gateway")
        stack = await local.start(paths, supervisor, port)
        if supervisor.stopping.is_set():
            return 0
        print_line(f"READY {stack.gateway_url} (after {monotonic() - started:.0f} s)")
        pages = asyncio.create_task(_build_pages(stack))
        demo = os.environ.get("DEMO") or "longan"
        play = asyncio.create_task(_play(stack)) if demo == "longan" else None
        stop = asyncio.create_task(supervisor.stopping.wait())
        if play is not None:
            await asyncio.wait({play, stop}, return_when=asyncio.FIRST_COMPLETED)
            if play.done() and not play.result():
                return await _ended(pages, 1)
            play.cancel()
        await stop
        return await _ended(pages, 0)


async def _build_pages(stack: local.Stack) -> None:
    """The dashboard, beside all else; until it stands, and where it cannot be built, `/` is the status page."""
    program = Program(
        name="dashboard",
        argv=stack.command("deploy.local.dashboard", "build", "--into", str(stack.paths.dashboard)),
        env=os.environ,
        paths=stack.paths,
        patience_s=5.0,
    )
    program.start()
    try:
        while program.alive:  # noqa: ASYNC110  # a process of ours tells nobody of its end
            await asyncio.sleep(_LOOK_EVERY_S)
    finally:
        program.stop()
    if program.exit_code == 0:
        print_line(f"the dashboard: {stack.gateway_url}/")
    else:
        print_line(f"THE DASHBOARD COULD NOT BE BUILT, the status page stays; see {stack.paths.log('dashboard')}")


async def _ended(pages: asyncio.Task[None], code: int) -> int:
    pages.cancel()
    await asyncio.wait({pages})
    return code


async def _play(stack: local.Stack) -> bool:
    try:
        totals = await play_course(stack)
    except Exception as fault:
        for cause in _causes(fault):
            print_line(f"THE COURSE STOPPED: {type(cause).__name__}: {cause}")
        return False
    print_line(complete_line(totals))
    print_line(f"the dashboard: {stack.gateway_url}/   the status page: {stack.gateway_url}/status")
    print_line("Ctrl-C stops everything")
    return True


def _causes(fault: BaseException) -> list[BaseException]:
    """The faults inside a group of faults."""
    if isinstance(fault, BaseExceptionGroup):
        return [cause for one in fault.exceptions for cause in _causes(one)]
    return [fault]


def complete_line(totals: Totals) -> str:
    """The line that says that the course is over, or played as far as was asked for, with its totals."""
    figures = " ".join(f"{name}={count}" for name, count in totals.figures.items())
    what = "COMPLETE" if totals.until is None else f"PLAYED UNTIL {totals.until}"
    return f"COURSE {what} {figures} events={totals.events} seconds={totals.seconds:.0f}"


def main() -> int:
    """`python -m deploy.local.run [stop|clean]`"""
    paths = LocalPaths.from_environment()
    if sys.argv[1:] in (["stop"], ["clean"]):
        for name in stop_stack(paths.root):
            print_line(f"stopped {name}")
        if sys.argv[1] == "clean":
            remove_data(paths)  # it may lie outside LOCAL_DIR, where the database's user can enter
            shutil.rmtree(paths.root, ignore_errors=True)
        return 0
    settings = (os.environ.get("DEMO") or "", os.environ.get("DEMO_PEOPLE") or "")
    nonsense = demo_problems(*settings) + until_problems(os.environ.get("DEMO_UNTIL") or "")
    if nonsense := nonsense or sample_problems(paths.root, *settings):
        sys.stderr.writelines(f"{sentence}\n" for sentence in nonsense)
        return 2
    try:
        return uvloop.run(run())
    except (StartError, StackRunningError) as fault:
        sys.stderr.write(f"{fault}\n")
        return 1


if __name__ == "__main__":
    raise SystemExit(main())
