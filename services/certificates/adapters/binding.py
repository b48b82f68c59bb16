"""Binds papers into one file for the printer. The same papers give the same bytes."""

from __future__ import annotations

import io
from collections.abc import Sequence

import pikepdf
import structlog

log = structlog.get_logger()


class Binder:
    """One file, growing. CPU work: call `add` and `whole` off the event loop."""

    def __init__(self) -> None:
        self._whole = pikepdf.new()
        self._sources: list[pikepdf.Pdf] = []
        """Kept open until the file is written: pages are copied then."""

    def add(self, papers: Sequence[bytes]) -> int:
        """Appends papers; one that cannot be read as a PDF is left out and logged. Answers how many were appended."""
        added = 0
        for paper in papers:
            try:
                source = pikepdf.open(io.BytesIO(paper))
                self._whole.pages.extend(source.pages)
            except pikepdf.PdfError:
                log.exception("paper_unreadable")
                continue
            self._sources.append(source)
            added += 1
        return added

    def whole(self) -> bytes:
        """The file. Closes the binder."""
        file = io.BytesIO()
        self._whole.save(file, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
        for source in (*self._sources, self._whole):
            source.close()
        return file.getvalue()
