"""Pod Security `restricted`, and what it leaves open: no token, no writable root, no links to other Services."""

from __future__ import annotations

from collections.abc import Iterator

from deploy.k8s.check.documents import Finding, Manifests, dig


def pods_are_restricted(all_: Manifests) -> Iterator[Finding]:
    """The Pod Security Standard `restricted`, which the namespace enforces: a Deployment is only warned about, its pods
    are refused."""
    for one in all_.workloads:
        pod = dig(one.spec, "securityContext")
        for field in ("hostNetwork", "hostPID", "hostIPC"):
            if one.spec.get(field):
                yield Finding(one.where, f"{field} is not allowed")
        for volume in one.spec.get("volumes") or []:
            if "hostPath" in volume:
                yield Finding(one.where, f"the volume {volume['name']} is a hostPath")
        for container in one.containers:
            security = dig(container, "securityContext")
            both = {**pod, **security}
            if security.get("privileged"):
                yield Finding(one.where, "is privileged")
            if security.get("allowPrivilegeEscalation") is not False:
                yield Finding(one.where, "allowPrivilegeEscalation is not false")
            if both.get("runAsNonRoot") is not True:
                yield Finding(one.where, "runAsNonRoot is not true")
            if "ALL" not in dig(security, "capabilities").get("drop", []):
                yield Finding(one.where, "does not drop ALL capabilities")
            if set(dig(security, "capabilities").get("add", [])) - {"NET_BIND_SERVICE"}:
                yield Finding(one.where, "adds capabilities")
            if dig(both, "seccompProfile").get("type") not in ("RuntimeDefault", "Localhost"):
                yield Finding(one.where, "has no seccompProfile RuntimeDefault")
            for port in container.get("ports") or []:
                if "hostPort" in port:
                    yield Finding(one.where, "takes a hostPort")


def pods_run_as_a_numbered_user(all_: Manifests) -> Iterator[Finding]:
    """A number: of a name the kubelet cannot tell that it is not root."""
    for one in all_.workloads:
        user = dig(one.spec, "securityContext").get("runAsUser", 0)
        if not isinstance(user, int) or user < 1000:
            yield Finding(one.where, "has no runAsUser above 999")


def nothing_writes_but_to_tmp(all_: Manifests) -> Iterator[Finding]:
    """The root file system is read-only, and `/tmp` is a volume."""
    for one in all_.workloads:
        empty = {volume["name"] for volume in one.spec.get("volumes") or [] if "emptyDir" in volume}
        for container in one.containers:
            if dig(container, "securityContext").get("readOnlyRootFilesystem") is not True:
                yield Finding(one.where, "readOnlyRootFilesystem is not true")
            mounted = {m["name"] for m in container.get("volumeMounts") or [] if m.get("mountPath") == "/tmp"}  # noqa: S108
            if not mounted & empty:
                yield Finding(one.where, "its /tmp is no emptyDir")


def nobody_holds_a_token_without_a_role(all_: Manifests) -> Iterator[Finding]:
    """No process of ours asks the API server; whose account is bound to a role must say so at the pod."""
    bound = {subject.get("name") for one in all_.of("RoleBinding") for subject in one.get("subjects") or []}
    for one in all_.workloads:
        holds = one.spec.get("automountServiceAccountToken", True)
        if holds and one.spec.get("serviceAccountName") not in bound:
            yield Finding(one.where, "automountServiceAccountToken is not false")
    for account in all_.of("ServiceAccount"):
        if account.get("automountServiceAccountToken") is not False:
            yield Finding(f"ServiceAccount/{dig(account, 'metadata').get('name')}", "gives its token to every pod")


def no_variables_of_other_services(all_: Manifests) -> Iterator[Finding]:
    """A Service named `gateway` gives every pod GATEWAY_PORT=tcp://…, which is a setting of ours."""
    for one in all_.workloads:
        if one.spec.get("enableServiceLinks", True):
            yield Finding(one.where, "enableServiceLinks is not false: GATEWAY_PORT would become an address")


RULES = (
    pods_are_restricted,
    pods_run_as_a_numbered_user,
    nothing_writes_but_to_tmp,
    nobody_holds_a_token_without_a_role,
    no_variables_of_other_services,
)
