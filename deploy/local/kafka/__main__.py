"""`python -m deploy.local.kafka`: fetches what Apache Kafka needs; exit 0 where it can run here, 1 with a sentence
where it cannot."""

from __future__ import annotations

import sys

from deploy.local.broker import BrokerError
from deploy.local.kafka import jars


def main() -> int:
    """The exit code."""
    try:
        jars.fetch()
    except BrokerError as fault:
        sys.stderr.write(f"{fault}\n")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
