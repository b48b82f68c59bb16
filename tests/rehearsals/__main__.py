"""`make rehearse NAME=rolling|scale|restore|upgrade`: one rehearsal on a stack of its own; its figures on one line."""

from __future__ import annotations

import asyncio
import importlib
import json
import logging
import sys
from time import monotonic

from tests.support.databases import local_folder

REHEARSALS = ("rolling", "scale", "restore", "upgrade")
WRONG = ("failed", "lost", "parked", "otherwise", "unequal", "fewer_than_before", "changed")
"""Figures that must be nothing."""


def main() -> int:
    """The exit code: 1 where something failed, was lost, or counts otherwise."""
    if len(sys.argv) != 2 or sys.argv[1] not in REHEARSALS:
        sys.stderr.write(f"usage: python -m tests.rehearsals {'|'.join(REHEARSALS)}\n")
        return 2
    # It says of every connection that ends what the rehearsal says already.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    rehearse = importlib.import_module(f"tests.rehearsals.{sys.argv[1]}").rehearse
    began = monotonic()
    with local_folder(sys.argv[1]) as paths:
        line = asyncio.run(rehearse(paths))
    sys.stdout.write(json.dumps(line | {"seconds": round(monotonic() - began)}, ensure_ascii=False) + "\n")
    return 1 if any(line.get(name) for name in WRONG) else 0


if __name__ == "__main__":
    raise SystemExit(main())
