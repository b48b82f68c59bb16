"""Processes that stand still: worse than dead, for their locks and their connections stay."""

from __future__ import annotations

import asyncio
import os
import re
import signal
from collections.abc import Sequence
from time import monotonic

from deploy.local.broker import EmbeddedBroker
from deploy.local.stack import Stack
from tests.chaos import residue
from tests.chaos.healing import BACK_WITHIN_S, NotHealedError, back, pid
from tests.chaos.schedule import Planned

PUT_OUT_LATE_S = 15.0
"""So long after the thaw the group may still take to tell the others: each looks every few seconds."""
LOOK_EVERY_S = 0.5
_PARTITIONS = re.compile(r"^consumer_partitions (\S+)$", re.MULTILINE)


class Freeze:
    """SIGSTOP, then SIGCONT (F-03, F-06, F-09)."""

    answers_gone = False

    async def strike(self, stack: Stack, planned: Planned) -> None:
        """It goes on where it was, unless it was ended in the meantime."""
        process = await pid(stack, planned.victim)
        os.kill(process, signal.SIGSTOP)
        try:
            await asyncio.sleep(planned.for_s)
        finally:
            if stack.supervisor.pids().get(planned.victim) == process:
                os.kill(process, signal.SIGCONT)
        await back(stack, planned.victim, before=None)


class LoopBlocked(Freeze):
    """A consumer stands still for two sessions: its group puts it out and the others have all of its partitions; when
    it goes on it is given some again (F-11). It has one event loop, so a stopped process is a blocked loop.

    The embedded broker counts a silent member out, but may leave its partitions to nobody until somebody joins, so
    that there only the coming back is demanded.
    """

    async def strike(self, stack: Stack, planned: Planned) -> None:
        """Raises NotHealedError where it was not put out, or was given nothing again."""
        service = planned.victim.split("-")[0]
        group = [name for name in stack.supervisor.pids() if name.startswith(f"{service}-consume-")]
        others = [name for name in group if name != planned.victim]
        whole = await _shared_out(stack, group)
        takes_over = asyncio.create_task(_given(stack, others, whole, planned.for_s + PUT_OUT_LATE_S))
        await super().strike(stack, planned)
        if isinstance(stack.broker, EmbeddedBroker):
            takes_over.cancel()
        elif not await takes_over:
            raise NotHealedError(f"it was not put out: the others were never given all {whole} partitions")
        if not await _given(stack, [planned.victim], 1, BACK_WITHIN_S):
            raise NotHealedError("it was given no partition again")


async def _shared_out(stack: Stack, group: Sequence[str]) -> int:
    """How many partitions the group reads, when all of its members have some."""
    until = monotonic() + BACK_WITHIN_S
    while monotonic() < until:
        given = await _partitions(stack, group)
        if len(given) == len(group) and all(given.values()):
            return sum(given.values())
        await asyncio.sleep(LOOK_EVERY_S)
    raise NotHealedError("its group never shared its partitions out")


async def _given(stack: Stack, members: Sequence[str], least: int, within_s: float) -> bool:
    """Whether they have so many partitions together at some moment before then."""
    until = monotonic() + within_s
    while monotonic() < until:
        if sum((await _partitions(stack, members)).values()) >= least:
            return True
        await asyncio.sleep(LOOK_EVERY_S)
    return False


async def _partitions(stack: Stack, members: Sequence[str]) -> dict[str, int]:
    """By member, as it tells it; one that does not answer is left out."""
    running = stack.supervisor.pids()
    texts = await residue.metrics({name: running[name] for name in members if name in running})
    return {name: int(float(found[1])) for name, text in texts.items() if (found := _PARTITIONS.search(text))}
