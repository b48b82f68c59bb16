"""Apache Kafka in KRaft mode on loopback ports: one node to live with, three to break.

With one node it is kept by the Supervisor like the embedded broker, but it remembers: data and cluster id stay in
LOCAL_DIR/kafka over restarts, until `wipe`.
"""

from __future__ import annotations

import json
import shutil
import signal
import time
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Self

from deploy.local import ports as loopback
from deploy.local.broker import BrokerError
from deploy.local.kafka import access, formatting, metadata
from deploy.local.kafka.access import Secure
from deploy.local.kafka.node import Node, Ports, write_properties
from deploy.local.paths import LocalPaths

_READY_WITHIN_S = 90.0


class ApacheKafka:
    """A cluster of 1 or 3 nodes; `secure` adds a listener for clients that have a password or a certificate."""

    def __init__(
        self,
        paths: LocalPaths,
        nodes: int = 1,
        secure: Secure | None = None,
        *,
        name: str = "broker",
        host: str = loopback.LOOPBACK,
    ) -> None:
        """`host`: this machine's address as clients elsewhere know it; then every interface is listened on."""
        self.name = name
        self._host = host
        self._paths = paths
        self._secure = secure
        self._ports: dict[int, Ports] = {}
        self._cluster_id: str | None = None
        self.folder = paths.root / "kafka"
        self.nodes = {
            number: Node(paths, self.folder / f"node-{number}", number, name if number == 1 else f"{name}-{number}")
            for number in range(1, nodes + 1)
        }

    @property
    def bootstrap(self) -> str:
        """`127.0.0.1:port` of every node, in plain text. Raises BrokerError before the first start."""
        return ",".join(f"{self._host}:{one.client}" for one in self._known_ports())

    @property
    def secure_bootstrap(self) -> str:
        """The same for the secure listener."""
        return ",".join(f"{loopback.LOOPBACK}:{one.secure}" for one in self._known_ports())

    @property
    def cluster_id(self) -> str:
        """Kept over restarts. Raises BrokerError before the first start."""
        if self._cluster_id is None:
            raise BrokerError("the broker was never started")
        return self._cluster_id

    @property
    def pid(self) -> int | None:
        """The first node's; None while it is not running."""
        return self.nodes[1].pid

    @property
    def alive(self) -> bool:
        """Whether every node's process runs."""
        return all(node.pid is not None for node in self.nodes.values())

    def start(self) -> None:
        """Starts the nodes that do not run and returns when every one of them names all of them. Raises BrokerError."""
        if self.alive:
            return
        self._paths.make()
        if not self._ports:
            self._prepare()
        for node in self.nodes.values():
            node.launch()
        self.wait_until_ready()

    def stop(self) -> None:
        """Ends all nodes with SIGTERM at once; their data stay."""
        for node in self.nodes.values():
            if not node.paused:
                node.send(signal.SIGTERM)
        for node in self.nodes.values():
            node.end(signal.SIGTERM)

    def kill(self, number: int | None = None) -> None:
        """kill -9 of one node, or of all."""
        for node in self._chosen(number):
            node.end(signal.SIGKILL)

    def pause(self, number: int) -> None:
        """SIGSTOP: its connections stay open and nothing answers."""
        self.nodes[number].send(signal.SIGSTOP)

    def resume(self, number: int) -> None:
        """SIGCONT."""
        self.nodes[number].send(signal.SIGCONT)

    def restart(self, number: int | None = None) -> None:
        """Ends one node, or all, and returns when the cluster is whole again."""
        for node in self._chosen(number):
            node.end(signal.SIGTERM)
        self.start()

    def wipe(self) -> None:
        """Stops and loses everything; the next start is another cluster on the same ports."""
        self.kill()
        ports = self._ports
        shutil.rmtree(self.folder, ignore_errors=True)
        self._ports, self._cluster_id = {}, None
        self._prepare(ports)

    def leader_of(self, topic: str, partition: int) -> int:
        """The node that leads a partition now: one broker's view is not the truth, the highest epoch is.
        Raises BrokerError where nobody knows the partition."""
        known = [view.partitions.get((topic, partition)) for view in self._views(topic)]
        newest = max((one for one in known if one is not None), key=lambda one: one.epoch, default=None)
        if newest is None or newest.leader < 0:
            raise BrokerError(f"nobody leads {topic}-{partition}")
        return newest.leader

    def wait_for_full_isr(self, topic: str, within_s: float = 60.0) -> None:
        """Returns when every replica of the topic is in sync, as every running node says. Raises BrokerError."""

        def full() -> bool:
            views = list(self._views(topic))
            return len(views) == len(self.nodes) and all(
                view.partitions
                and all(len(one.isr) == len(one.replicas) and one.leader > 0 for one in view.partitions.values())
                for view in views
            )

        _wait_for(full, within_s, f"{topic} is not in sync everywhere")

    def wait_until_ready(self) -> None:
        """Port open is not ready: every running node must name every running node. Raises BrokerError, ending them."""
        running = frozenset(node.number for node in self.nodes.values() if node.pid is not None and not node.paused)

        def ready() -> bool:
            died = [node for node in self.nodes.values() if node.number in running and node.pid is None]
            if died:
                raise BrokerError(f"{died[0].name} ended with {died[0].exit_code}; see {self._paths.log(died[0].name)}")
            views = list(self._views())
            return len(views) == len(running) and all(view.brokers >= running for view in views)

        try:
            _wait_for(ready, _READY_WITHIN_S, f"Apache Kafka did not come up; see {self._paths.log(self.name)}")
        except BrokerError:
            self.kill()
            raise

    def client_settings(self) -> dict[str, str]:
        """The environment of a client of the secure listener; secrets are named by their files."""
        if self._secure is None:
            raise BrokerError("this cluster has no secure listener")
        return access.client_settings(self.folder, self._secure, self.secure_bootstrap)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()  # three at once wait for a quorum that vanishes; what they hold is the test's

    def _known_ports(self) -> list[Ports]:
        if not self._ports:
            raise BrokerError("the broker was never started")
        return list(self._ports.values())

    def _chosen(self, number: int | None) -> list[Node]:
        return list(self.nodes.values()) if number is None else [self.nodes[number]]

    def _views(self, *topics: str) -> Iterable[metadata.View]:
        for number, node in self.nodes.items():
            if node.pid is not None and not node.paused:
                try:
                    yield metadata.ask(self._ports[number].client, *topics)
                except OSError:
                    continue

    def _prepare(self, wanted: dict[int, Ports] | None = None) -> None:
        """Settings, certificates, and a formatted folder for each node; what is formatted already keeps its data."""
        self.folder.mkdir(parents=True, exist_ok=True)
        note = self.folder / "cluster.json"
        before = json.loads(note.read_text(encoding="utf-8")) if note.is_file() else None
        if before is not None and len(before["ports"]) != len(self.nodes):
            raise BrokerError(f"{self.folder} holds a cluster of {len(before['ports'])} nodes")
        ports = wanted or (before and {int(n): Ports(**one) for n, one in before["ports"].items()})
        if not ports or not all(
            loopback.is_free(port) for one in ports.values() for port in (one.client, one.controller, one.secure)
        ):
            free = iter(loopback.free_ports(3 * len(self.nodes)))
            ports = {n: Ports(client=next(free), controller=next(free), secure=next(free)) for n in self.nodes}
        cluster_id = before["cluster_id"] if before else formatting.new_id()
        secure = access.listener_lines(self.folder, self._secure) if self._secure else {}
        for node in self.nodes.values():
            protocol = access.PROTOCOLS[self._secure] if self._secure else None
            write_properties(node, ports, secure, protocol, self._host)
        if before is None or not all((node.data / "meta.properties").is_file() for node in self.nodes.values()):
            password = access.password_file(self.folder) if self._secure == "scram" else None
            formatting.format_nodes(list(self.nodes.values()), cluster_id, password)
        self._ports, self._cluster_id = ports, cluster_id
        beside = self.folder / "cluster.json.new"
        beside.write_text(
            json.dumps({"cluster_id": cluster_id, "ports": {n: vars(one) for n, one in ports.items()}}),
            encoding="utf-8",
        )
        beside.replace(note)


def _wait_for(condition: Callable[[], bool], within_s: float, fault: str) -> None:
    until = time.monotonic() + within_s
    while not condition():
        if time.monotonic() > until:
            raise BrokerError(fault)
        time.sleep(0.05)
