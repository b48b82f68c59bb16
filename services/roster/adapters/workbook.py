"""Workbooks are read and written in a child process with bounds; its death is the file's fault, never the service's."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from pathlib import Path
from typing import Any

import msgspec
import structlog

from services.roster.adapters.bounds import RefusedWorkbookError
from services.roster.domain.sheet_rows import Message, Reading, Row

log = structlog.get_logger()

_ROOT = Path(__file__).parents[3]
_CHILD = "services.roster.adapters.child"
_WALL_CLOCK_S = 60.0
_AT_ONCE = asyncio.Semaphore(2)


class ReadAnswer(msgspec.Struct, frozen=True):
    """What the child says of a file: the reading, or why it is refused."""

    rows: list[Row] = []
    messages: list[Message] = []
    declared_total: int | None = None
    mapping: dict[str, dict[str, str]] = {}
    refused: str | None = None


class ToAnnotate(msgspec.Struct, frozen=True):
    """A workbook, and what its copy shows beside each row: sheet -> row -> state, and sheet -> row -> texts."""

    content: bytes
    states: dict[str, dict[int, str]]
    texts: dict[str, dict[int, str]]


async def read(content: bytes) -> Reading:
    """Reads a personnel workbook. Raises RefusedWorkbookError where it is refused, or where reading it dies."""
    answer = msgspec.msgpack.decode(await _ask("read", content), type=ReadAnswer)
    if answer.refused is not None:
        raise RefusedWorkbookError(answer.refused)
    return Reading(answer.rows, answer.messages, answer.declared_total, answer.mapping)


async def annotated(task: ToAnnotate) -> bytes:
    """The same values with the columns Status and Error, as a new workbook."""
    return await _ask("annotate", msgspec.msgpack.encode(task))


async def template() -> bytes:
    """An empty personnel workbook with its headers."""
    return await _ask("template", b"")


async def _ask(what: str, sent: bytes) -> bytes:
    async with _AT_ONCE:
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-s", "-m", _CHILD, what,
            cwd=_ROOT,
            env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1"},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        try:
            async with asyncio.timeout(_WALL_CLOCK_S):
                said, _ = await child.communicate(sent)
        except TimeoutError:
            raise RefusedWorkbookError("the file takes too long to read") from None
        finally:
            if child.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    child.kill()
                await child.wait()
    if child.returncode != 0:
        # Its words may quote cells, so only how it ended is told; the same fault for every file is ours, not theirs.
        log.warning("workbook_child_died", task=what, status=child.returncode)
        raise RefusedWorkbookError("the file could not be read within its limits")
    return said


def encode(answer: Any) -> bytes:
    """The child's side of the wire."""
    return msgspec.msgpack.encode(answer)
