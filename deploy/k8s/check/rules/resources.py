"""Quantities, requests and limits, ports as numbers: what schemas take as any text or number."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from deploy.k8s.check.documents import Document, Finding, Manifests, dig, where

_QUANTITY = re.compile(r"([0-9]+(?:\.[0-9]+)?)(m|[kMGTPE]|[KMGTPE]i)?")
_UNITS: Mapping[str, Decimal] = {
    "": Decimal(1),
    "m": Decimal("0.001"),
    **{unit: Decimal(1000) ** power for power, unit in enumerate(["k", "M", "G", "T", "P", "E"], 1)},
    **{f"{unit}i": Decimal(1024) ** power for power, unit in enumerate(["K", "M", "G", "T", "P", "E"], 1)},
}
_AMOUNTS = ("requests", "limits")


def amount(text: Any) -> Decimal | None:
    """A quantity (`200m`, `1Gi`) as a number; None for what is none."""
    found = _QUANTITY.fullmatch(str(text))
    return Decimal(found[1]) * _UNITS[found[2] or ""] if found else None


def quantities_are_quantities(all_: Manifests) -> Iterator[Finding]:
    """`100mm` is a text like any other to a schema."""
    for one in all_.documents:
        for path, said in _resources(one, ""):
            for part in _AMOUNTS:
                for name, value in (said.get(part) or {}).items():
                    if amount(value) is None:
                        yield Finding(where(one), f"{path}.{part}.{name} is no quantity: {value!r}")
        for size in _sizes(one):
            if amount(size) is None:
                yield Finding(where(one), f"a size is no quantity: {size!r}")


def requests_are_within_limits(all_: Manifests) -> Iterator[Finding]:
    """More asked for than allowed is refused by the API server alone."""
    for one in all_.documents:
        for path, said in _resources(one, ""):
            limits, requests = said.get("limits") or {}, said.get("requests") or {}
            for name in limits.keys() & requests.keys():
                asked, most = amount(requests[name]), amount(limits[name])
                if asked is not None and most is not None and asked > most:
                    yield Finding(where(one), f"{path} asks for more {name} ({requests[name]}) than {limits[name]}")


def every_container_says_what_it_takes(all_: Manifests) -> Iterator[Finding]:
    """CPU and memory asked for, so that nodes are not overfilled; a bound on memory, so that one process cannot take a
    node with it. No bound on CPU: it would only make an event loop late."""
    for one in all_.workloads:
        for container in one.containers:
            said = dig(container, "resources")
            for part, name in (("requests", "cpu"), ("requests", "memory"), ("limits", "memory")):
                if name not in (said.get(part) or {}):
                    yield Finding(one.where, f"resources.{part}.{name} is missing")


def ports_are_ports(all_: Manifests) -> Iterator[Finding]:
    """1 to 65535, and above 1023 in a container whose user is not root; names are unique."""
    for one in all_.workloads:
        names = [port.get("name") for container in one.containers for port in container.get("ports") or []]
        for container in one.containers:
            for port in container.get("ports") or []:
                if not 1024 <= port.get("containerPort", 0) <= 65535:
                    yield Finding(one.where, f"the port {port.get('containerPort')} is none that it may open")
                if names.count(port.get("name")) > 1:
                    yield Finding(one.where, f"declares the port {port.get('name')} twice")
    for one_ in all_.of("Service"):
        for port in dig(one_, "spec", "ports"):
            if not 1 <= port.get("port", 0) <= 65535:
                yield Finding(where(one_), f"the port {port.get('port')} is none")


def _resources(document: Any, path: str) -> Iterator[tuple[str, Document]]:
    """Every `resources` with requests or limits, anywhere in a document."""
    if isinstance(document, dict):
        for key, value in document.items():
            if key == "resources" and isinstance(value, dict) and value.keys() & set(_AMOUNTS):
                yield f"{path}.resources".lstrip("."), value
            else:
                yield from _resources(value, f"{path}.{key}")
    elif isinstance(document, list):
        for place, value in enumerate(document):
            yield from _resources(value, f"{path}.{place}")


def _sizes(document: Any) -> Iterator[Any]:
    """Sizes of volumes: `size` and `sizeLimit`, wherever they stand."""
    if isinstance(document, dict):
        for key, value in document.items():
            if key in ("size", "sizeLimit") and not isinstance(value, dict | list):
                yield value
            else:
                yield from _sizes(value)
    elif isinstance(document, list):
        for value in document:
            yield from _sizes(value)


RULES = (
    quantities_are_quantities,
    requests_are_within_limits,
    every_container_says_what_it_takes,
    ports_are_ports,
)
