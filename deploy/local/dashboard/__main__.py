"""`python -m deploy.local.dashboard build [--into FOLDER] | check | client`

`build` makes the pages where their sources changed; with a folder also puts them there, with its progress beside
them. `check` holds types, generated client, the addresses that the pages name and the first view's weight against the
code. `client` writes the client's types.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from time import monotonic

from deploy.local.dashboard import addresses, budget, building, contract
from deploy.local.dashboard.building import BuildError

FAULTS = (BuildError, OSError)


def _build(into: Path | None) -> int:
    os.nice(10)  # beside a stack that has better things to do
    say = building.progress(into) if into is not None else (lambda step: None)
    began = monotonic()
    try:
        made = building.build(into, say=say)
    except FAULTS as fault:
        say("failed")
        sys.stderr.write(f"the dashboard could not be built: {fault}\n")
        return 1
    say("ready")
    sys.stdout.write(
        f"the dashboard is built ({monotonic() - began:.0f} s)\n" if made else "the dashboard is up to date\n"
    )
    return 0


def _check() -> int:
    try:
        building.packages()
        building.run(f"{building.MODULES}/typescript/bin/tsc", "--noEmit", step="tsc")
        if contract.differs():
            sys.stderr.write("gateway/dashboard/src/api/schema.d.ts is not what the routes declare: make client\n")
            return 1
        building.build()
    except FAULTS as fault:
        sys.stderr.write(f"the dashboard: {fault}\n")
        return 1
    strange = addresses.foreign()
    for one in strange:
        sys.stderr.write(f"{one.file} names an address of somebody else: {one.address}\n")
    heaviest = budget.weights()[0]
    sys.stdout.write(
        f"first view: {heaviest.size / 1000:.0f} kB gzipped ({heaviest.page}; limit {budget.LIMIT / 1000:.0f} kB)\n"
    )
    return 0 if heaviest.size <= budget.LIMIT and not strange else 1


def _client() -> int:
    building.packages()
    contract.generate()
    return 0


def main() -> int:
    """Exit code: 0 where all is well."""
    parser = argparse.ArgumentParser(prog="python -m deploy.local.dashboard")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("build").add_argument("--into", type=Path)
    commands.add_parser("check")
    commands.add_parser("client")
    asked = parser.parse_args()
    match asked.command:
        case "build":
            return _build(asked.into)
        case "check":
            return _check()
        case _:
            return _client()


if __name__ == "__main__":
    raise SystemExit(main())
