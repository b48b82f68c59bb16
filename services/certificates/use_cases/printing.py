"""Print runs: the papers of a class or a unit in one file. Asked for, bound by the worker, fetched when it is done."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from services.certificates.adapters.binding import Binder
from services.certificates.store import print_runs as store
from services.certificates.store.print_runs import PrintRun as PrintRun
from shared import audit
from shared.audit import Act
from shared.database import retrying, transaction
from shared.identity import Reach
from shared.objects import Objects

log = structlog.get_logger()

MOST = 1_000
"""Papers in one run: a file that an office's printer still takes."""
_BATCH = 50
_LEASE = timedelta(seconds=60)
"""So long a run is left to the worker that said last how far it is; then another begins it anew."""


class WrongAimError(ValueError):
    """Not exactly one of a class and a unit was named."""


class NothingToPrintError(LookupError):
    """No valid certificate within reach has a paper, or the unit itself is out of reach."""


class TooManyPapersError(ValueError):
    """More than one file should hold; the message says how many may be."""


class NoSuchPrintRunError(LookupError):
    """No run of this id within reach."""


async def ask(engine: AsyncEngine, act: Act, reach: Reach, *, class_id: UUID | None, unit_id: UUID | None) -> PrintRun:
    """Notes which papers are to be bound: those that are valid and drawn now.

    Raises WrongAimError, NothingToPrintError, TooManyPapersError.
    """
    if (class_id is None) == (unit_id is None):
        raise WrongAimError("class_id or unit_id, one of the two")
    run_id = act.new_id()

    async def once() -> PrintRun:
        async with transaction(engine, act.province_id) as connection:
            found = await store.printable(connection, act.province_id, reach, class_id, unit_id)
            if not found.certificates or (unit_id is not None and not _reached(reach, found.unit_path, unit_id)):
                raise NothingToPrintError("no certificate with a paper here")
            if len(found.certificates) > MOST:
                raise TooManyPapersError(
                    f"{len(found.certificates)} papers, more than {MOST}: take a class or a school"
                )
            run = PrintRun(
                province_id=act.province_id,
                id=run_id,
                class_id=class_id,
                unit_id=unit_id,
                asked_by=act.account,
                asked_at=act.at,
                papers=len(found.certificates),
                undrawn=found.undrawn,
            )
            await store.insert(connection, run, found.certificates)
            said = {"class": class_id, "unit": unit_id, "papers": run.papers}
            details = {name: value for name, value in said.items() if value is not None}
            await audit.record(connection, act, "certificate.print", "print_run", [(str(run_id), details)])
            return run

    return await retrying(once)


def _reached(reach: Reach, path: list[UUID], unit_id: UUID) -> bool:
    """Whether a unit itself is within reach: who names the Phòng above her school is not given her school's papers as
    the Phòng's. `path` leads through the unit. An audience reaches into every unit."""
    above = path[: path.index(unit_id) + 1]
    return reach.everything or bool(reach.audiences) or not set(reach.units).isdisjoint(above)


async def listed(
    engine: AsyncEngine, province_id: UUID, reach: Reach, *, after: UUID | None, limit: int
) -> tuple[list[PrintRun], int]:
    """Runs within reach, the newest first, and how many there are in all."""
    async with transaction(engine, province_id) as connection:
        return await store.listed(connection, province_id, reach, after, limit)


async def one(engine: AsyncEngine, province_id: UUID, reach: Reach, run_id: UUID) -> PrintRun:
    """One run. Raises NoSuchPrintRunError."""
    async with transaction(engine, province_id) as connection:
        run = await store.one(connection, province_id, reach, run_id)
    if run is None:
        raise NoSuchPrintRunError
    return run


async def bind_next(engine: AsyncEngine, objects: Objects, clock: Callable[[], datetime]) -> int:
    """Binds the next run's papers and says after each batch how far it is; answers how many runs it took.

    A certificate that ended since it was asked for is left out, and a paper that the store has lost. A worker that dies
    leaves its run to the next one, which begins it anew: the same papers give the same bytes, so the same key.
    """
    now = clock()
    async with engine.begin() as connection:
        taken = await store.take(connection, now, now + _LEASE)
    if taken is None:
        return 0
    run, certificates = taken
    binder = Binder()
    for first in range(0, len(certificates), _BATCH):
        ids = certificates[first : first + _BATCH]
        async with engine.connect() as connection:
            keys = await store.papers(connection, run, ids)
        found = await asyncio.gather(*(_fetched(objects, run, key) for key in keys))
        papers = [paper for paper in found if paper is not None]
        added = await asyncio.to_thread(binder.add, papers)
        run = replace(run, bound=run.bound + added, left_out=run.left_out + len(ids) - added)
        async with engine.begin() as connection:
            await store.reach(connection, run, clock() + _LEASE)
    key = await objects.keep("print-runs", await asyncio.to_thread(binder.whole)) if run.bound else None
    async with engine.begin() as connection:
        await store.end(connection, replace(run, document=key, ended_at=clock()))
    return 1


async def _fetched(objects: Objects, run: PrintRun, key: str) -> bytes | None:
    try:
        return await objects.fetch(key)
    except FileNotFoundError:
        log.error("paper_lost", print_run=str(run.id), paper=key)
        return None
