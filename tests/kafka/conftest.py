"""Proofs that need Apache Kafka: `make test-kafka` says KAFKA=apache; elsewhere nothing here is collected."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from deploy.local.kafka import ApacheKafka
from tests.support.brokers import APACHE
from tests.support.databases import local_folder

collect_ignore_glob = [] if APACHE else ["test_*.py"]


@pytest.fixture(scope="session")
def three() -> Iterator[ApacheKafka]:
    """Three brokers, kept over the tests; whoever breaks one leaves all of them running."""
    with local_folder("three") as paths, ApacheKafka(paths, 3) as cluster:
        yield cluster
