"""What is looked at in the kustomizations themselves, before anything is rendered."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import yaml

from deploy.k8s.check.documents import Finding


def check(root: Path) -> list[Finding]:
    """All that is wrong with the kustomizations below a folder."""
    found: list[Finding] = []
    for file in sorted(root.rglob("kustomization.yaml")):
        place = str(file.parent.relative_to(root))
        said = yaml.safe_load(file.read_text(encoding="utf-8"))
        found += [*_namespace(place, said), *_files(place, file.parent, said), *_readme(place, file.parent)]
    return found


def _namespace(place: str, said: dict[str, object]) -> Iterator[Finding]:
    """Without it the hash of a generated ConfigMap does not reach who asks for it, and only a node notices."""
    if not said.get("namespace"):
        has = "a generator and " if said.get("configMapGenerator") else ""
        yield Finding(place, f"its kustomization has {has}no namespace")


def _files(place: str, folder: Path, said: dict[str, object]) -> Iterator[Finding]:
    """A file beside a kustomization that it does not name is one that somebody believes in."""
    text = (folder / "kustomization.yaml").read_text(encoding="utf-8")
    for file in sorted(folder.glob("*.yaml")):
        if file.name != "kustomization.yaml" and file.name not in text:
            yield Finding(place, f"{file.name} is used by nothing")


def _readme(place: str, folder: Path) -> Iterator[Finding]:
    """Whoever opts in reads first what comes and what is needed."""
    if folder.parent.name in ("components", "overlays") and not (folder / "README.md").exists():
        yield Finding(place, "has no README.md")
