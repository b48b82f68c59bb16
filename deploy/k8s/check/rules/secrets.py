"""Nothing secret is written down: not in a ConfigMap, not in a variable, not in a Secret of this repository."""

from __future__ import annotations

import re
from collections.abc import Iterator

from deploy.k8s.check.documents import Finding, Manifests, name_of, where

_NAMES = re.compile(r"(password|passwd|secret|token|credential|private|api_?key|access_key)", re.IGNORECASE)
_VALUES = re.compile(r"-----BEGIN|whsec_|://[^/@:\s]+:(?!\$\(|\{)[^/@\s]+@|\"d\"\s*:\s*\"[A-Za-z0-9_-]{20,}")
_PLACES = ("_FILE", "_DIR")


def no_secret_is_in_a_config_map(all_: Manifests) -> Iterator[Finding]:
    """Everybody who may list pods may read those. A path to where a secret is mounted is none."""
    for one in all_.of("ConfigMap"):
        for key, value in (one.get("data") or {}).items():
            named = _NAMES.search(key) and not key.endswith(_PLACES) and "\n" not in str(value)
            if named or _VALUES.search(str(value)):
                yield Finding(where(one), f"{key} looks like a secret: it belongs in a Secret")


def no_secret_is_in_a_variable(all_: Manifests) -> Iterator[Finding]:
    """A password in an `env` value is in every `kubectl get pod -o yaml`."""
    for one in all_.workloads:
        for container in one.containers:
            for variable in container.get("env") or []:
                value = str(variable.get("value", ""))
                named = _NAMES.search(variable["name"]) and not variable["name"].endswith(_PLACES)
                if value and (named or _VALUES.search(value)):
                    yield Finding(one.where, f"{variable['name']} is written down: take it from a Secret")


def no_secret_is_in_the_repository(all_: Manifests) -> Iterator[Finding]:
    """A Secret among the manifests is one in the history of the repository."""
    for one in all_.of("Secret"):
        if one.get("data") or one.get("stringData"):
            yield Finding(f"Secret/{name_of(one)}", "is written down: External Secrets or you make it in the cluster")


RULES = (
    no_secret_is_in_a_config_map,
    no_secret_is_in_a_variable,
    no_secret_is_in_the_repository,
)
