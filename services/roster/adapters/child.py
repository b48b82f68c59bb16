"""The child process: limits itself first, then reads or writes one workbook from stdin to stdout.

Parsers are imported inside the functions, so under the limits.
"""

from __future__ import annotations

import resource
import sys

_MEMORY = 1 << 30
_CPU_S = 30


def main() -> None:
    """`read`, `annotate` or `template`; a death by these limits is what the parent expects of a hostile file."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_S, _CPU_S))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    what, sent = sys.argv[1], sys.stdin.buffer.read()
    sys.stdout.buffer.write({"read": _read, "annotate": _annotate, "template": _template}[what](sent))


def _read(content: bytes) -> bytes:
    from services.roster.adapters import workbook
    from services.roster.adapters.bounds import RefusedWorkbookError
    from services.roster.adapters.sheets import sheets_of
    from services.roster.domain import personnel

    try:
        found = personnel.read(sheets_of(content))
    except RefusedWorkbookError as fault:
        return workbook.encode(workbook.ReadAnswer(refused=str(fault)))
    return workbook.encode(workbook.ReadAnswer(found.rows, found.messages, found.declared_total, found.mapping))


def _annotate(sent: bytes) -> bytes:
    import msgspec

    from services.roster.adapters.sheets import sheets_of
    from services.roster.adapters.workbook import ToAnnotate
    from services.roster.adapters.written import annotate

    task = msgspec.msgpack.decode(sent, type=ToAnnotate)
    return annotate(sheets_of(task.content), task.states, task.texts)


def _template(_: bytes) -> bytes:
    from services.roster.adapters.written import template

    return template()


if __name__ == "__main__":
    main()
