"""`python -m tests.migrations`: exit 1 where a service's migration would harm the release that still serves."""

from __future__ import annotations

import sys

from shared import migration
from tests.migrations.rules import BASELINE, judge


def main() -> int:
    """The exit code."""
    found = [
        f"{service}: {one}"
        for service, baseline in BASELINE.items()
        for one in judge(migration.config(service, "postgresql://"), baseline)
    ]
    sys.stderr.writelines(f"{line}\n" for line in found)
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
