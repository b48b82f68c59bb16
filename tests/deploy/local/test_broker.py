"""The embedded broker: loopback only, empty and newly named after each start, on the port its clients know."""

from __future__ import annotations

import socket
import struct
from pathlib import Path

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from deploy.local import ports, processes
from deploy.local.broker import BrokerError, EmbeddedBroker
from deploy.local.paths import LocalPaths


async def described(bootstrap: str, *make: str) -> tuple[str, list[str]]:
    """The cluster's id and topics, after making some."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        if make:
            await admin.create_topics([NewTopic(name, 12, 1) for name in make])
        return (await admin.describe_cluster())["cluster_id"], await admin.list_topics()
    finally:
        await admin.close()


async def test_a_broker_killed_comes_back_empty_under_another_name_on_the_same_port(stack: LocalPaths) -> None:
    with EmbeddedBroker(stack) as broker:
        first, where, pid = broker.cluster_id, broker.bootstrap, broker.pid
        assert await described(where, "roster.events") == (first, ["roster.events"])
        broker.kill()
        assert not broker.alive
        broker.start()
        assert (broker.bootstrap, broker.pid != pid, broker.cluster_id != first) == (where, True, True)
        assert await described(where) == (broker.cluster_id, [])
    assert processes.running(stack.run) == []


def test_it_listens_on_loopback_and_nowhere_else(stack: LocalPaths) -> None:
    with EmbeddedBroker(stack) as broker:
        port = int(broker.bootstrap.partition(":")[2])
        assert port < ports.ephemeral_range()[0]
        with socket.socket() as elsewhere:  # would be refused if the broker listened on all interfaces
            elsewhere.bind(("127.0.0.2", port))
        listening = [
            fields[1]
            for line in Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]
            if (fields := line.split())[3] == "0A" and fields[1].endswith(f":{port:04X}")
        ]
        assert listening == [f"{struct.unpack('<I', socket.inet_aton('127.0.0.1'))[0]:08X}:{port:04X}"]


def test_a_restart_whose_port_was_taken_says_so_instead_of_moving(stack: LocalPaths) -> None:
    broker = EmbeddedBroker(stack)
    broker.start()
    broker.stop()
    port = int(broker.bootstrap.partition(":")[2])
    with socket.create_server(("127.0.0.1", port)), pytest.raises(BrokerError, match=str(port)):
        broker.start()
    assert not broker.alive
    broker.start()
    broker.stop()
