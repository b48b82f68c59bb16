"""Binds papers into one file for the printer. The same papers give the same bytes."""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Iterator, Sequence
from typing import Any

import pikepdf
import structlog

log = structlog.get_logger()

_SHARED = ("/Font", "/XObject")
"""What every paper carries alike: the letters and the frame, nine tenths of its bytes."""

_REFERENCE = re.compile(rb"\d+ \d+ R\b")


class Binder:
    """One file, growing; what its papers have alike is kept once. CPU work: call it off the event loop."""

    def __init__(self) -> None:
        self._whole = pikepdf.new()
        self._kept: dict[bytes, pikepdf.Object] = {}
        self._sources: list[pikepdf.Pdf] = []
        """Kept open until the file is written: what streams hold is copied then."""

    def add(self, papers: Sequence[bytes]) -> int:
        """Appends papers; one that cannot be read as a PDF is left out and logged. Answers how many were appended."""
        added = 0
        for paper in papers:
            try:
                source = pikepdf.open(io.BytesIO(paper))
                before = len(self._whole.pages)
                self._whole.pages.extend(source.pages)
            except pikepdf.PdfError:
                log.exception("paper_unreadable")
                continue
            self._sources.append(source)
            for place in range(before, before + len(source.pages)):
                self._share(self._whole.pages[place])
            added += 1
        return added

    def _share(self, page: pikepdf.Page) -> None:
        for kind in _SHARED:
            found = page.resources.get(kind, pikepdf.Dictionary())
            for name in list(found.keys()):
                found[name] = self._kept.setdefault(_fingerprint(found[name]), found[name])

    def whole(self) -> bytes:
        """The file. Closes the binder."""
        file = io.BytesIO()
        self._whole.save(file, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
        for source in (*self._sources, self._whole):
            source.close()
        return file.getvalue()


def _fingerprint(one: pikepdf.Object) -> bytes:
    """The same for objects of the same content, whatever their numbers are in the files they came from."""
    digest = hashlib.sha256()
    for part in _content(one, frozenset()):
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.digest()


def _content(one: Any, above: frozenset[tuple[int, int]]) -> Iterator[bytes]:
    """Everything below an object in a fixed order; where it comes back to itself it ends."""
    if isinstance(one, pikepdf.Object) and one.is_indirect:
        if one.objgen in above:
            yield b"above"
            return
        above |= {one.objgen}
    plain = isinstance(one, pikepdf.Dictionary | pikepdf.Array)
    if plain and not _REFERENCE.search(text := one.unparse(resolved=True)):
        yield text  # whole as it is: the widths of the letters are thousands of numbers
    elif isinstance(one, pikepdf.Dictionary | pikepdf.Stream):
        for name in sorted(one.keys()):
            yield name.encode()
            yield from _content(one[name], above)
        if isinstance(one, pikepdf.Stream):
            yield one.read_raw_bytes()
    elif isinstance(one, pikepdf.Array):
        for member in one:
            yield b"["
            yield from _content(member, above)
    else:
        yield repr(one).encode()
