"""The broker under test: the embedded one, or Apache Kafka where KAFKA=apache. The same proofs hold on both."""

from __future__ import annotations

import os

from deploy.local.broker import EmbeddedBroker
from deploy.local.kafka import ApacheKafka
from deploy.local.paths import LocalPaths

Broker = EmbeddedBroker | ApacheKafka

APACHE = os.environ.get("KAFKA") == "apache"


def make_broker(paths: LocalPaths) -> Broker:
    """One broker of this run's kind, not started."""
    return ApacheKafka(paths) if APACHE else EmbeddedBroker(paths)


def lose_everything(broker: Broker) -> None:
    """It is down and its log is gone; the next start is another cluster at the same address."""
    if isinstance(broker, ApacheKafka):
        broker.wipe()
    else:
        broker.kill()  # it kept nothing
