"""Many schedules on all processors: `make simulate SCHEDULES=1000000`; one JSON line, exit 1 where any broke."""

from __future__ import annotations

import argparse
import json
import os
import sys
from concurrent.futures import ProcessPoolExecutor
from time import monotonic

from tests.support.simulation import sweep

AT_ONCE = 1_000
SHOWN = 20


def main() -> int:
    """Runs them and reports."""
    wanted = argparse.ArgumentParser(description=__doc__)
    wanted.add_argument("schedules", type=int)
    wanted.add_argument("first_seed", type=int, nargs="?", default=0)
    given = wanted.parse_args()
    end = given.first_seed + given.schedules
    parts = [range(at, min(at + AT_ONCE, end)) for at in range(given.first_seed, end, AT_ONCE)]
    began, found = monotonic(), []
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for done, some in enumerate(pool.map(sweep, parts), start=1):
            found += some
            if sys.stderr.isatty():
                sys.stderr.write(f"\r{done * 100 // len(parts)} %")
    if sys.stderr.isatty():
        sys.stderr.write("\r")
    report = {
        "schedules": given.schedules,
        "first_seed": given.first_seed,
        "broken": len(found),
        "what": {str(seed): words for seed, words in sorted(found)[:SHOWN]},
        "seconds": round(monotonic() - began, 1),
    }
    sys.stdout.write(json.dumps(report) + "\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
