"""What one document says of another is there: configuration, secrets, volumes, accounts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import yaml

from deploy.k8s.check.documents import Document, Finding, Manifests, Workload, dig, name_of, where
from deploy.k8s.check.kustomize import K8S

Keys = Mapping[str, frozenset[str]]


@cache
def expected() -> Mapping[str, Any]:
    """What `expected.yaml` says is there already."""
    said: Mapping[str, Any] = yaml.safe_load((K8S / "expected.yaml").read_text(encoding="utf-8"))
    return said


def expected_secrets() -> Keys:
    """The keys of the Secrets that are made outside, by name."""
    return {one["name"]: frozenset(one["keys"]) for one in expected()["secrets"]}


def config_maps(all_: Manifests) -> Keys:
    """The keys of each ConfigMap, by name."""
    return {name_of(one): frozenset(one.get("data") or {}) for one in all_.of("ConfigMap")}


def configuration_is_there(all_: Manifests) -> Iterator[Finding]:
    """Each ConfigMap and each of its keys that a pod asks for. A generator without its namespace leaves the reference
    without the hash: only a node notices, as CreateContainerConfigError."""
    known = config_maps(all_)
    for one in all_.workloads:
        for name, key in _asked(one, "configMap"):
            yield from _there(one, "ConfigMap", name, key, known)


def secrets_are_known(all_: Manifests) -> Iterator[Finding]:
    """Each Secret and each of its keys that a pod asks for is named in `expected.yaml`."""
    known = expected_secrets()
    for one in all_.workloads:
        for name, key in _asked(one, "secret"):
            yield from _there(one, "Secret", name, key, known)


def operators_know_their_secrets(all_: Manifests) -> Iterator[Finding]:
    """The same for what operators' documents ask for: databases, credentials of backups, certificates of the door."""
    known = expected_secrets()
    for one in all_.of("Cluster"):
        asked = [(dig(one, "spec", "bootstrap", "initdb", "secret", "name"), "password")]
        asked += [(dig(role, "passwordSecret", "name"), "password") for role in dig(one, "spec", "managed", "roles")]
        keys = dig(one, "spec", "backup", "barmanObjectStore", "s3Credentials")
        asked += [(dig(part, "name"), dig(part, "key")) for part in keys.values()]
        for name, key in asked:
            yield from _of_document(one, name, key, known)
    for one in all_.of("Gateway"):
        for listener in dig(one, "spec", "listeners"):
            for part in dig(listener, "tls", "certificateRefs"):
                yield from _of_document(one, part["name"], "tls.crt", known)
    for one in all_.of("Ingress"):
        for part in dig(one, "spec", "tls"):
            yield from _of_document(one, part.get("secretName"), "tls.crt", known)


def stores_of_secrets_are_known(all_: Manifests) -> Iterator[Finding]:
    """An ExternalSecret's store is there or expected, and it makes a Secret that somebody expects."""
    stores = {(one["kind"], one["name"]) for one in expected()["objects"]}
    stores |= {(one["kind"], name_of(one)) for one in all_.of("SecretStore", "ClusterSecretStore")}
    known = expected_secrets()
    for one in all_.of("ExternalSecret"):
        store = dig(one, "spec", "secretStoreRef")
        if (store.get("kind", "SecretStore"), store.get("name")) not in stores:
            yield Finding(where(one), f"its store {store.get('name')} is not there")
        name = dig(one, "spec", "target").get("name", name_of(one))
        made = set(dig(one, "spec", "target", "template", "data")) or {
            data.get("secretKey") for data in dig(one, "spec", "data")
        }
        if made != known.get(name, frozenset()):
            yield Finding(where(one), f"makes {sorted(made)}, and expected.yaml wants {sorted(known.get(name, ()))}")


