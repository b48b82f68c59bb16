"""How Deployments and Jobs keep pods, replace them and spread them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from deploy.k8s.check.documents import Finding, Manifests, Workload, dig, matches


def selectors_match_their_template(all_: Manifests) -> Iterator[Finding]:
    """A Deployment whose selector is not true of its own pods is refused; one that is true of another's fights it."""
    for one in all_.deployments:
        selector = dig(one.document, "spec", "selector")
        if not matches(selector, one.labels):
            yield Finding(one.where, "its selector is not true of its own pods")
        for other in all_.deployments:
            if other is not one and matches(selector, other.labels):
                yield Finding(one.where, f"its selector is true of the pods of {other.name} too")


def no_pod_goes_before_its_successor_is_ready(all_: Manifests) -> Iterator[Finding]:
    """`maxUnavailable: 0`, and a surge, without which nothing would ever be replaced."""
    for one in all_.deployments:
        strategy = dig(one.document, "spec", "strategy")
        if strategy.get("type", "RollingUpdate") != "RollingUpdate":
            yield Finding(one.where, f"is replaced by {strategy['type']}: nothing answers in between")
            continue
        rolling = dig(strategy, "rollingUpdate")
        unavailable, surge = rolling.get("maxUnavailable", "25%"), rolling.get("maxSurge", "25%")
        if not _nothing(unavailable):
            yield Finding(one.where, f"maxUnavailable is {unavailable}, it should be 0")
        if _nothing(unavailable) and _nothing(surge):
            yield Finding(one.where, "maxUnavailable and maxSurge are both 0: it could never be replaced")


def pods_are_spread(all_: Manifests) -> Iterator[Finding]:
    """Over zones and nodes, by constraints that are true of the pods themselves."""
    for one in all_.deployments:
        constraints = one.spec.get("topologySpreadConstraints") or []
        keys = {constraint.get("topologyKey") for constraint in constraints}
        for key in ("topology.kubernetes.io/zone", "kubernetes.io/hostname"):
            if key not in keys:
                yield Finding(one.where, f"is not spread over {key}")
        for constraint in constraints:
            if "labelSelector" not in constraint or not matches(constraint["labelSelector"], one.labels):
                yield Finding(one.where, f"its spread over {constraint.get('topologyKey')} does not count its own pods")


def jobs_end(all_: Manifests) -> Iterator[Finding]:
    """A Job's pods are not started again for ever, and a Job has a last hour."""
    for one in all_.workloads:
        if one.kind not in ("Job", "CronJob"):
            continue
        policy = one.spec.get("restartPolicy", "Always")
        if policy not in ("Never", "OnFailure"):
            yield Finding(one.where, f"its restartPolicy is {policy}, a Job's is Never or OnFailure")
        job = dig(one.document, "spec") if one.kind == "Job" else dig(one.document, "spec", "jobTemplate", "spec")
        if "activeDeadlineSeconds" not in job:
            yield Finding(one.where, "has no activeDeadlineSeconds: it might hang for ever")


def the_grace_period_is_longer_than_the_way_out(all_: Manifests) -> Iterator[Finding]:
    """preStop is part of the grace period; what is left must do for kept connections (2 s) and requests (20 s)."""
    for one in all_.deployments:
        grace = one.spec.get("terminationGracePeriodSeconds", 30)
        for container in one.containers:
            sleep = dig(container, "lifecycle", "preStop", "sleep").get("seconds", 0)
            least = sleep + (22 if one.component in ("api", "gateway") else 15)
            if grace <= least:
                yield Finding(one.where, f"its grace period ({grace} s) is not above its way out ({least} s)")


def what_answers_calls_waits_before_it_stops(all_: Manifests) -> Iterator[Finding]:
    """`preStop.sleep` on every pod that a Service leads to: its address leaves the Services only by and by."""
    reached = {
        workload.name for one in all_.of("Service") for workload in all_.selected_by(dig(one, "spec", "selector"))
    }
    for one in all_.deployments:
        if one.name not in reached:
            continue
        for container in one.spec.get("containers") or []:
            if dig(container, "lifecycle", "preStop", "sleep").get("seconds", 0) < 3:
                yield Finding(one.where, "has no preStop.sleep of at least 3 s, and a Service leads to it")


def consumers_are_no_more_than_partitions(all_: Manifests) -> Iterator[Finding]:
    """A member beyond the partitions has nothing to read."""
    partitions = min((one["spec"]["partitions"] for one in all_.of("KafkaTopic")), default=12)
    for one in all_.deployments:
        replicas = dig(one.document, "spec").get("replicas", 1)
        if one.component == "consume" and replicas > partitions:
            yield Finding(one.where, f"has {replicas} replicas for {partitions} partitions")


def _nothing(value: Any) -> bool:
    return str(value).rstrip("%") == "0"


def commands_are_ours(all_: Manifests) -> Iterator[Finding]:
    """`python -m services.<name> <role>`: the account, the labels and the command speak of the same process."""
    for one in all_.workloads:
        for container in one.spec.get("containers") or []:
            words = container.get("args") or []
            if container.get("command") or not words:
                continue
            said = [*words[0].split("."), *words[1:]]
            if said != _command(one):
                yield Finding(one.where, f"runs {' '.join(words)}, its labels say {' '.join(_command(one))}")


def _command(one: Workload) -> list[str]:
    service = one.labels.get("app.kubernetes.io/name", "")
    return ["gateway"] if service == "gateway" else ["services", service, one.component]


RULES = (
    selectors_match_their_template,
    no_pod_goes_before_its_successor_is_ready,
    pods_are_spread,
    jobs_end,
    the_grace_period_is_longer_than_the_way_out,
    what_answers_calls_waits_before_it_stops,
    consumers_are_no_more_than_partitions,
    commands_are_ours,
)
