"""Names, namespaces, labels, images."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from deploy.k8s.check.documents import NAME, Finding, Manifests, dig, name_of, where

_OF_THE_CLUSTER = frozenset({"Namespace", "ClusterRole", "ClusterRoleBinding", "CustomResourceDefinition"})
_DNS_NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)*")
_LABEL_VALUE = re.compile(r"([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?")


def every_document_has_the_one_namespace(all_: Manifests) -> Iterator[Finding]:
    """One installation, one namespace; what has none goes wherever somebody's kubectl stands."""
    said = Counter(dig(one, "metadata").get("namespace") for one in all_.documents)
    ours = next((name for name, _ in said.most_common() if name), None)
    for one in all_.documents:
        namespace = dig(one, "metadata").get("namespace")
        if one.get("kind") in _OF_THE_CLUSTER:
            if namespace:
                yield Finding(where(one), "belongs to the cluster and names a namespace")
            elif one.get("kind") == "Namespace" and name_of(one) != ours:
                yield Finding(where(one), f"is not the namespace of everything else ({ours})")
        elif not namespace:
            yield Finding(where(one), "has no namespace")
        elif namespace != ours:
            yield Finding(where(one), f"is in the namespace {namespace}, everything else in {ours}")


def no_document_comes_twice(all_: Manifests) -> Iterator[Finding]:
    """Of two, the second would undo the first."""
    seen = Counter((one.get("apiVersion"), where(one)) for one in all_.documents)
    for (_, name), times in seen.items():
        if times > 1:
            yield Finding(name, f"comes {times} times")


def names_are_dns_names(all_: Manifests) -> Iterator[Finding]:
    """Schemas take any text for a name; the API server does not."""
    for one in all_.documents:
        if not _DNS_NAME.fullmatch(name_of(one)) or len(name_of(one)) > 253:
            yield Finding(where(one), "its name is no DNS name")


def label_values_are_short_words(all_: Manifests) -> Iterator[Finding]:
    """Schemas take any text for a label; the API server does not."""
    for one in all_.documents:
        for key, value in (dig(one, "metadata").get("labels") or {}).items():
            if not _LABEL_VALUE.fullmatch(str(value)):
                yield Finding(where(one), f"the label {key} has a value that is none: {value!r}")


def workloads_say_whose_they_are(all_: Manifests) -> Iterator[Finding]:
    """`app.kubernetes.io/name` on what runs: every list and selector of an operator begins with it."""
    for one in all_.workloads:
        if NAME not in (dig(one.document, "metadata").get("labels") or {}):
            yield Finding(one.where, f"has no label {NAME}")


def images_are_of_one_release(all_: Manifests) -> Iterator[Finding]:
    """A tag that is a release, or a digest: what runs is what was tried, also after a restart."""
    for one in all_.workloads:
        for container in one.containers:
            image = str(container.get("image", ""))
            name, _, tag = image.rpartition("/")[2].partition(":")
            if "@sha256:" in image:
                continue
            if not tag:
                yield Finding(one.where, f"the image {name or '(none)'} has no tag")
            elif tag == "latest":
                yield Finding(one.where, f"the image {name} is `latest`, whatever that is by then")


RULES = (
    every_document_has_the_one_namespace,
    no_document_comes_twice,
    names_are_dns_names,
    label_values_are_short_words,
    workloads_say_whose_they_are,
    images_are_of_one_release,
)
