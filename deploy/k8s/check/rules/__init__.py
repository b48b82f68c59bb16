"""The project's own rules: what is well-formed and still wrong. Each yields a finding a fault."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from deploy.k8s.check.documents import Finding, Manifests
from deploy.k8s.check.rules import (
    alerts,
    names,
    pods,
    probes,
    reach,
    references,
    resources,
    scaling,
    secrets,
    settings,
    workloads,
)

Rule = Callable[[Manifests], Iterator[Finding]]

RULES: Sequence[Rule] = (
    *names.RULES,
    *references.RULES,
    *reach.RULES,
    *workloads.RULES,
    *pods.RULES,
    *probes.RULES,
    *resources.RULES,
    *scaling.RULES,
    *secrets.RULES,
    *settings.RULES,
    *alerts.RULES,
)
