"""Each mistake planted in the city's manifests is found, by the words that name it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from deploy.k8s.check.documents import Document

Change = Callable[[list[Document]], None]
API, JOB, CLUSTER = ("Deployment", "roster-api"), ("Job", "roster-migrate"), ("Cluster", "roster-db")
POD = ("spec", "template", "spec")
APP = (*POD, "containers", 0)


def _of(documents: list[Document], kind: str, name: str) -> Document:
    """By its name, or by how a generated one begins."""
    return next(
        one
        for one in documents
        if one["kind"] == kind and (one["metadata"]["name"] == name or one["metadata"]["name"].startswith(f"{name}-"))
    )


def put(where: tuple[str, str], *path: Any) -> Change:
    """Sets a field: the last of `path` is its value."""

    def change(documents: list[Document]) -> None:
        *steps, last, value = path
        place: Any = _of(documents, *where)
        for step in steps:
            place = place[step]
        place[last] = value

    return change


def drop(where: tuple[str, str], *path: Any) -> Change:
    """Takes a field away; without a path the whole document."""

    def change(documents: list[Document]) -> None:
        if not path:
            documents.remove(_of(documents, *where))
            return
        place: Any = _of(documents, *where)
        for step in path[:-1]:
            place = place[step]
        del place[path[-1]]

    return change


def more(where: tuple[str, str], *path: Any) -> Change:
    """Appends to a list: the last of `path` is what."""

    def change(documents: list[Document]) -> None:
        *steps, value = path
        place: Any = _of(documents, *where)
        for step in steps:
            place = place[step]
        place.append(value)

    return change


def add(document: Document) -> Change:
    """Adds a document."""
    return lambda documents: documents.append(document)


def _object(api: str, kind: str, **rest: Any) -> Document:
    return {"apiVersion": api, "kind": kind, "metadata": {"name": "new", "namespace": "bdtx"}, **rest}


YES, NO = True, False
NEVER = {"name": "x", "emptyDir": {}}
MISTAKES: dict[str, tuple[Change, str]] = {
    # fields and kinds
    "a misspelt field": (put(API, *POD, "terminationGracePeriodSecond", 45), "'terminationGracePeriodSecond'"),
    "a field of another type": (put(API, "spec", "replicas", "two"), "spec.replicas: 'two' is not of type"),
    "a kind that is gone": (
        add(_object("autoscaling/v2beta2", "HorizontalPodAutoscaler", spec={})),
        "has no kind HorizontalPodAutoscaler of autoscaling/v2beta2",
    ),
    "a kind of nobody": (add(_object("bdtx.vn/v1", "Province", spec={})), "has no kind Province of bdtx.vn/v1"),
    "a kind of another group": (
        add(_object("networking.istio.io/v1", "NetworkPolicy", spec={"podSelector": {}})),
        "has no kind NetworkPolicy of networking.istio.io/v1",
    ),
    "a misspelt field of a database": (put(CLUSTER, "spec", "instance", 3), "'instance' was unexpected"),
    "a database without instances": (put(CLUSTER, "spec", "instances", 0), "less than the minimum"),
    "a misspelt field of a topic": (put(("KafkaTopic", "roster.events"), "spec", "partition", 3), "'partition'"),
    "a topic without partitions": (put(("KafkaTopic", "roster.events"), "spec", "partitions", 0), "spec.partitions"),
    "a listener of an unknown kind": (
        put(("Kafka", "kafka"), "spec", "kafka", "listeners", 0, "type", "inside"),
        "'inside' is not one of",
    ),
    "a wrong word in a route": (
        put(("HTTPRoute", "gateway"), "spec", "rules", 0, "matches", 0, "path", "type", "Prefix"),
        "'Prefix' is not one of",
    ),
    "a number in a scaler's metadata": (
        put(("ScaledObject", "roster-consume"), "spec", "triggers", 0, "metadata", "threshold", 5),
        "5 is not of type 'string'",
    ),
    "a wrong interval of a monitor": (
        put(("PodMonitor", "bdtx"), "spec", "podMetricsEndpoints", 0, "interval", "often"),
        "'often' does not match",
    ),
    # names
    "no namespace": (drop(API, "metadata", "namespace"), "has no namespace"),
    "another namespace": (put(API, "metadata", "namespace", "default"), "is in the namespace default"),
    "a Namespace of another name": (put(("Namespace", "bdtx"), "metadata", "name", "bdtx-2"), "is not the namespace"),
    "the same twice": (lambda documents: documents.append(_of(documents, *API)), "comes 2 times"),
    "a name with a capital": (put(API, "metadata", "name", "Roster"), "its name is no DNS name"),
    "a label that is no word": (put(API, "metadata", "labels", "note", "Sở Giáo dục"), "the label note has a value"),
    "an image `latest`": (put(API, *APP, "image", "bdtx:latest"), "is `latest`"),
    "an image without a tag": (put(API, *APP, "image", "registry.example:5000/bdtx"), "has no tag"),
    # references
    "a ConfigMap that is not there": (
        put(API, *APP, "envFrom", 0, "configMapRef", "name", "platform-settings"),
        "its ConfigMap platform-settings is not there",
    ),
    "a Secret that nobody expects": (
        put(API, *APP, "env", 0, "valueFrom", "secretKeyRef", "name", "roster-db"),
        "its Secret roster-db is not in expected.yaml",
    ),
    "a key that a Secret has not": (
        put(API, *APP, "env", 0, "valueFrom", "secretKeyRef", "key", "passwort"),
        "has no key passwort",
    ),
    "an account that is not there": (put(API, *POD, "serviceAccountName", "rooster"), "ServiceAccount rooster"),
    "no account": (drop(API, *POD, "serviceAccountName"), "default ServiceAccount"),
    "a volume that is not there": (put(API, *APP, "volumeMounts", 1, "name", "jwks"), "no volume of the pod"),
    "a volume for nothing": (more(API, *POD, "volumes", NEVER), "the volume x is mounted nowhere"),
    "a secret by subPath": (put(API, *APP, "volumeMounts", 1, "subPath", "jwks.json"), "by subPath"),
    "a claim that is not there": (
        put(API, *POD, "volumes", 0, {"name": "tmp", "persistentVolumeClaim": {"claimName": "objects"}}),
        "PersistentVolumeClaim objects is not there",
    ),
    "a database's secret that nobody expects": (
        put(CLUSTER, "spec", "bootstrap", "initdb", "secret", "name", "owner"),
        "its Secret owner is not in expected.yaml",
    ),
    "a store of secrets that is not there": (
        put(("ExternalSecret", "gateway-oidc"), "spec", "secretStoreRef", "name", "vault"),
        "its store vault is not there",
    ),
    "a secret made with another key": (
        put(("ExternalSecret", "gateway-oidc"), "spec", "data", 0, "secretKey", "oidc.yaml"),
        "and expected.yaml wants ['oidc.json']",
    ),
    "a role bound to an account elsewhere": (
        put(("RoleBinding", "restore-test"), "subjects", 0, "namespace", "default"),
        "its subject is in another namespace",
    ),
    # reach
    "a Service that selects nobody": (
        put(("Service", "roster"), "spec", "selector", "app.kubernetes.io/component", "apis"),
        "its selector matches no pod",
    ),
    "a Service with a port of nobody": (
        put(("Service", "roster"), "spec", "ports", 0, "targetPort", "web"),
        "the port web is not declared by roster-api",
    ),
    "a route to no Service": (
        put(("HTTPRoute", "gateway"), "spec", "rules", 0, "backendRefs", 0, "name", "gate"),
        "leads to the Service gate, which is not there",
    ),
    "a route to no port": (
        put(("HTTPRoute", "gateway"), "spec", "rules", 0, "backendRefs", 0, "port", 8080),
        "leads to the port 8080",
    ),
    "a route on no listener": (
        put(("HTTPRoute", "gateway"), "spec", "parentRefs", 0, "sectionName", "http"),
        "hangs on the listener http",
    ),
    "metrics for everybody": (
        put(("HTTPRoute", "gateway"), "spec", "rules", 3, "matches", 0, "path", "type", "PathPrefix"),
        "shows /metrics",
    ),
    "a policy over nobody": (
        put(("NetworkPolicy", "gateway"), "spec", "podSelector", "matchLabels", "app.kubernetes.io/name", "gate"),
        "selects no pod",
    ),
    "a policy for nobody": (
        put(("NetworkPolicy", "api"), "spec", "ingress", 0, "from", 0, "podSelector", "matchLabels", {"a": "b"}),
        "lets ingress for a peer that is none",
    ),
    "a policy for a port of nobody": (
        put(("NetworkPolicy", "api"), "spec", "ingress", 0, "ports", 0, "port", "web"),
        "opens the port web",
    ),
    "ports that end before they begin": (
        put(("NetworkPolicy", "events"), "spec", "egress", 0, "ports", 0, "endPort", 80),
        "end (80) before they begin (9093)",
    ),
    "everybody let in": (drop(("NetworkPolicy", "api"), "spec", "ingress", 0, "from"), "lets everybody in"),
    "nobody denied": (drop(("NetworkPolicy", "default-deny")), "none denies what the others do not allow"),
    "a monitor of a port of nobody": (
        put(("PodMonitor", "bdtx"), "spec", "podMetricsEndpoints", 0, "port", "metrics"),
        "the port metrics is not declared",
    ),
    "a process that nobody monitors": (
        put(("PodMonitor", "bdtx"), "spec", "selector", "matchExpressions", 0, "values", ["api"]),
        "asks nothing of roster-relay",
    ),
    # workloads
    "a selector that is not the template's": (
        put(API, "spec", "selector", "matchLabels", "app.kubernetes.io/component", "web"),
        "its selector is not true of its own pods",
    ),
    "a selector of two": (
        put(API, "spec", "selector", "matchLabels", {"app.kubernetes.io/name": "roster"}),
        "its selector is true of the pods of roster-",
    ),
    "a pod that goes before its successor": (
        put(API, "spec", "strategy", "rollingUpdate", "maxUnavailable", "25%"),
        "maxUnavailable is 25%",
    ),
    "neither surge nor gap": (put(API, "spec", "strategy", "rollingUpdate", "maxSurge", 0), "are both 0"),
    "no spread over nodes": (
        drop(API, *POD, "topologySpreadConstraints", 1),
        "is not spread over kubernetes.io/hostname",
    ),
    "a spread over others": (
        put(API, *POD, "topologySpreadConstraints", 0, "labelSelector", {"matchLabels": {"a": "b"}}),
        "does not count its own pods",
    ),
    "a Job that starts again for ever": (put(JOB, *POD, "restartPolicy", "Always"), "its restartPolicy is Always"),
    "a Job that may hang": (drop(JOB, "spec", "activeDeadlineSeconds"), "might hang for ever"),
    "a grace period that is too short": (
        put(API, *POD, "terminationGracePeriodSeconds", 20),
        "its grace period (20 s) is not above its way out (27 s)",
    ),
    "no preStop": (drop(API, *APP, "lifecycle"), "has no preStop.sleep"),
    "another service's command": (put(API, *APP, "args", ["services.grading", "api"]), "runs services.grading api"),
    # pods
    "a privileged container": (put(API, *APP, "securityContext", "privileged", YES), "is privileged"),
    "an escalation": (drop(API, *APP, "securityContext", "allowPrivilegeEscalation"), "allowPrivilegeEscalation"),
    "a capability": (put(API, *APP, "securityContext", "capabilities", "add", ["NET_ADMIN"]), "adds capabilities"),
    "capabilities kept": (put(API, *APP, "securityContext", "capabilities", {}), "does not drop ALL"),
    "no seccomp": (drop(API, *POD, "securityContext", "seccompProfile"), "has no seccompProfile"),
    "root": (put(API, *POD, "securityContext", "runAsNonRoot", NO), "runAsNonRoot is not true"),
    "no numbered user": (drop(API, *POD, "securityContext", "runAsUser"), "has no runAsUser above 999"),
    "the host's network": (put(API, *POD, "hostNetwork", YES), "hostNetwork is not allowed"),
    "the host's files": (
        put(API, *POD, "volumes", 0, {"name": "tmp", "hostPath": {"path": "/srv"}}),
        "the volume tmp is a hostPath",
    ),
    "a writable root": (drop(API, *APP, "securityContext", "readOnlyRootFilesystem"), "readOnlyRootFilesystem"),
    "no /tmp": (put(API, *APP, "volumeMounts", 0, "mountPath", "/temp"), "is no emptyDir"),
    "a token": (put(API, *POD, "automountServiceAccountToken", YES), "automountServiceAccountToken is not false"),
    "variables of other Services": (drop(API, *POD, "enableServiceLinks"), "GATEWAY_PORT would become an address"),
    # probes
    "no readiness": (drop(API, *APP, "readinessProbe"), "has no readinessProbe"),
    "a probe on an undeclared port": (
        put(API, *APP, "readinessProbe", "httpGet", "port", "web"),
        "its readinessProbe asks the port web, which is not declared",
    ),
    "a liveness that asks the database": (
        put(API, *APP, "livenessProbe", "httpGet", "path", "/readyz"),
        "its livenessProbe asks /readyz, not /livez",
    ),
    "a hasty liveness": (put(API, *APP, "livenessProbe", "failureThreshold", 1), "gives up after 10 s"),
    "a hasty start": (put(API, *APP, "startupProbe", "failureThreshold", 30), "startupProbe gives up after 60 s"),
    # resources
    "a quantity that is none": (put(API, *APP, "resources", "requests", "cpu", "100mm"), "no quantity: '100mm'"),
    "more asked for than allowed": (
        put(API, *APP, "resources", "requests", "memory", "2Gi"),
        "asks for more memory (2Gi) than 1536Mi",
    ),
    "no bound on memory": (drop(API, *APP, "resources", "limits"), "resources.limits.memory is missing"),
    "a port that is none": (put(API, *APP, "ports", 0, "containerPort", 99999), "the port 99999 is none"),
    # scaling
    "a scaler of nobody": (
        put(("HorizontalPodAutoscaler", "gateway"), "spec", "scaleTargetRef", "name", "gate"),
        "its target Deployment/gate is not there",
    ),
    "a least above the most": (
        put(("HorizontalPodAutoscaler", "gateway"), "spec", "minReplicas", 20),
        "its least (20) is more than its most (10)",
    ),
    "more consumers than partitions": (
        put(("ScaledObject", "roster-consume"), "spec", "maxReplicaCount", 40),
        "40 consumers for 12 partitions",
    ),
    "a scaler to nothing": (drop(("ScaledObject", "roster-consume"), "spec", "minReplicaCount"), "scales to 0"),
    "a scaler of the neighbours' lag": (
        put(
            *(("ScaledObject", "roster-consume"), "spec", "triggers", 0, "metadata", "query"),
            "sum(consumer_lag_records)",
        ),
        'its query does not say namespace="bdtx"',
    ),
    "replicas of what scales": (put(API, "spec", "replicas", 2), "names its replicas"),
    "two scalers of one": (
        put(("HorizontalPodAutoscaler", "gateway"), "spec", "scaleTargetRef", "name", "roster-api"),
        "is scaled by",
    ),
    "a budget that blocks every eviction": (
        put(("PodDisruptionBudget", "roster-relay"), "spec", "maxUnavailable", 0),
        "blocks every eviction of roster-relay",
    ),
    "a budget of as many as there are": (
        put(
            *(("PodDisruptionBudget", "roster-relay"), "spec"),
            {
                "minAvailable": 2,
                "selector": {
                    "matchLabels": {"app.kubernetes.io/name": "roster", "app.kubernetes.io/component": "relay"}
                },
            },
        ),
        "blocks every eviction of roster-relay",
    ),
    "a budget with both sides": (
        put(("PodDisruptionBudget", "roster-relay"), "spec", "minAvailable", 1),
        "says minAvailable and maxUnavailable",
    ),
    "a budget of nobody": (
        put(("PodDisruptionBudget", "roster-relay"), "spec", "selector", "matchLabels", {"a": "b"}),
        "its selector matches no pod",
    ),
    "no budget": (drop(("PodDisruptionBudget", "roster-relay")), "has 0 disruption budgets"),
    # secrets
    "a password in a ConfigMap": (
        put(("ConfigMap", "platform-settings"), "data", "KAFKA_PASSWORD", "synthetic"),
        "KAFKA_PASSWORD looks like a secret",
    ),
    "an address with its password": (
        put(("ConfigMap", "roster-settings"), "data", "ROSTER_DATABASE_URL", "postgresql://a:b@c/d"),
        "ROSTER_DATABASE_URL looks like a secret",
    ),
    "a password in a variable": (
        put(API, *APP, "env", 0, {"name": "DATABASE_PASSWORD", "value": "synthetic"}),
        "DATABASE_PASSWORD is written down",
    ),
    "a Secret in the repository": (add(_object("v1", "Secret", stringData={"a": "b"})), "Secret/new: is written down"),
    # settings
    "a setting that is missing": (
        drop(("ConfigMap", "certificates-settings"), "data", "CERTIFICATES_PUBLIC_URL"),
        "the setting CERTIFICATES_PUBLIC_URL is missing",
    ),
    "a misspelt setting": (
        put(("ConfigMap", "kafka-settings"), "data", "KAFKA_PARTITION", "12"),
        "the setting KAFKA_PARTITION is none of ours",
    ),
    "a setting of another kind": (
        put(("ConfigMap", "kafka-settings"), "data", "KAFKA_SECURITY", "tls"),
        "the setting KAFKA_SECURITY: Input should be",
    ),
    "a laptop's mode": (put(("ConfigMap", "platform-settings"), "data", "BDTX_ENV", "local"), "is for a laptop"),
    "loopback": (put(("ConfigMap", "roster-settings"), "data", "ROSTER_HOST", "127.0.0.1"), "ROSTER_HOST is loopback"),
    "another port": (put(("ConfigMap", "roster-settings"), "data", "ROSTER_PORT", "8080"), "listens on 8080"),
    "too few copies": (
        put(("ConfigMap", "kafka-settings"), "data", "KAFKA_REPLICATION", "1"),
        "KAFKA_REPLICATION is below 3",
    ),
    "a file that is nowhere": (
        put(("ConfigMap", "kafka-settings"), "data", "KAFKA_CA_FILE", "/etc/kafka/ca.crt"),
        "KAFKA_CA_FILE is /etc/kafka/ca.crt, where nothing is mounted",
    ),
    "a ConfigMap for nobody": (add(_object("v1", "ConfigMap", data={"a": "b"})), "is asked for by no pod"),
    # alerts
    "an alert over no metric": (
        put(("PrometheusRule", "bdtx"), "spec", "groups", 0, "rules", 0, "expr", "max(outbox_age_seconds) > 60"),
        "reads outbox_age_seconds, which no process tells",
    ),
    "an alert without a page": (
        drop(("PrometheusRule", "bdtx"), "spec", "groups", 0, "rules", 0, "annotations", "runbook_url"),
        "has no runbook_url",
    ),
    "an alert with a page that is not there": (
        put(
            *(("PrometheusRule", "bdtx"), "spec", "groups", 0, "rules", 0, "annotations", "runbook_url"),
            "docs/how-to/alerts.md#somewhere",
        ),
        "which is not there",
    ),
    "a dashboard that is no JSON": (
        put(("ConfigMap", "bdtx-dashboard"), "data", "bdtx.json", "{"),
        "bdtx.json is no JSON",
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_planted_mistake_is_found(planted: Callable[[Change], list[str]], name: str) -> None:
    change, words = MISTAKES[name]
    found = planted(change)
    assert [one for one in found if words in one], found
