"""What is rendered and checked: every overlay, alone and with every component that may be put on top of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

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
        """The YAML of all of it. Raises RenderError, UnavailableError."""
        components = [COMPONENTS / one for one in self.added]
        return kustomize.render_with(OVERLAYS / self.overlay, components, namespace_of(self.overlay))


def names(folder: Path) -> list[str]:
    """Folders that hold a kustomization."""
    return sorted(path.parent.name for path in folder.glob("*/kustomization.yaml"))


def namespace_of(overlay: str) -> str:
    """The namespace an overlay installs into."""
    return str(_kustomization(OVERLAYS / overlay)["namespace"])


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


def _kustomization(folder: Path) -> dict[str, object]:
    said: dict[str, object] = yaml.safe_load((folder / "kustomization.yaml").read_text(encoding="utf-8"))
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
    """Each overlay; each with one more component; each with all that fit."""
    for overlay in names(OVERLAYS):
        had = components_of(overlay)
        yield Combination(overlay)
        more = [one for one in names(COMPONENTS) if one not in had and _fits(one, had)]
        for component in more:
            yield Combination(overlay, (component,))
        if len(more) > 1:
            yield Combination(overlay, tuple(_in_order(more)))


def _in_order(components: Sequence[str]) -> list[str]:
    """What changes another component's documents comes after it."""
    return sorted(components, key=lambda one: (one == "kafka-mtls", one))
