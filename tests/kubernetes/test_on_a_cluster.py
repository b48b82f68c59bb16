"""The manifests on a real control plane (`make test-kubernetes KUBECONFIG=…`): applied, applied again, run, evicted.

Needs a cluster of its own: it makes and deletes the namespaces `bdtx` and `bdtx-shard-01` and the operators' kinds.
Nodes may be fake (kwok): what needs none is tried all the same. A fake node that is counted out for want of a heartbeat
never makes its pods ready again: a busy machine needs a `--node-monitor-grace-period` of minutes.
"""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Iterator

import pytest

from deploy.k8s.check import combinations
from deploy.k8s.check.combinations import Combination
from deploy.k8s.check.documents import Document, Manifests, parse
from tests.kubernetes.cluster import Cluster

pytestmark = pytest.mark.skipif(
    os.environ.get("KUBERNETES") != "1" or not os.environ.get("KUBECONFIG"),
    reason="needs a cluster of its own: `make test-kubernetes KUBECONFIG=…`",
)
OVERLAYS = combinations.names(combinations.OVERLAYS)


@pytest.fixture(scope="module")
def cluster() -> Cluster:
    """With the operators' kinds."""
    one = Cluster()
    one.install_kinds()
    return one


@pytest.fixture(scope="module", params=OVERLAYS)
def applied(cluster: Cluster, request: pytest.FixtureRequest) -> Iterator[list[Document]]:
    """An overlay as it was applied; its namespace goes afterwards."""
    documents = parse(Combination(request.param).render())
    namespaces = list(Manifests(documents).of("Namespace"))
    answer = cluster.apply(namespaces)
    assert answer.code == 0, answer.err
    answer = cluster.apply(documents)
    assert answer.code == 0, answer.err
    assert "would violate PodSecurity" not in answer.err
    yield documents
    cluster.do("delete", "namespace", namespaces[0]["metadata"]["name"], "--timeout=180s")


def test_a_second_apply_changes_nothing(cluster: Cluster, applied: list[Document]) -> None:
    found = cluster.differs(applied)
    if found:  # a controller may write between kubectl's two readings; what the manifests say differently, stays
        found = cluster.differs(applied)
    assert found == ""


def test_a_pod_of_each_template_is_let_in(cluster: Cluster, applied: list[Document]) -> None:
    """A Deployment whose pods are refused is only warned about: so a Pod is made of each template."""
    namespace = applied_namespace(applied)
    for one in Manifests(applied).workloads:
        pod = {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": f"try-{one.name}", "namespace": namespace, "labels": dict(one.labels)},
            "spec": one.spec,
        }
        answer = cluster.ask("create", "--dry-run=server", "-f", "-", given=json.dumps(pod))
        assert answer.code == 0, f"{one.where}: {answer.err}"


def test_a_pod_that_is_not_restricted_is_refused(cluster: Cluster, applied: list[Document]) -> None:
    """So that the test before says something: the namespace does enforce."""
    one = next(iter(Manifests(applied).workloads))
    spec = copy.deepcopy(one.spec)
    del spec["containers"][0]["securityContext"]
    metadata = {"name": "unrestricted", "namespace": applied_namespace(applied)}
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}
    answer = cluster.ask("create", "--dry-run=server", "-f", "-", given=json.dumps(pod))
    assert answer.code != 0
    assert "violates PodSecurity" in answer.err


def test_pods_roll_are_not_all_evicted_and_a_node_is_drained(cluster: Cluster, applied: list[Document]) -> None:
    """With nodes that say that their pods run (kwok's do at once): rollout, 429 by the budget, drain."""
    if cluster.nodes() < 2:
        pytest.skip("NO ROLLOUT, NO EVICTION, NO DRAIN: the cluster has fewer than two ready nodes")
    namespace = applied_namespace(applied)
    if cluster.get("deployment/gateway", "-n", namespace)["spec"]["replicas"] < 2:
        cluster.do("scale", "deployment/gateway", "--replicas=2", "-n", namespace)
    of_gateway = ("-n", namespace, "deployment/gateway")
    cluster.do("rollout", "status", *of_gateway, "--timeout=180s")
    cluster.do("rollout", "restart", *of_gateway)
    cluster.do("rollout", "status", *of_gateway, "--timeout=180s")
    budget = ("get", "pdb/gateway", "-n", namespace, "-o", "jsonpath={.status.disruptionsAllowed}")
    assert cluster.until("1", *budget) == "1"
    selector = "app.kubernetes.io/name=gateway"
    pods = [one for one in cluster.get("pods", "-n", namespace, "-l", selector)["items"] if _runs(one)]
    # Nothing is put in the place of what goes: the second eviction must meet the budget.
    cordoned = [one["metadata"]["name"] for one in cluster.get("nodes")["items"]]
    cluster.do("cordon", *cordoned)
    try:
        answers = [_evict(cluster, namespace, one["metadata"]["name"]) for one in pods[:2]]
    finally:
        cluster.do("uncordon", *cordoned)
    assert answers[0] == ""
    assert "Cannot evict pod as it would violate the pod's disruption budget" in answers[1]
    assert cluster.until("1", *budget) == "1"
    cluster.do("drain", cordoned[0], "--ignore-daemonsets", "--delete-emptydir-data", "--timeout=180s")
    cluster.do("uncordon", cordoned[0])


def applied_namespace(documents: list[Document]) -> str:
    """Where it went."""
    return str(next(Manifests(documents).of("Namespace"))["metadata"]["name"])


def _runs(pod: Document) -> bool:
    return pod["status"].get("phase") == "Running" and "deletionTimestamp" not in pod["metadata"]


def _evict(cluster: Cluster, namespace: str, pod: str) -> str:
    """What the API server says against it; empty where it agrees."""
    path = f"/api/v1/namespaces/{namespace}/pods/{pod}/eviction"
    body = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": pod, "namespace": namespace}}
    answer = cluster.ask("create", "--raw", path, "-f", "-", given=json.dumps(body))
    return "" if answer.code == 0 else answer.err
