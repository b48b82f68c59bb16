"""One node of Apache Kafka: its server.properties, its process, and the signals a test sends it."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from deploy.local import processes
from deploy.local.kafka import jars
from deploy.local.paths import LocalPaths
from deploy.local.ports import LOOPBACK

STOPPED_WITHIN_S = 15.0
"""A clean stop takes half a second; the last of a quorum waits for one that never comes."""


@dataclass(frozen=True, kw_only=True)
class Ports:
    """Where a node listens: clients and brokers in plain text, controllers, and clients that prove themselves."""

    client: int
    controller: int
    secure: int


class Node:
    """A broker that is a controller too. `number` counts from 1."""

    def __init__(self, paths: LocalPaths, folder: Path, number: int, name: str) -> None:
        self.number = number
        self.name = name
        self.folder = folder
        self._paths = paths
        self._process: subprocess.Popen[bytes] | None = None
        self.paused = False

    @property
    def data(self) -> Path:
        """Its log, and the cluster's."""
        return self.folder / "data"

    @property
    def properties(self) -> Path:
        """Its settings."""
        return self.folder / "server.properties"

    @property
    def pid(self) -> int | None:
        """None while it is not running."""
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    @property
    def exit_code(self) -> int | None:
        """Of the last run; None while it runs."""
        return None if self._process is None else self._process.poll()

    def launch(self) -> None:
        """Starts the process and does not wait for it to be ready. Raises BrokerError, OSError."""
        if self.pid is not None:
            return
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "JAVA_HOME", "TMPDIR") if name in os.environ}
        self._process = processes.spawn(
            jars.command("kafka.Kafka", str(self.properties)),
            env=kept,
            cwd=self.folder,
            log=self._paths.log(self.name),
            death_signal=signal.SIGTERM,
        )
        self.paused = False
        processes.write_record(
            self._paths.run, self.name, self._process.pid, stop_signal=signal.SIGTERM, patience_s=STOPPED_WITHIN_S
        )

    def send(self, number: int) -> None:
        """Sends a signal if it is running: SIGTERM asks it to stop, SIGSTOP freezes it, SIGCONT wakes it."""
        if self._process is not None and self.pid is not None:
            self._process.send_signal(number)
            self.paused = number == signal.SIGSTOP or (self.paused and number != signal.SIGCONT)

    def end(self, number: int) -> None:
        """Sends a signal and waits; SIGKILL where that is not enough. It keeps its data."""
        process = self._process
        if process is None:
            return
        if self.paused and number != signal.SIGKILL:
            self.send(signal.SIGCONT)
        self.send(number)
        try:
            process.wait(STOPPED_WITHIN_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        self._process, self.paused = None, False
        processes.forget(self._paths.run, self.name)


def write_properties(
    node: Node,
    ports: Mapping[int, Ports],
    secure: Mapping[str, str],
    protocol: str | None,
    host: str = LOOPBACK,
) -> None:
    """Writes the settings of one node of a cluster. `ports` by node; `secure` are the lines of the secure listener;
    `host` is where clients find it in plain text."""
    mine = ports[node.number]
    copies = str(min(3, len(ports)))
    everywhere = LOOPBACK if host == LOOPBACK else "0.0.0.0"  # noqa: S104  # a rehearsal's pods come from elsewhere
    listeners = [f"PLAINTEXT://{everywhere}:{mine.client}"]
    advertised = [f"PLAINTEXT://{host}:{mine.client}"]
    kinds = ["PLAINTEXT:PLAINTEXT", "CONTROLLER:PLAINTEXT"]
    if protocol is not None:
        listeners.append(f"SECURE://{LOOPBACK}:{mine.secure}")
        advertised.append(f"SECURE://{LOOPBACK}:{mine.secure}")
        kinds.append(f"SECURE:{protocol}")
    lines = {
        "process.roles": "broker,controller",
        "node.id": str(node.number),
        "controller.quorum.voters": ",".join(f"{n}@{LOOPBACK}:{one.controller}" for n, one in ports.items()),
        "listeners": ",".join([*listeners, f"CONTROLLER://{LOOPBACK}:{mine.controller}"]),
        "advertised.listeners": ",".join(advertised),
        "controller.listener.names": "CONTROLLER",
        "inter.broker.listener.name": "PLAINTEXT",
        "listener.security.protocol.map": ",".join(kinds),
        "log.dirs": str(node.data),
        "auto.create.topics.enable": "false",
        "min.insync.replicas": "2" if len(ports) > 2 else "1",
        "default.replication.factor": copies,
        "offsets.topic.num.partitions": "3",
        "offsets.topic.replication.factor": copies,
        "transaction.state.log.num.partitions": "3",
        "transaction.state.log.replication.factor": copies,
        "transaction.state.log.min.isr": "2" if len(ports) > 2 else "1",
        "group.initial.rebalance.delay.ms": "0",
        "group.min.session.timeout.ms": "1000",
        # By default each kill of a broker costs 9 s until another one leads.
        "broker.heartbeat.interval.ms": "500",
        "broker.session.timeout.ms": "3000",
        "controller.quorum.election.timeout.ms": "500",
        "controller.quorum.election.backoff.max.ms": "500",
        "controller.quorum.fetch.timeout.ms": "1500",
        # 128 MiB of heap by default.
        "log.cleaner.dedupe.buffer.size": "4194304",
        "num.network.threads": "2",
        "num.io.threads": "4",
        "background.threads": "2",
        **secure,
    }
    node.folder.mkdir(parents=True, exist_ok=True)
    node.properties.write_text("".join(f"{name}={value}\n" for name, value in lines.items()), encoding="utf-8")
