"""What befalls a cluster in mid-course: a killed pod, a worker out of memory, a dead API server, autoscaling."""

from __future__ import annotations

import os
import subprocess
import time
from typing import Any

import yaml

from deploy.k8s.check.combinations import COMPONENTS
from deploy.k8s.check.documents import name_of
from tests.kubernetes.cluster import Cluster
from tests.rehearsals.node.installed import NAMESPACE, Installed

SCALED = ("gateway", "grading-api")
SCALING_S = 180.0
BACK_WITHIN_S = 300.0
# Many small processes beside the worker's own: together they are too much, and the kernel takes the largest.
_HOGS = """
import os, time
for _ in range(400):
    if os.fork() == 0:
        held = bytearray(os.urandom(1 << 20)) * 24
        time.sleep(60)
        os._exit(0)
    time.sleep(0.05)
"""


def kill_a_pod(installed: Installed) -> str:
    """One of grading's APIs without any grace; answers its name when another one is in its place."""
    selector = "app.kubernetes.io/name=grading,app.kubernetes.io/component=api"
    name = str(installed.pods(selector)[0]["metadata"]["name"])
    installed.do("delete", "pod", name, "--grace-period=0", "--force")
    installed.available()
    return name


def starve_a_worker(cluster: Cluster, installed: Installed) -> dict[str, Any]:
    """certificates' worker: who draws papers is the one who may need too much."""
    selector = "app.kubernetes.io/name=certificates,app.kubernetes.io/component=work"
    pod = installed.pods(selector)[0]
    name, before = str(pod["metadata"]["name"]), pod["status"]["containerStatuses"][0]["restartCount"]
    cluster.ask("-n", NAMESPACE, "exec", name, "--", "python", "-c", _HOGS)
    until = time.monotonic() + BACK_WITHIN_S
    while True:
        status = installed.pods(selector)[0]["status"]["containerStatuses"][0]
        if status["restartCount"] > before and status["ready"]:
            ended = status["lastState"]["terminated"]
            return {"pod": name, "reason": ended["reason"], "exit": ended["exitCode"]}
        assert time.monotonic() < until, "the worker was not killed, or does not come back"
        time.sleep(1)


def kill_the_api_server(cluster: Cluster) -> dict[str, Any] | None:
    """By the command in KILL_APISERVER, which also sees to it that another one comes; None where there is none."""
    command = os.environ.get("KILL_APISERVER")
    if not command:
        return None
    began = time.monotonic()
    subprocess.run(["/bin/sh", "-c", command], check=True, timeout=60)
    missed = 0
    while cluster.ask("get", "--raw", "/readyz", "--request-timeout=10s").code != 0:
        missed += 1
        assert time.monotonic() - began < BACK_WITHIN_S, "the API server does not come back"
        time.sleep(0.5)
    return {"unanswered": missed, "back_s": round(time.monotonic() - began, 1)}


def scale(cluster: Cluster, installed: Installed) -> dict[str, Any] | None:
    """The autoscalers of `components/autoscaling-hpa` for two of the Deployments; None where nobody measures."""
    if cluster.ask("get", "--raw", f"/apis/metrics.k8s.io/v1beta1/namespaces/{NAMESPACE}/pods").code != 0:
        return None
    file = COMPONENTS / "autoscaling-hpa" / "autoscalers.yaml"
    every = [one for one in yaml.safe_load_all(file.read_text(encoding="utf-8")) if name_of(one) in SCALED]
    for one in every:
        one["metadata"]["namespace"] = NAMESPACE
    answer = cluster.apply(every)
    assert answer.code == 0, answer.err
    began, seen = time.monotonic(), {name: [_state(cluster, name)] for name in SCALED}
    while time.monotonic() - began < SCALING_S:
        time.sleep(5)
        for name in SCALED:
            if (now := _state(cluster, name)) != seen[name][-1]:
                seen[name].append(now)
    installed.do("delete", "hpa", *SCALED)
    for name in SCALED:
        installed.do("scale", f"deployment/{name}", "--replicas=2")
    installed.available()
    return {name: [f"{used}: {pods}" for used, pods in states] for name, states in seen.items()}


def _state(cluster: Cluster, name: str) -> tuple[str, str]:
    """How much of the request is used, how many pods are wanted and how many are ready."""
    found = cluster.get("hpa", name, "-n", NAMESPACE)
    measured = found["status"].get("currentMetrics") or [{}]
    used = (measured[0].get("resource") or {}).get("current", {}).get("averageUtilization")
    count = cluster.get("deployment", name, "-n", NAMESPACE)["status"].get("readyReplicas", 0)
    wanted = found["status"].get("desiredReplicas", 0)
    return ("?" if used is None else f"{used} %", f"{wanted} wanted, {count} ready")
