"""The platform in the cluster: `overlays/local` under a kustomization as an operator writes one, and what he does."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from deploy.k8s.check import combinations, kustomize
from deploy.k8s.check.documents import Document, Manifests, parse
from deploy.local.paths import LocalPaths
from deploy.local.secrets import ROLES, role_passwords
from deploy.local.stack import SERVICES
from tests.gateway.login.provider import CLIENT, SECRET
from tests.kubernetes.cluster import Cluster
from tests.rehearsals.node.outside import Outside

NAMESPACE = "bdtx"
OVERLAY = combinations.OVERLAYS / "local"
ANSWERING = (*(f"{service}-api" for service in SERVICES), "gateway")
"""Two of each: what answers calls is replaced while it is called."""
MIGRATIONS = "app.kubernetes.io/component=migrate"
PATIENCE_S = 900
OBJECTS = "bdtx-rehearsal-objects"


class Installed:
    """Calls of kubectl, as the how-to pages name them; each raises AssertionError with what the cluster said."""

    def __init__(self, cluster: Cluster, paths: LocalPaths, outside: Outside) -> None:
        self._cluster = cluster
        self._paths = paths
        self._outside = outside
        self._aliases: Mapping[str, str] = {}

    def install(self, image: str) -> dict[str, float]:
        """Everything from nothing; how many seconds until the migrations were through and until all was ready."""
        began = time.monotonic()
        documents = self._documents(image)
        self._apply([one for one in documents if one["kind"] == "Namespace"])
        self._apply(self._secrets())
        if not self._cluster.get("storageclass")["items"]:
            self._apply([self._volume()])
        self._apply([one for one in documents if one["kind"] == "Service"])
        # Where no DNS is, the gateway finds the services by what is said in its hosts file.
        self._aliases = {one: self._address_of(one) for one in SERVICES}
        self._apply(self._documents(image))
        self._migrated()
        migrated = time.monotonic() - began
        self.available()
        return {"migrated_s": round(migrated, 1), "ready_s": round(time.monotonic() - began, 1)}

    def upgrade(self, image: str) -> None:
        """As docs/how-to/upgrade-and-roll-back.md says; returns when the last old pod is gone."""
        self.do("delete", "job", "-l", MIGRATIONS, "--ignore-not-found")
        self._apply(self._documents(image))
        self._migrated()
        for deployment in self.do("get", "deploy", "-o", "name").split():
            self.do("rollout", "status", deployment, f"--timeout={PATIENCE_S}s")
        until = time.monotonic() + PATIENCE_S
        while any("deletionTimestamp" in one["metadata"] for one in self.pods()):
            assert time.monotonic() < until, "old pods do not go"
            time.sleep(1)

    def remove(self) -> None:
        """All of it."""
        self._cluster.ask("delete", "namespace", NAMESPACE, "--timeout=300s", patience_s=330)
        self._cluster.ask("delete", "pv", OBJECTS, "--ignore-not-found", "--timeout=60s")

    def establish(self, words: Sequence[str]) -> None:
        """A command of roster's in a pod: the settings of its worker, other arguments."""
        pod = next(one for one in self.pods() if one["metadata"]["name"].startswith("roster-work-"))
        name = pod["metadata"]["name"]
        self.do("exec", name, "--", "python", "-m", "services.roster", "establish", *words)

    def available(self) -> None:
        """Until every Deployment has what it wants."""
        self.do("wait", "--for=condition=available", "deploy", "--all", f"--timeout={PATIENCE_S}s")
        for deployment in self.do("get", "deploy", "-o", "name").split():
            self.do("rollout", "status", deployment, f"--timeout={PATIENCE_S}s")

    def gateway(self) -> str:
        """Its address for whoever stands on the node."""
        return f"http://{self._address_of('gateway')}"

    def pods(self, selector: str = "app.kubernetes.io/part-of=bdtx") -> list[Any]:
        """Those of a selector."""
        found: list[Any] = self._cluster.get("pods", "-n", NAMESPACE, "-l", selector)["items"]
        return found

    def restarts(self) -> dict[str, int]:
        """Containers that were started anew, by pod."""
        return {
            one["metadata"]["name"]: count
            for one in self.pods()
            if (count := sum(each["restartCount"] for each in one["status"].get("containerStatuses", ())))
        }

    def do(self, *words: str, given: str | None = None) -> str:
        """A call of kubectl in our namespace that must succeed."""
        answer = self._cluster.ask("-n", NAMESPACE, *words, given=given, patience_s=PATIENCE_S + 30)
        assert answer.code == 0, f"kubectl {' '.join(words)}: {answer.err}"
        return answer.out

    def _apply(self, documents: Sequence[Document]) -> None:
        answer = self._cluster.apply(documents)
        assert answer.code == 0, answer.err
        assert "would violate PodSecurity" not in answer.err, answer.err

    def _migrated(self) -> None:
        self.do("wait", "--for=condition=complete", "job", "-l", MIGRATIONS, f"--timeout={PATIENCE_S}s")

    def _address_of(self, service: str) -> str:
        return str(self._cluster.get("service", service, "-n", NAMESPACE)["spec"]["clusterIP"])

    def _documents(self, image: str) -> list[Document]:
        name, _, tag = image.rpartition(":")
        settings = {
            "platform-settings": [f"KAFKA_BOOTSTRAP={self._outside.broker.bootstrap}"],
            **{f"{service}-settings": [f"DATABASE_HOST={self._outside.database}"] for service in SERVICES},
        }
        aliases = [{"ip": address, "hostnames": [host]} for host, address in self._aliases.items()]
        known = {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "gateway"},
            "spec": {"template": {"spec": {"hostAliases": aliases}}},
        }
        said = {
            "namespace": NAMESPACE,
            "images": [{"name": "bdtx", "newName": name, "newTag": tag}],
            "replicas": [{"name": one, "count": 2} for one in ANSWERING],
            "configMapGenerator": [
                {"name": one, "behavior": "merge", "literals": literals} for one, literals in settings.items()
            ],
            "patches": [{"patch": yaml.safe_dump(known)}] if aliases else [],
        }
        return parse(kustomize.render_with(OVERLAY, [], said))

    def _secrets(self) -> list[Document]:
        """Those of deploy/k8s/expected.yaml that this overlay needs, of a local stack's files."""
        passwords, paths = role_passwords(self._paths, SERVICES), self._paths
        oidc = {
            "issuer": self._outside.provider.url,
            "client_id": CLIENT,
            "client_secret": SECRET,
            "public_url": "http://127.0.0.1:8080",
        }
        contents: dict[str, dict[str, str]] = {
            "internal-jwks": {"jwks.json": _text(paths.internal_jwks)},
            "gateway-keys": {
                "signing-key.json": _text(paths.gateway_signing_key),
                "session-key.json": _text(paths.session_key),
            },
            "webhook-secrets": {"webhook-secrets.json": _text(paths.vendor_secrets)},
            "gateway-oidc": {"oidc.json": json.dumps(oidc)},
        }
        for role, password in passwords.items():
            service, _, kind = role.rpartition("_")
            assert kind in ROLES
            contents[f"{service}-db-{kind}"] = {"username": role, "password": password}
        return [
            {
                "apiVersion": "v1",
                "kind": "Secret",
                "metadata": {"name": name, "namespace": NAMESPACE},
                "stringData": content,
            }
            for name, content in contents.items()
        ]

    def _volume(self) -> Document:
        """Where the cluster has no storage of its own: a folder of this machine, the overlay's claim alone."""
        folder = self._paths.objects
        folder.chmod(0o777)  # nobody chowns a hostPath for a pod
        return {
            "apiVersion": "v1",
            "kind": "PersistentVolume",
            "metadata": {"name": OBJECTS},
            "spec": {
                "capacity": {"storage": "5Gi"},
                "accessModes": ["ReadWriteOnce"],
                "hostPath": {"path": str(folder)},
                "claimRef": {"namespace": NAMESPACE, "name": "objects"},
            },
        }


def deployments(documents: Sequence[Document]) -> list[str]:
    """Names of what is kept running."""
    return [one.name for one in Manifests(documents).deployments]


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8")
