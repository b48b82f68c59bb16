"""Autoscalers and disruption budgets."""

from __future__ import annotations

from collections.abc import Iterator

from deploy.k8s.check.documents import Document, Finding, Manifests, Workload, dig, matches, name_of, where


def scalers_have_their_target(all_: Manifests) -> Iterator[Finding]:
    """An autoscaler of nobody says so in its status alone; two of one Deployment fight."""
    taken: dict[str, str] = {}
    for one in all_.of("HorizontalPodAutoscaler", "ScaledObject"):
        target = dig(one, "spec", "scaleTargetRef")
        kind, name = str(target.get("kind", "Deployment")), str(target.get("name"))
        if all_.find(kind, name) is None:
            yield Finding(where(one), f"its target {kind}/{name} is not there")
        if name in taken:
            yield Finding(where(one), f"{name} is scaled by {taken[name]} too")
        taken[name] = where(one)


def scalers_have_room(all_: Manifests) -> Iterator[Finding]:
    """The least is at most the most, and consumers are no more than partitions."""
    partitions = min((one["spec"]["partitions"] for one in all_.of("KafkaTopic")), default=12)
    for one in all_.of("HorizontalPodAutoscaler", "ScaledObject"):
        least, most = _bounds(one)
        if least > most:
            yield Finding(where(one), f"its least ({least}) is more than its most ({most})")
        if least == 0:
            yield Finding(where(one), "scales to 0: nobody would tell that there is work")
        if str(dig(one, "spec", "scaleTargetRef").get("name")).endswith("-consume") and most > partitions:
            yield Finding(where(one), f"may have {most} consumers for {partitions} partitions")


def what_scales_names_no_replicas(all_: Manifests) -> Iterator[Finding]:
    """Each apply would undo what the autoscaler found right."""
    for one in all_.of("HorizontalPodAutoscaler", "ScaledObject"):
        target = all_.find("Deployment", str(dig(one, "spec", "scaleTargetRef").get("name")))
        if target is not None and "replicas" in dig(target, "spec"):
            yield Finding(where(target), f"names its replicas, and {where(one)} scales it")


def what_is_scaled_by_cpu_asks_for_cpu(all_: Manifests) -> Iterator[Finding]:
    """Utilization is of the request: without one an autoscaler reads `<unknown>` for ever."""
    for one in all_.of("HorizontalPodAutoscaler"):
        names = {dig(metric, "resource").get("name") for metric in dig(one, "spec", "metrics")}
        target = next((w for w in all_.deployments if w.name == dig(one, "spec", "scaleTargetRef").get("name")), None)
        for container in target.containers if target else ():
            for name in names - {None}:
                if name not in (dig(container, "resources").get("requests") or {}):
                    yield Finding(
                        where(one), f"scales by {name}, and {name_of(target.document) if target else ''} asks for none"
                    )


def queries_stay_in_their_namespace(all_: Manifests) -> Iterator[Finding]:
    """A scaler that adds up the neighbours' lag scales for them."""
    for one in all_.of("ScaledObject"):
        ours = f'namespace="{dig(one, "metadata").get("namespace")}"'
        for trigger in dig(one, "spec", "triggers"):
            query = dig(trigger, "metadata").get("query")
            if query is not None and ours not in query:
                yield Finding(where(one), f"its query does not say {ours}")


def every_process_has_a_budget(all_: Manifests) -> Iterator[Finding]:
    """Each Deployment under one PodDisruptionBudget, each budget over one Deployment, and both or none of its sides."""
    covered: dict[str, list[str]] = {one.name: [] for one in all_.deployments}
    for one in all_.of("PodDisruptionBudget"):
        chosen = [w for w in all_.deployments if matches(dig(one, "spec", "selector"), w.labels)]
        if not chosen:
            yield Finding(where(one), "its selector matches no pod")
        if len(chosen) > 1:
            yield Finding(
                where(one), f"covers {', '.join(sorted(w.name for w in chosen))}: one of each might be all of one"
            )
        for workload in chosen:
            covered[workload.name].append(where(one))
            yield from _allows_an_eviction(all_, one, workload)
        if {"minAvailable", "maxUnavailable"} <= dig(one, "spec").keys():
            yield Finding(where(one), "says minAvailable and maxUnavailable: only one may be said")
    for name, budgets in covered.items():
        if len(budgets) != 1:
            yield Finding(f"Deployment/{name}", f"has {len(budgets)} disruption budgets, it should have one")


def _allows_an_eviction(all_: Manifests, one: Document, workload: Workload) -> Iterator[Finding]:
    spec = dig(one, "spec")
    scaler = next((s for s in all_.of("HorizontalPodAutoscaler", "ScaledObject") if _target(s) == workload.name), None)
    replicas = _bounds(scaler)[0] if scaler else dig(workload.document, "spec").get("replicas", 1)
    most, least = str(spec.get("maxUnavailable", "")), str(spec.get("minAvailable", ""))
    blocks = most in ("0", "0%") or least == "100%" or (least.isdigit() and int(least) >= replicas)
    if blocks:
        yield Finding(where(one), f"blocks every eviction of {workload.name}: no node could be drained")


def _target(one: Document) -> str:
    return str(dig(one, "spec", "scaleTargetRef").get("name"))


def _bounds(one: Document) -> tuple[int, int]:
    spec = dig(one, "spec")
    if one["kind"] == "ScaledObject":
        return spec.get("minReplicaCount", 0), spec.get("maxReplicaCount", 100)
    return spec.get("minReplicas", 1), spec.get("maxReplicas", 0)


RULES = (
    scalers_have_their_target,
    scalers_have_room,
    what_scales_names_no_replicas,
    what_is_scaled_by_cpu_asks_for_cpu,
    queries_stay_in_their_namespace,
    every_process_has_a_budget,
)
