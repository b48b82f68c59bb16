"""Apache Kafka on this machine: its jars by Maven, one broker for a laptop, three for the replication cases."""

from deploy.local.kafka.access import Secure
from deploy.local.kafka.cluster import ApacheKafka

__all__ = ["ApacheKafka", "Secure"]
