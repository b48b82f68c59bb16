"""Which addresses of others stand in the built pages: a browser that shows them asks nobody but us.

The policy of the gateway (`default-src 'self'`) would refuse such a request; this finds it before anyone is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from deploy.local.dashboard.building import BUILT, SOURCES

NEVER_FETCHED = (
    "http://www.w3.org/",
    "http://schemas.openxmlformats.org/",
    "http://schemas.microsoft.com/",
    "https://react.dev/errors/",
)
"""Names of XML vocabularies, and where React's short error messages are explained: text, which nothing opens."""
_BASE = "http://localhost"
"""What the router reads a relative address against where there is no page; with a port or a path it is a slip."""
_READ = frozenset({".html", ".js", ".css", ".json", ".svg", ".webmanifest"})
_ADDRESS = re.compile(r"(?:https?|wss?)://[^\s\"'`\\)<>]+|(?<=[\"'`(=])//[A-Za-z0-9-]+\.[^\s\"'`\\)<>]+")


@dataclass(frozen=True)
class Foreign:
    """An address of somebody else, and the file that names it."""

    file: str
    address: str


def foreign(built: Path = SOURCES / BUILT) -> list[Foreign]:
    """All of them, in every file that a browser reads."""
    files = sorted(path for path in built.rglob("*") if path.suffix in _READ)
    return [
        Foreign(str(path.relative_to(built)), address)
        for path in files
        for address in addresses(path.read_text(encoding="utf-8"))
    ]


def addresses(text: str) -> Iterable[str]:
    """The absolute addresses in a text that might be fetched."""
    found = _ADDRESS.findall(text)
    return (one for one in found if one != _BASE and not one.startswith(NEVER_FETCHED))
