"""Rendered manifests as the rules read them: documents, what runs pods, and what is found wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import yaml

Document = dict[str, Any]

OURS = "app.kubernetes.io/part-of"
NAME = "app.kubernetes.io/name"
COMPONENT = "app.kubernetes.io/component"


@dataclass(frozen=True, order=True)
class Finding:
    """Something wrong: where, and what, in a sentence that says how it should be."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


@dataclass(frozen=True)
class Workload:
    """A document that makes pods, and the template it makes them of."""

    document: Document
    template: Document

    @property
    def kind(self) -> str:
        """Deployment, Job, CronJob."""
        return str(self.document["kind"])

    @property
    def name(self) -> str:
        """Its own name."""
        return name_of(self.document)

    @property
    def where(self) -> str:
        """For a finding."""
        return where(self.document)

    @property
    def labels(self) -> Mapping[str, str]:
        """Those of its pods."""
        labels: Mapping[str, str] = self.template.get("metadata", {}).get("labels") or {}
        return labels

    @property
    def spec(self) -> Document:
        """Its pods'."""
        spec: Document = self.template.get("spec") or {}
        return spec

    @property
    def containers(self) -> Sequence[Document]:
        """All of them, those that run first included."""
        return [*(self.spec.get("initContainers") or []), *(self.spec.get("containers") or [])]

    @property
    def ports(self) -> Mapping[str, int]:
        """Declared ports by name."""
        found = [port for container in self.containers for port in container.get("ports") or []]
        return {str(port.get("name", port.get("containerPort"))): port.get("containerPort", 0) for port in found}

    @property
    def component(self) -> str:
        """api, consume, relay, work, migrate, gateway, …"""
        return self.labels.get(COMPONENT, "")


class Manifests:
    """Everything of one rendering."""

    def __init__(self, documents: Sequence[Document]) -> None:
        self.documents = documents

    def of(self, *kinds: str) -> Iterator[Document]:
        """The documents of these kinds."""
        return (one for one in self.documents if one.get("kind") in kinds)

    def find(self, kind: str, name: str) -> Document | None:
        """The one of this kind and name."""
        return next((one for one in self.of(kind) if name_of(one) == name), None)

    @cached_property
    def workloads(self) -> Sequence[Workload]:
        """Whatever makes pods of a template."""
        found = []
        for one in self.of("Deployment", "StatefulSet", "DaemonSet", "Job"):
            found.append(Workload(one, dig(one, "spec", "template")))
        for one in self.of("CronJob"):
            found.append(Workload(one, dig(one, "spec", "jobTemplate", "spec", "template")))
        return found

    @property
    def deployments(self) -> Sequence[Workload]:
        """Those that are kept running."""
        return [one for one in self.workloads if one.kind == "Deployment"]

    def selected_by(self, selector: Mapping[str, str]) -> Sequence[Workload]:
        """Workloads of whose pods these labels are true; an empty selector selects nothing here."""
        return [one for one in self.workloads if selector and selector.items() <= one.labels.items()]


def parse(text: str) -> list[Document]:
    """The documents of a YAML stream."""
    return [one for one in yaml.load_all(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)) if one]


def name_of(document: Document) -> str:
    """Its name, or a word that shows that it has none."""
    return str((document.get("metadata") or {}).get("name", "(nameless)"))


def where(document: Document) -> str:
    """`Deployment/roster-api`."""
    return f"{document.get('kind', '(no kind)')}/{name_of(document)}"


def dig(document: Any, *path: str | int) -> Any:
    """What lies at a path, or an empty mapping where nothing does."""
    for step in path:
        try:
            document = document[step]
        except (KeyError, IndexError, TypeError):
            return {}
        if document is None:
            return {}
    return document


def matches(selector: Document, labels: Mapping[str, str]) -> bool:
    """Whether a label selector (matchLabels, matchExpressions) is true of these labels; an empty one always is."""
    if not (selector.get("matchLabels") or {}).items() <= labels.items():
        return False
    for one in selector.get("matchExpressions") or []:
        value, values = labels.get(one["key"]), one.get("values") or []
        held = {
            "In": value in values,
            "NotIn": value not in values,
            "Exists": value is not None,
            "DoesNotExist": value is None,
        }
        if not held[one["operator"]]:
            return False
    return True
