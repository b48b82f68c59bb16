"""Start-up, liveness and readiness: present, on declared ports, and each with its own meaning."""

from __future__ import annotations

from collections.abc import Iterator

from deploy.k8s.check.documents import Document, Finding, Manifests, Workload, dig

PROBES = ("startupProbe", "livenessProbe", "readinessProbe")


def every_process_has_its_probes(all_: Manifests) -> Iterator[Finding]:
    """All three, on everything that is kept running."""
    for one in all_.deployments:
        for container in one.spec.get("containers") or []:
            for probe in PROBES:
                if probe not in container:
                    yield Finding(one.where, f"has no {probe}")


def probes_ask_declared_ports(all_: Manifests) -> Iterator[Finding]:
    """The API server takes any name for a port; the pod would never be ready."""
    for one in all_.workloads:
        for probe, said in _probes(one):
            port = dig(said, "httpGet").get("port", dig(said, "tcpSocket").get("port"))
            if port is not None and port not in one.ports and port not in one.ports.values():
                yield Finding(one.where, f"its {probe} asks the port {port}, which is not declared")


def alive_and_ready_are_two_questions(all_: Manifests) -> Iterator[Finding]:
    """`/livez` never looks at PostgreSQL or Kafka: asked for `/readyz`, a database that is away would restart all."""
    for one in all_.deployments:
        paths = {probe: dig(said, "httpGet").get("path") for probe, said in _probes(one)}
        for probe in ("startupProbe", "livenessProbe"):
            if paths.get(probe, "/livez") != "/livez":
                yield Finding(one.where, f"its {probe} asks {paths[probe]}, not /livez")
        if paths.get("readinessProbe", "/readyz") != "/readyz":
            yield Finding(one.where, f"its readinessProbe asks {paths['readinessProbe']}, not /readyz")


def liveness_is_patient(all_: Manifests) -> Iterator[Finding]:
    """Half a minute at least: a busy node is no reason to lose what a process has in hand. And four minutes for its
    start: two were too few where an upgrade starts every pod at once (docs/how-to/rehearse-on-a-node.md)."""
    for one in all_.deployments:
        for probe, said in _probes(one):
            patience = said.get("periodSeconds", 10) * said.get("failureThreshold", 3)
            if probe == "livenessProbe" and patience < 30:
                yield Finding(one.where, f"its livenessProbe gives up after {patience} s")
            if probe == "startupProbe" and patience < 240:
                yield Finding(one.where, f"its startupProbe gives up after {patience} s")
            if said.get("timeoutSeconds", 1) > said.get("periodSeconds", 10):
                yield Finding(one.where, f"its {probe} waits longer than its period")


def _probes(one: Workload) -> Iterator[tuple[str, Document]]:
    for container in one.containers:
        for probe in PROBES:
            if probe in container:
                yield probe, container[probe]


RULES = (
    every_process_has_its_probes,
    probes_ask_declared_ports,
    alive_and_ready_are_two_questions,
    liveness_is_patient,
)
