"""Every field of Kubernetes' own kinds, strictly: an unknown field is an error, and so is a kind that nobody knows.

The package `kubernetes-validate` brings the schemas of each version; its own check says nothing about kinds it does
not know and reads the definitions anew for each document, so that only its files are used.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from deploy.k8s.check.documents import Document, Finding, where

OLDEST, NEWEST = "1.33", "1.36"
"""The Kubernetes versions that are supported, and all between them."""
_DEFINITIONS = "https://kubernetes.io/api/_definitions.json"


class Kinds:
    """The kinds of one Kubernetes version, and those of operators, which are the same on each."""

    def __init__(self, version: str, custom: Mapping[tuple[str, str], Document]) -> None:
        self.version = version
        self._custom = custom
        self._seen: dict[str, list[Finding]] = {}

    def check(self, document: Document) -> list[Finding]:
        """What is wrong with a document's fields. The same document is looked at once."""
        key = json.dumps(document, sort_keys=True, default=str)
        if key not in self._seen:
            self._seen[key] = list(self._look(document))
        return self._seen[key]

    def _look(self, document: Document) -> Iterator[Finding]:
        api, kind = str(document.get("apiVersion", "")), str(document.get("kind", ""))
        validator = _validator(self.version, api, kind)
        if validator is None:
            custom = self._custom.get((api, kind))
            if custom is None:
                yield Finding(
                    where(document), f"Kubernetes {self.version} has no kind {kind} of {api}, nor an operator"
                )
                return
            validator = _of_custom(json.dumps(custom, sort_keys=True))
        for fault in validator.iter_errors(document):
            for one in _causes(fault):
                path = ".".join(str(step) for step in one.absolute_path) or "(top)"
                yield Finding(where(document), f"{path}: {_short(one.message)} ({self.version})")


def _causes(fault: Any) -> Iterator[Any]:
    if fault.context and fault.validator in ("anyOf", "oneOf"):
        deepest = max(fault.context, key=lambda one: len(one.absolute_path))
        if len(deepest.absolute_path) > len(fault.absolute_path):
            yield deepest
            return
    yield fault


def _short(message: str) -> str:
    return message if len(message) < 200 else f"{message[:90]} … {message[-90:]}"


@cache
def _files(version: str) -> Any:
    return resources.files("kubernetes_validate") / "kubernetes-json-schema" / f"v{version}.0-local-strict"


@cache
def _registry(version: str) -> Registry[Any]:
    definitions = json.loads((_files(version) / "_definitions.json").read_bytes())
    resource = Resource.from_contents(definitions, default_specification=DRAFT202012)
    registry: Registry[Any] = Registry().with_resource(_DEFINITIONS, resource)
    return registry


@cache
def _validator(version: str, api: str, kind: str) -> Draft202012Validator | None:
    group, _, number = api.rpartition("/")
    stem = f"{group.split('.')[0]}-{number}" if group else number
    try:
        schema = json.loads((_files(version) / f"{kind.lower()}-{stem}.json").read_bytes())
    except FileNotFoundError:
        return None
    known = schema.get("x-kubernetes-group-version-kind") or []
    if {"group": group, "version": number, "kind": kind} not in known:
        return None  # a part of a document has a file too, and `networking.k8s.io` may not be `networking.istio.io`
    return Draft202012Validator(schema, registry=_registry(version))


@cache
def _of_custom(schema: str) -> Draft202012Validator:
    return Draft202012Validator(json.loads(schema))
