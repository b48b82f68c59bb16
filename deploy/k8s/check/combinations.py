"""What is rendered and checked: every overlay, alone and with every component that may be put on top of it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from deploy.k8s.check import kustomize

OVERLAYS = kustomize.K8S / "overlays"
COMPONENTS = kustomize.K8S / "components"


@dataclass(frozen=True)
class Combination:
    """An overlay, and the components put on it that it does not have."""

    overlay: str
    added: tuple[str, ...] = ()

    def __str__(self) -> str:
        return " + ".join((self.overlay, *self.added))

    def render(self) -> str:
        """The YAML of all of it; of unchanged sources it is kept. Raises RenderError, UnavailableError."""
        kept = kustomize.cache_folder() / "rendered" / f"{self}.yaml".replace(" ", "")
        stamp = f"# {_state_of_the_sources()}\n"
        if kept.exists() and (text := kept.read_text(encoding="utf-8")).startswith(stamp):
            return text
        text = stamp + self._render()
        kept.parent.mkdir(exist_ok=True)
        beside = kept.with_suffix(f".{os.getpid()}")
        beside.write_text(text, encoding="utf-8")
        beside.replace(kept)
        return text

    def _render(self) -> str:
        overlay = OVERLAYS / self.overlay
        if not self.added:
            return kustomize.render(overlay)
        had = _kustomization(overlay)
        said: dict[str, object] = {key: had[key] for key in ("namespace", "images") if key in had}
        return kustomize.render_with(overlay, [COMPONENTS / one for one in self.added], said)


def names(folder: Path) -> list[str]:
    """Folders that hold a kustomization."""
    return sorted(path.parent.name for path in folder.glob("*/kustomization.yaml"))


def components_of(overlay: str) -> set[str]:
    """The components an overlay has, by itself or by what it builds upon."""
    found: set[str] = set()
    pending = [OVERLAYS / overlay]
    while pending:
        folder = pending.pop()
        said = _kustomization(folder)
        found |= {Path(one).name for one in said.get("components") or []}
        pending += [folder / one for one in said.get("resources") or [] if (folder / one).is_dir()]
    return found


@cache
def _state_of_the_sources() -> str:
    digest = hashlib.sha256()
    for folder in (kustomize.K8S / "base", COMPONENTS, OVERLAYS):
        for file in sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc"):
            digest.update(f"\0{file.relative_to(kustomize.K8S)}\0".encode() + file.read_bytes())
    return digest.hexdigest()


def _kustomization(folder: Path) -> dict[str, Any]:
    said: dict[str, Any] = yaml.safe_load((folder / "kustomization.yaml").read_text(encoding="utf-8"))
    return said


def _fits(component: str, had: set[str]) -> bool:
    match component:
        case "kafka-mtls":
            return "kafka-strimzi" in had
        case "ingress":
            return "object-store-folder" not in had  # the local overlay has no route to replace
        case "object-store-folder" | "object-store-s3":
            return not {"object-store-folder", "object-store-s3"} & had
        case _:
            return True


def all_of_them() -> Iterator[Combination]:
    """Each overlay; each with all more components that fit; those that have few to begin with, with one at a time."""
    for overlay in names(OVERLAYS):
        had = components_of(overlay)
        yield Combination(overlay)
        more = [one for one in names(COMPONENTS) if one not in had and _fits(one, had)]
        if len(more) > 2 or len(more) == 1:
            for component in more:
                yield Combination(overlay, (component,))
        if len(more) > 1:
            yield Combination(overlay, tuple(_in_order(more)))


def _in_order(components: Sequence[str]) -> list[str]:
    """What changes another component's documents comes after it."""
    return sorted(components, key=lambda one: (one == "kafka-mtls", one))