def accounts_are_there(all_: Manifests) -> Iterator[Finding]:
    """A pod's ServiceAccount, and those of role bindings with their role."""
    accounts = {name_of(one) for one in all_.of("ServiceAccount")}
    for one in all_.workloads:
        account = one.spec.get("serviceAccountName")
        if account is None:
            yield Finding(one.where, "runs as the namespace's default ServiceAccount: give it its own")
        elif account not in accounts:
            yield Finding(one.where, f"its ServiceAccount {account} is not there")
    for binding in all_.of("RoleBinding"):
        role = dig(binding, "roleRef").get("name")
        if all_.find("Role", str(role)) is None:
            yield Finding(where(binding), f"its Role {role} is not there")
        for subject in binding.get("subjects") or []:
            if subject.get("name") not in accounts:
                yield Finding(where(binding), f"its ServiceAccount {subject.get('name')} is not there")
            if subject.get("namespace") != dig(binding, "metadata").get("namespace"):
                yield Finding(where(binding), f"its subject is in another namespace: {subject.get('namespace')}")


def volumes_are_declared_and_used(all_: Manifests) -> Iterator[Finding]:
    """A mount has its volume and a volume its mount; no two mounts at one place; never by subPath, which would keep a
    replaced secret out for good."""
    for one in all_.workloads:
        declared = {volume["name"] for volume in one.spec.get("volumes") or []}
        mounted: set[str] = set()
        for container in one.containers:
            places = [mount.get("mountPath") for mount in container.get("volumeMounts") or []]
            for mount in container.get("volumeMounts") or []:
                mounted.add(mount["name"])
                if mount["name"] not in declared:
                    yield Finding(one.where, f"mounts {mount['name']}, which is no volume of the pod")
                if "subPath" in mount:
                    yield Finding(one.where, f"mounts {mount['name']} by subPath: it would never be seen to change")
            for place in {place for place in places if places.count(place) > 1}:
                yield Finding(one.where, f"mounts two volumes at {place}")
        for name in sorted(declared - mounted):
            yield Finding(one.where, f"the volume {name} is mounted nowhere")


def claims_are_there(all_: Manifests) -> Iterator[Finding]:
    """A PersistentVolumeClaim that a pod asks for."""
    for one in all_.workloads:
        for volume in one.spec.get("volumes") or []:
            claim = dig(volume, "persistentVolumeClaim").get("claimName")
            if claim is not None and all_.find("PersistentVolumeClaim", claim) is None:
                yield Finding(one.where, f"its PersistentVolumeClaim {claim} is not there")


def _asked(one: Workload, kind: str) -> Iterator[tuple[str, str | None]]:
    """Names of ConfigMaps or Secrets a pod cannot start without, each with the key it wants or None for all."""
    for container in one.containers:
        for source in container.get("envFrom") or []:
            if (part := source.get(f"{kind}Ref")) and not part.get("optional"):
                yield part.get("name", ""), None
        for variable in container.get("env") or []:
            part = dig(variable, "valueFrom", f"{kind}KeyRef")
            if part and not part.get("optional"):
                yield part.get("name", ""), part.get("key")
    for volume in one.spec.get("volumes") or []:
        part = volume.get(kind)
        if part and not part.get("optional"):
            yield part.get("secretName" if kind == "secret" else "name", ""), None


def _there(one: Workload, kind: str, name: str, key: str | None, known: Keys) -> Iterator[Finding]:
    if name not in known:
        missing = "is not there" if kind == "ConfigMap" else "is not in expected.yaml"
        yield Finding(one.where, f"its {kind} {name} {missing}")
    elif key is not None and key not in known[name]:
        yield Finding(one.where, f"its {kind} {name} has no key {key}")


def _of_document(one: Document, name: object, key: object, known: Keys) -> Iterator[Finding]:
    if name not in known:
        yield Finding(where(one), f"its Secret {name} is not in expected.yaml")
    elif key not in known[str(name)]:
        yield Finding(where(one), f"its Secret {name} has no key {key}")


RULES = (
    configuration_is_there,
    secrets_are_known,
    operators_know_their_secrets,
    stores_of_secrets_are_known,
    accounts_are_there,
    volumes_are_declared_and_used,
    claims_are_there,
)
