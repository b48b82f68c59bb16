"""What each kind of process takes, as the kubelet counts it: looked at every few seconds while a course is played."""

from __future__ import annotations

import json
import subprocess
import threading
from collections import defaultdict
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from statistics import mean
from types import TracebackType
from typing import Any, Self

from tests.kubernetes.cluster import Cluster
from tests.rehearsals.node.installed import NAMESPACE

EVERY_S = 10.0


@dataclass
class _Seen:
    memory: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)


class Use:
    """`with Use(cluster) as use:` looks until the block ends. An API server that is away is asked again."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._seen: defaultdict[str, _Seen] = defaultdict(_Seen)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, name="use")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()

    def figures(self) -> dict[str, Mapping[str, float]]:
        """A process of each kind: working set in MiB, the median and the most; CPU in millicores, the mean and the
        most. A pod's start is in it."""
        return {
            name: {
                "memory_median": round(sorted(seen.memory)[len(seen.memory) // 2]),
                "memory_most": round(max(seen.memory)),
                "cpu_mean": round(mean(seen.cpu)) if seen.cpu else 0,
                "cpu_most": round(max(seen.cpu, default=0)),
                "samples": len(seen.memory),
            }
            for name, seen in sorted(self._seen.items())
        }

    def _work(self) -> None:
        while not self._stop.wait(EVERY_S):
            with suppress(subprocess.TimeoutExpired):
                self._look()

    def _look(self) -> None:
        nodes = self._cluster.ask("get", "nodes", "-o", "name", patience_s=20)
        for node in nodes.out.split():
            path = f"/api/v1/nodes/{node.removeprefix('node/')}/proxy/stats/summary"
            answer = self._cluster.ask("get", "--raw", path, patience_s=20)
            if answer.code == 0:
                self._count(json.loads(answer.out))

    def _count(self, summary: Any) -> None:
        for pod in summary["pods"]:
            if pod["podRef"]["namespace"] != NAMESPACE:
                continue
            name = kind_of(pod["podRef"]["name"])
            for container in pod.get("containers", ()):
                if taken := container.get("memory", {}).get("workingSetBytes"):
                    self._seen[name].memory.append(taken / 2**20)
                if (spent := container.get("cpu", {}).get("usageNanoCores")) is not None:
                    self._seen[name].cpu.append(spent / 1e6)


def kind_of(pod: str) -> str:
    """`grading-api` of `grading-api-6c9d7f5b4-x2x7k`; `grading-migrate` of `grading-migrate-7h2lk`."""
    return "-".join(pod.split("-")[:2]) if not pod.startswith("gateway-") else "gateway"
