"""Every combination of overlay and components is as it should be: what `make manifests` says, in `make test`."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.k8s.check import combinations, sources
from deploy.k8s.check.checking import Checker
from deploy.k8s.check.documents import Manifests, parse
from deploy.k8s.check.kustomize import K8S

EVERY = list(combinations.all_of_them())


@pytest.mark.parametrize("combination", EVERY, ids=str)
def test_a_combination_is_as_it_should_be(checker: Checker, combination: combinations.Combination) -> None:
    found = checker.check(parse(combination.render()))
    assert [str(one) for one in found] == []


def test_the_kustomizations_say_what_they_must() -> None:
    assert [str(one) for one in sources.check(K8S)] == []


def test_every_overlay_and_every_component_is_among_the_combinations() -> None:
    overlays = {one.overlay for one in EVERY}
    assert overlays == {"local", "province", "city", "nation-shard"}
    had = set().union(*(combinations.components_of(one) for one in overlays), *(one.added for one in EVERY))
    assert had == set(combinations.names(combinations.COMPONENTS))


def test_a_component_without_a_kustomization_says_why() -> None:
    bare = {
        path.name
        for path in combinations.COMPONENTS.iterdir()
        if path.is_dir() and not (path / "kustomization.yaml").exists()
    }
    assert bare == {"tracing-otel"}
    assert "no spans" in (combinations.COMPONENTS / "tracing-otel" / "README.md").read_text(encoding="utf-8")


def test_a_generator_without_its_namespace_is_found(checker: Checker, tmp_path: Path) -> None:
    """The mistake that schemas, a dry run and fake nodes all take: the hash does not reach who asks for it."""
    text = combinations.Combination("local").render()
    hashed = next(one for one in Manifests(parse(text)).of("ConfigMap") if one["metadata"]["name"].startswith("roster"))
    name = hashed["metadata"]["name"]
    broken = text.replace(f"            name: {name}\n", "            name: roster-settings\n")
    found = [str(one) for one in checker.check(parse(broken))]
    assert any("its ConfigMap roster-settings is not there" in one for one in found)
    folder = tmp_path / "somewhere"
    folder.mkdir()
    (folder / "kustomization.yaml").write_text("configMapGenerator: [{name: roster-settings, literals: [A=b]}]\n")
    assert [one.what for one in sources.check(tmp_path)] == ["its kustomization has a generator and no namespace"]


def test_a_file_that_no_kustomization_names_is_found(tmp_path: Path) -> None:
    (tmp_path / "kustomization.yaml").write_text("namespace: bdtx\nresources: [one.yaml]\n")
    (tmp_path / "one.yaml").write_text("")
    (tmp_path / "two.yaml").write_text("")
    assert [one.what for one in sources.check(tmp_path)] == ["two.yaml is used by nothing"]
