"""The real checker, with what it needs fetched once; without it everything here is skipped by its reason."""

from __future__ import annotations

import copy
from collections.abc import Callable

import pytest

from deploy.k8s.check import combinations, custom_resources, kustomize
from deploy.k8s.check.checking import Checker
from deploy.k8s.check.documents import Document, parse
from deploy.k8s.check.kustomize import UnavailableError


@pytest.fixture(scope="session")
def checker() -> Checker:
    """Knows Kubernetes' kinds and the operators'."""
    try:
        kustomize.find()
        return Checker(custom_resources.strict())
    except UnavailableError as fault:
        pytest.skip(f"THE MANIFESTS ARE NOT CHECKED: {fault}")


@pytest.fixture(scope="session")
def city(checker: Checker) -> list[Document]:
    """The overlay with most in it."""
    return parse(combinations.Combination("city").render())


@pytest.fixture
def planted(checker: Checker, city: list[Document]) -> Callable[[Callable[[list[Document]], None]], list[str]]:
    """What is found in the city after somebody changed something."""

    def found(change: Callable[[list[Document]], None]) -> list[str]:
        documents = copy.deepcopy(city)
        change(documents)
        return [str(one) for one in checker.check(documents)]

    return found
