"""The pages built once for each state of their sources: packages, bundle, and a copy where the gateway serves from.

Two stacks of one checkout take turns (a lock), and what is up to date is not made again: a stamp of hashes says so.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from deploy.local.dashboard import node

SOURCES = Path(__file__).resolve().parents[3] / "gateway" / "dashboard"
MODULES = "node_modules"
BUILT = "dist"
PROGRESS = "progress.json"
INDEX = "index.html"
_PACKAGES = ("package.json", "package-lock.json", ".npmrc")
_BUNDLED = (*_PACKAGES, "index.html", "vite.config.ts", "tsconfig.json")
_STAMP = ".stamp"

Step = Literal["packages", "bundle", "ready", "failed"]
Say = Callable[[Step], None]


class BuildError(RuntimeError):
    """A step ended badly; the message is one sentence, what the step printed went to our output."""


def build(into: Path | None = None, *, say: Say = lambda step: None) -> bool:
    """Brings `dist` up to date and copies it; answers whether it had to be made. Raises BuildError, OSError."""
    with _alone():
        made = _packages(say) | _bundle(say)
        if into is not None:
            _copy(into)
    return made


def packages() -> None:
    """The packages of the lock, and nothing else. Raises BuildError, OSError."""
    with _alone():
        _packages(lambda step: None)


def run(*argv: str, step: str, quiet: bool = False) -> None:
    """A program of the packages, by our Node; its output is ours. Raises BuildError naming the step."""
    found = node.find()
    _call([found.node, *argv], found, step, quiet=quiet)


def progress(folder: Path) -> Say:
    """Writes each step to where the gateway reads it, whole or not at all."""

    def said(step: Step) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        beside = folder / f".{PROGRESS}"
        beside.write_text(json.dumps({"step": step}), encoding="utf-8")
        beside.replace(folder / PROGRESS)

    return said


def _packages(say: Say) -> bool:
    found = node.find()
    stamp = _hash((SOURCES / name for name in _PACKAGES), found.version)
    kept = SOURCES / MODULES / _STAMP
    if _read(kept) == stamp:
        return False
    say("packages")
    _call([*found.npm, "ci", "--no-audit", "--no-fund", "--loglevel=error"], found, "npm ci")
    kept.write_text(stamp, encoding="utf-8")
    return True


def _bundle(say: Say) -> bool:
    sources = sorted(path for path in (SOURCES / "src").rglob("*") if path.is_file())
    stamp = _hash([*(SOURCES / name for name in _BUNDLED), *sources])
    kept = SOURCES / BUILT / _STAMP
    if _read(kept) == stamp:
        return False
    say("bundle")
    run(f"{MODULES}/vite/bin/vite.js", "build", "--logLevel=warn", step="vite build")
    kept.write_text(stamp, encoding="utf-8")
    return True


def _copy(into: Path) -> None:
    """The index comes last: where it is, all that it names is."""
    source = SOURCES / BUILT
    if _read(into / _STAMP) == _read(source / _STAMP) and (into / INDEX).exists():
        return
    shutil.copytree(source / "assets", into / "assets", dirs_exist_ok=True)
    shutil.copy2(source / _STAMP, into / _STAMP)
    partial = into / f".{INDEX}"
    shutil.copy2(source / INDEX, partial)
    partial.replace(into / INDEX)
    for old in {file.name for file in (into / "assets").iterdir()} - {f.name for f in (source / "assets").iterdir()}:
        (into / "assets" / old).unlink()


def _call(argv: Sequence[str], found: node.Node, step: str, *, quiet: bool = False) -> None:
    # The user's own environment stays: proxies and certificates are in it.
    env = {**os.environ, "PATH": os.pathsep.join((found.folder, os.environ.get("PATH", os.defpath)))}
    sys.stdout.flush()
    kept = subprocess.PIPE if quiet else None
    ended = subprocess.run(argv, cwd=SOURCES, env=env, stdin=subprocess.DEVNULL, stdout=kept, check=False)
    if ended.returncode != 0:
        if ended.stdout:
            sys.stderr.write(ended.stdout.decode(errors="replace"))
        raise BuildError(f"{step} ended with {ended.returncode} (Node {found.version})")


@contextmanager
def _alone() -> Iterator[None]:
    with (SOURCES / ".building").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _hash(files: Iterable[Path], *more: str) -> str:
    digest = hashlib.sha256("\0".join(more).encode())
    for file in files:
        digest.update(f"\0{file.relative_to(SOURCES)}\0".encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _read(file: Path) -> str | None:
    try:
        return file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
