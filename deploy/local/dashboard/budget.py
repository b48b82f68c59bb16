"""What a visitor's first view weighs on the wire: the entry with all it imports, its styles, and the page it shows.

Charts are loaded after the page stands and do not count; fonts and images there are none.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.local.dashboard.building import BUILT, INDEX, SOURCES

LIMIT = 160 * 1000
"""Bytes, gzipped; the requirement is under 300 kB, which a phone at 3G speed has in some seconds."""
MANIFEST = ".vite/manifest.json"
_PAGES = "src/pages/"

Manifest = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Weight:
    """A page, and the gzipped bytes of its first view."""

    page: str
    size: int


def weights(built: Path = SOURCES / BUILT) -> list[Weight]:
    """Of every page, the heaviest first."""
    manifest: Manifest = json.loads((built / MANIFEST).read_bytes())
    entry = next(name for name, chunk in manifest.items() if chunk.get("isEntry"))
    pages = [name for name in manifest[entry].get("dynamicImports", ()) if name.startswith(_PAGES)]
    found = [Weight(page, _size(built, files(manifest, [entry, page]))) for page in pages]
    return sorted(found, key=lambda one: -one.size)


def files(manifest: Manifest, names: Iterable[str]) -> set[str]:
    """The files of chunks and of all they import at once (not of what they import later)."""
    waiting, seen, found = list(names), set[str](), {INDEX}
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            chunk = manifest[name]
            found |= {chunk["file"], *chunk.get("css", ())}
            waiting += chunk.get("imports", ())
    return found


def _size(built: Path, names: Iterable[str]) -> int:
    return sum(len(gzip.compress((built / name).read_bytes(), 9)) for name in names)
