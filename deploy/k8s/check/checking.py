"""One rendering held against everything: the schemas of the oldest and newest Kubernetes, and the rules."""

from __future__ import annotations

from collections.abc import Sequence

from deploy.k8s.check.custom_resources import Custom
from deploy.k8s.check.documents import Document, Finding, Manifests
from deploy.k8s.check.rules import RULES
from deploy.k8s.check.schemas import NEWEST, OLDEST, Kinds


class Checker:
    """Remembers what it has seen: combinations share most of their documents."""

    def __init__(self, custom: Custom) -> None:
        """`custom` as `custom_resources.strict` answers it."""
        self._kinds = [Kinds(version, custom) for version in (OLDEST, NEWEST)]

    def check(self, documents: Sequence[Document]) -> list[Finding]:
        """All that is wrong, sorted."""
        found = {one for document in documents for kinds in self._kinds for one in kinds.check(document)}
        # A document that is not of its kind's form is not fit to be read by rules.
        broken = {one.where for one in found if "is not of type" in one.what}
        fit = Manifests([one for one in documents if f"{one.get('kind')}/{one['metadata']['name']}" not in broken])
        for rule in RULES:
            found |= set(rule(fit))
        return sorted(found)
