"""Runs inside the image, from its standard input: what is there and what may be done, as one JSON line."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

TOOLS = ("pip", "pip3", "gcc", "cc", "clang", "g++", "ld", "make", "git", "uv", "node", "npm")
INSTALLERS = ("pip", "ensurepip", "setuptools")
CACHES = ("/var/cache/apt", "/var/lib/apt/lists", "/root/.cache", "/tmp", "/offline")  # noqa: S108
FOREIGN = ("tests", "deploy", "docs", "offline")


def files(folder: Path) -> Iterator[Path]:
    """Every file below that can be seen; `lock` and `partial` of apt are no cache."""
    for here, _, names in os.walk(folder):
        yield from (Path(here) / name for name in names if name != "lock")


def may_write(folder: str) -> bool:
    """Tried, not computed from modes."""
    file = Path(folder) / "tried"
    try:
        file.write_bytes(b"x")
    except OSError:
        return False
    file.unlink()
    return True


def privileged() -> list[str]:
    """Files that make whoever runs them somebody else."""
    own = Path("/").stat().st_dev
    found = []
    for here, folders, names in os.walk("/"):
        folders[:] = [one for one in folders if os.lstat(f"{here}/{one}").st_dev == own]
        found += [f"{here}/{one}" for one in names if os.lstat(f"{here}/{one}").st_mode & 0o6000]
    return [one for one in found if not Path(one).is_symlink()]


def uncompiled() -> list[str]:
    """Sources that each start would compile anew, for the file system is read-only."""
    sources = (path for name in ("shared", "services", "gateway") for path in Path("/app", name).rglob("*.py"))
    return [str(one) for one in sources if not Path(importlib.util.cache_from_source(str(one))).is_file()]


status = dict(line.split(":\t", 1) for line in Path("/proc/self/status").read_text().splitlines() if ":\t" in line)
print(
    json.dumps({
        "ids": [os.getuid(), os.getgid(), *os.getgroups()],
        "capabilities": int(status["CapEff"], 16),
        "python": list(sys.version_info[:2]),
        "writes": [folder for folder in ("/", "/app", "/app/dashboard", "/etc", "/tmp") if may_write(folder)],  # noqa: S108
        "tools": [tool for tool in TOOLS if shutil.which(tool, path="/app/venv/bin:/usr/local/bin:/usr/bin:/bin")],
        "installers": [name for name in INSTALLERS if importlib.util.find_spec(name) is not None],
        "caches": [str(file) for folder in CACHES for file in files(Path(folder))],
        "privileged": privileged(),
        "foreign": [name for name in FOREIGN if Path("/app", name).exists()],
        "uncompiled": uncompiled(),
        "packages": sorted(f"{one.name.lower()}=={one.version}" for one in importlib.metadata.distributions()),
        "pages": sorted(str(file.relative_to("/app/dashboard")) for file in files(Path("/app/dashboard"))),
    })
)  # fmt: skip
