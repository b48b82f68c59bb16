"""What a cluster says about itself: which log a topic is, and whether it keeps what it acknowledged.

A topic's name does not say which log answers: a topic deleted and made again under the same cluster id has the same
name and other offsets. Brokers give each topic an id when it is made (docs/decisions/0009); the client library asks
by older versions of the request, so the one that tells the id is written out here.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError, for_code
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import (
    AbstractType,
    Boolean,
    CompactArray,
    CompactString,
    Int16,
    Int32,
    Schema,
    TaggedFields,
)

LEAST_REPLICATION = 3
LEAST_IN_SYNC = 2
ASKED = 3
"""How often a broker is asked, each time any of them, before there is no answer."""


class _Id(AbstractType):  # type: ignore[misc]  # aiokafka has no types
    """16 bytes as they are."""

    @classmethod
    def encode(cls, value: UUID) -> bytes:
        return value.bytes

    @classmethod
    def decode(cls, data: Any) -> UUID:
        return UUID(bytes=data.read(16))


class _Metadata10Response(Response):  # type: ignore[misc]
    API_KEY = 3
    API_VERSION = 10
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "brokers",
            CompactArray(
                ("node_id", Int32),
                ("host", CompactString("utf-8")),
                ("port", Int32),
                ("rack", CompactString("utf-8")),
                ("tags", TaggedFields),
            ),
        ),
        ("cluster_id", CompactString("utf-8")),
        ("controller_id", Int32),
        (
            "topics",
            CompactArray(
                ("error_code", Int16),
                ("name", CompactString("utf-8")),
                ("topic_id", _Id),
                ("is_internal", Boolean),
                (
                    "partitions",
                    CompactArray(
                        ("error_code", Int16),
                        ("partition", Int32),
                        ("leader", Int32),
                        ("leader_epoch", Int32),
                        ("replicas", CompactArray(Int32)),
                        ("isr", CompactArray(Int32)),
                        ("offline_replicas", CompactArray(Int32)),
                        ("tags", TaggedFields),
                    ),
                ),
                ("authorized_operations", Int32),
                ("tags", TaggedFields),
            ),
        ),
        ("authorized_operations", Int32),
        ("tags", TaggedFields),
    )


class _Metadata10(RequestStruct):  # type: ignore[misc]
    API_KEY = 3
    API_VERSION = 10
    FLEXIBLE_VERSION = True
    RESPONSE_TYPE = _Metadata10Response
    SCHEMA = Schema(
        (
            "topics",
            CompactArray(("topic_id", _Id), ("name", CompactString("utf-8")), ("tags", TaggedFields)),
        ),
        ("allow_auto_topic_creation", Boolean),
        ("include_cluster_authorized_operations", Boolean),
        ("include_topic_authorized_operations", Boolean),
        ("tags", TaggedFields),
    )


class _MetadataRequest(Request[_Metadata10]):  # type: ignore[misc]
    API_KEY = 3

    def __init__(self, topics: Sequence[str]) -> None:
        self._topics = topics

    def build(self, request_struct_class: Any) -> Any:
        names: list[tuple[UUID, str, dict[int, bytes]]] = [(UUID(int=0), name, {}) for name in self._topics]
        makes_missing, tells_cluster_rights, tells_topic_rights = False, False, False
        return request_struct_class(names, makes_missing, tells_cluster_rights, tells_topic_rights, {})


@dataclass(frozen=True)
class Logs:
    """Which logs the topics are now."""

    cluster_id: str
    topics: Mapping[str, str]
    """Name -> the id that the topic was given when it was made. A topic that is not there now is missing here."""

    @property
    def name(self) -> str:
        """One text for all of them, for a group's name and a stored position: another one means another log."""
        ids = " ".join(self.topics[topic] for topic in sorted(self.topics))
        return f"{self.cluster_id}.{hashlib.sha256(ids.encode()).hexdigest()[:16]}"


async def logs(admin: Any, topics: Sequence[str]) -> Logs:
    """Asks any broker of the cluster; one that is frozen but still in the list costs its time-out, and another is
    asked. Raises KafkaError."""
    client = admin._client
    for left in reversed(range(ASKED)):
        try:
            answer = await client.send(client.get_random_node(), _MetadataRequest(topics))
            break
        except KafkaError:
            if left == 0:
                raise
    return Logs(
        str(answer.cluster_id), {name: str(topic_id) for error, name, topic_id, *_ in answer.topics if not error}
    )


async def wait_until_known(admin: Any, topics: Sequence[str]) -> None:
    """Returns when every broker that answers knows the topics: who makes one is told so before the others are."""
    client = admin._client
    for broker in client.cluster.brokers():
        with contextlib.suppress(KafkaError):
            answer = await client.send(broker.nodeId, _MetadataRequest(topics))
            while any(error for error, *_ in answer.topics):
                await asyncio.sleep(0.1)
                answer = await client.send(broker.nodeId, _MetadataRequest(topics))


async def weaknesses(admin: Any, topics: Sequence[str]) -> list[str]:
    """What lets a cluster lose what it acknowledged, a sentence for each topic and setting. Raises KafkaError."""
    found: list[str] = []
    described = {one["topic"]: one for one in await admin.describe_topics(list(topics))}
    settings = await _settings(admin, topics)
    for topic in topics:
        if code := described[topic]["error_code"]:
            raise for_code(code)(topic)
        copies = min(len(one["replicas"]) for one in described[topic]["partitions"])
        if copies < LEAST_REPLICATION:
            found.append(f"topic {topic}: its replication factor is {copies}, at least {LEAST_REPLICATION} are needed")
        in_sync = int(settings[topic]["min.insync.replicas"])
        if in_sync < LEAST_IN_SYNC:
            found.append(f"topic {topic}: min.insync.replicas is {in_sync}, at least {LEAST_IN_SYNC} are needed")
        if settings[topic]["unclean.leader.election.enable"] != "false":
            found.append(f"topic {topic}: unclean.leader.election.enable must be false")
    return found


async def _settings(admin: Any, topics: Sequence[str]) -> dict[str, dict[str, str]]:
    """Each topic's effective settings, wherever they were set."""
    asked = [ConfigResource(ConfigResourceType.TOPIC, topic) for topic in topics]
    found: dict[str, dict[str, str]] = {}
    for answer in await admin.describe_configs(asked):
        for code, message, _, topic, entries in answer.resources:  # errors come back, they are not raised
            if code:
                raise for_code(code)(message)
            found[topic] = {entry[0]: entry[1] for entry in entries}
    return found
