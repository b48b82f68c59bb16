"""The image, built from its Containerfile where there is a builder, and run as its pods are: by nobody, read-only."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[3]
CONTAINERFILE = ROOT / "deploy" / "k8s" / "Containerfile"
OFFLINE = ROOT / "deploy" / "k8s" / "offline"
BASE = "python:3.11-slim-bookworm"
NAME = "localhost/bdtx:test"
BUILT_WITHIN_S = 1800
RUN_WITHIN_S = 300
AS_A_POD = (
    *("--rm", "--interactive", "--network=none", "--read-only", "--tmpfs=/tmp:size=64m,mode=1777"),
    *("--cap-drop=ALL", "--security-opt=no-new-privileges", "--memory=512m", "--pids-limit=100"),
)


class NoBuilderError(Exception):
    """The image cannot be built here; the message says why."""


@dataclass(frozen=True)
class Ended:
    """What a container said."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Image:
    """A builder with what it built."""

    builder: str
    name: str
    base: str

    def run(self, *arguments: str, given: str | None = None, entrypoint: str | None = None) -> Ended:
        """A container to its end, under the limits of a pod; `given` goes to its standard input."""
        other = [f"--entrypoint={entrypoint}"] if entrypoint else []
        # podman puts a file system of its own on /run and /tmp of a read-only container, docker does not.
        own = ["--read-only-tmpfs=false"] if "podman" in Path(self.builder).name else []
        words = [self.builder, "run", *AS_A_POD, *own, *other, self.name, *arguments]
        ended = subprocess.run(
            words, input=given or "", capture_output=True, text=True, check=False, timeout=RUN_WITHIN_S
        )
        return Ended(ended.returncode, ended.stdout, ended.stderr)

    def python(self, script: Path | str) -> Any:
        """The last line that a script printed inside, as JSON. Raises AssertionError with what it complained of."""
        source = script.read_text(encoding="utf-8") if isinstance(script, Path) else script
        ended = self.run("-", given=source, entrypoint="python")
        assert ended.code == 0, ended.err
        return json.loads(ended.out.splitlines()[-1])

    def inspect(self, name: str | None = None) -> Any:
        """What the builder knows of it, or of another image."""
        words = [self.builder, "image", "inspect", name or self.name]
        return json.loads(subprocess.run(words, capture_output=True, text=True, check=True).stdout)[0]


def build() -> Image:
    """Built anew. Raises NoBuilderError; AssertionError where there is all it takes and it fails."""
    builder = find_builder()
    base = os.environ.get("BASE") or BASE
    # With wheels and pages at hand the build may not want a network.
    offline = ["--network=none"] if _all_at_hand() else []
    words = [builder, "build", f"--file={CONTAINERFILE}", f"--tag={NAME}", f"--build-arg=BASE={base}", *offline, "."]
    if not _has(builder, base) and offline:
        raise NoBuilderError(f"{builder} has no base image {base} (BASE names another)")
    ended = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False, timeout=BUILT_WITHIN_S)
    assert ended.returncode == 0, f"{ended.stdout[-3000:]}\n{ended.stderr[-3000:]}"
    return Image(builder, NAME, base)


def find_builder() -> str:
    """BUILDER, or podman, or docker. Raises NoBuilderError."""
    names: Sequence[str] = [os.environ["BUILDER"]] if os.environ.get("BUILDER") else ("podman", "docker")
    for name in names:
        if (found := shutil.which(name)) is not None:
            return found
    raise NoBuilderError(f"no {' and no '.join(names)} on the PATH (BUILDER names another)")


def _all_at_hand() -> bool:
    return (OFFLINE / "wheels").is_dir() and (OFFLINE / "dashboard").is_dir()


def _has(builder: str, image: str) -> bool:
    return subprocess.run([builder, "image", "inspect", image], capture_output=True, check=False).returncode == 0
