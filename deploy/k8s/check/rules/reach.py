"""Who reaches whom: Services, routes, network policies, what is scraped."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from deploy.k8s.check.documents import COMPONENT, OURS, Document, Finding, Manifests, dig, matches, where

_NOT_FOR_OUTSIDE = ("/metrics", "/livez", "/readyz", "/internal")
_OF_OPERATORS = ("cnpg.io/", "strimzi.io/")
"""Labels that operators give to pods of their own, which are no document here."""


def services_reach_pods(all_: Manifests) -> Iterator[Finding]:
    """A selector that is true of some pods, and a port that those declare."""
    for one in all_.of("Service"):
        chosen = all_.selected_by(dig(one, "spec", "selector"))
        if not chosen:
            yield Finding(where(one), "its selector matches no pod")
        for port in dig(one, "spec", "ports"):
            target = port.get("targetPort", port.get("port"))
            for workload in chosen:
                if target not in workload.ports and target not in workload.ports.values():
                    yield Finding(where(one), f"the port {target} is not declared by {workload.name}")


def routes_reach_services(all_: Manifests) -> Iterator[Finding]:
    """The Service and port a route leads to, the Gateway and listener it hangs on."""
    for one in all_.of("HTTPRoute"):
        for parent in dig(one, "spec", "parentRefs"):
            gateway = all_.find("Gateway", parent["name"])
            names = [listener.get("name") for listener in dig(gateway, "spec", "listeners")]
            if gateway is None:
                yield Finding(where(one), f"hangs on the Gateway {parent['name']}, which is not there")
            elif parent.get("sectionName", names[0]) not in names:
                yield Finding(where(one), f"hangs on the listener {parent['sectionName']}, which is not there")
        for rule in dig(one, "spec", "rules"):
            for backend in rule.get("backendRefs") or []:
                yield from _service(all_, one, backend.get("name"), backend.get("port"))
    for one in all_.of("Ingress"):
        for path in _ingress_paths(one):
            service = dig(path, "backend", "service")
            port = dig(service, "port")
            yield from _service(all_, one, service.get("name"), port.get("name", port.get("number")))


def the_outside_sees_no_metrics(all_: Manifests) -> Iterator[Finding]:
    """`/metrics` and the health of processes are for inside the cluster; a path of `/` as a prefix would show them."""
    for one in all_.of("HTTPRoute", "Ingress"):
        shown = [(dig(path, "path").get("type"), dig(path, "path").get("value")) for path in _route_matches(one)]
        shown += [(path.get("pathType"), path.get("path")) for path in _ingress_paths(one)]
        for kind, path in shown:
            hidden = [h for h in _NOT_FOR_OUTSIDE if h == path or (kind != "Exact" and h.startswith(str(path)))]
            if hidden:
                yield Finding(where(one), f"shows {', '.join(hidden)} to the outside by {kind} {path}")


def policies_speak_of_pods_that_are(all_: Manifests) -> Iterator[Finding]:
    """A policy that selects nothing protects nothing, a peer that is nobody lets nobody in, both without a word."""
    for one in all_.of("NetworkPolicy"):
        yield from _selects(all_, one, dig(one, "spec", "podSelector"), "selects no pod")
        for direction, side in (("ingress", "from"), ("egress", "to")):
            for rule in dig(one, "spec", direction):
                for peer in rule.get(side) or []:
                    if "podSelector" in peer and "namespaceSelector" not in peer:
                        yield from _selects(all_, one, peer["podSelector"], f"lets {direction} for a peer that is none")
                for port in rule.get("ports") or []:
                    yield from _port(all_, one, port, direction)


def nobody_is_let_in_unasked(all_: Manifests) -> Iterator[Finding]:
    """Where there are policies, one denies all that the others do not name."""
    policies = list(all_.of("NetworkPolicy"))
    closed = [one for one in policies if not dig(one, "spec", "podSelector") and not dig(one, "spec", "ingress")]
    if policies and not closed:
        yield Finding(
            "NetworkPolicy", "none denies what the others do not allow (an empty podSelector without ingress)"
        )
    for one in policies:
        for rule in dig(one, "spec", "ingress"):
            if not rule.get("from"):
                yield Finding(where(one), "lets everybody in: an ingress rule without `from`")


def monitors_find_pods(all_: Manifests) -> Iterator[Finding]:
    """A PodMonitor's selector is true of pods, each of which declares the port it is asked on."""
    for one in all_.of("PodMonitor"):
        chosen = [w for w in all_.workloads if matches(dig(one, "spec", "selector"), w.labels)]
        if not chosen:
            yield Finding(where(one), "its selector matches no pod")
        for endpoint in dig(one, "spec", "podMetricsEndpoints"):
            for workload in chosen:
                if endpoint.get("port") not in workload.ports:
                    yield Finding(where(one), f"the port {endpoint.get('port')} is not declared by {workload.name}")
        running = [w for w in all_.deployments if w.labels.get(OURS) and w not in chosen]
        for workload in running:
            yield Finding(where(one), f"asks nothing of {workload.name}")


def _route_matches(one: Document) -> Iterator[Document]:
    for rule in dig(one, "spec", "rules"):
        yield from rule.get("matches") or (
            [{"path": {"type": "PathPrefix", "value": "/"}}] if "backendRefs" in rule else []
        )


def _ingress_paths(one: Document) -> Iterator[Document]:
    if one["kind"] == "Ingress":
        for rule in dig(one, "spec", "rules"):
            yield from dig(rule, "http", "paths")


def _service(all_: Manifests, one: Document, name: Any, port: Any) -> Iterator[Finding]:
    service = all_.find("Service", str(name))
    if service is None:
        yield Finding(where(one), f"leads to the Service {name}, which is not there")
        return
    ports = [value for entry in dig(service, "spec", "ports") for value in (entry.get("name"), entry.get("port"))]
    if port not in ports:
        yield Finding(where(one), f"leads to the port {port}, which the Service {name} has not")


def _selects(all_: Manifests, one: Document, selector: Document, what: str) -> Iterator[Finding]:
    keys = [*(selector.get("matchLabels") or {}), *(part["key"] for part in selector.get("matchExpressions") or [])]
    if not keys or any(key.startswith(_OF_OPERATORS) for key in keys):
        return
    chosen = [workload for workload in all_.workloads if matches(selector, workload.labels)]
    named = selector.get("matchLabels", {}).get(COMPONENT)
    if not chosen and named != "restore-test":  # a component of its own, without which the policy waits
        yield Finding(where(one), f"{what}: {selector}")


def _port(all_: Manifests, one: Document, port: Document, direction: str) -> Iterator[Finding]:
    number, last = port.get("port"), port.get("endPort")
    if isinstance(number, int) and last is not None and last < number:
        yield Finding(where(one), f"its ports end ({last}) before they begin ({number})")
    if isinstance(number, str) and direction == "ingress":
        selector = dig(one, "spec", "podSelector")
        chosen = [w for w in all_.deployments if matches(selector, w.labels)]
        if chosen and not any(number in workload.ports for workload in chosen):
            yield Finding(where(one), f"opens the port {number}, which no selected pod declares")


RULES = (
    services_reach_pods,
    routes_reach_services,
    the_outside_sees_no_metrics,
    policies_speak_of_pods_that_are,
    nobody_is_let_in_unasked,
    monitors_find_pods,
)
