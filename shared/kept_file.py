"""What a file says, read again when the file changes: keys and secrets are rotated while we run.

A new file may be put in the old one's place by rename, or a mounted folder's link may be turned to another folder, as
Kubernetes does with a Secret; a file of a `subPath` mount never changes. A look at it costs microseconds and is taken
at each use, so a change serves the next call.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

import structlog

log = structlog.get_logger()

T = TypeVar("T")


class KeptFile(Generic[T]):
    """A file's content as `read` understands it. A file that cannot be used keeps what the last good one said."""

    def __init__(self, setting: str, file: Path, read: Callable[[Path], T]) -> None:
        """Reads it. `setting` names it in the log. Raises OSError and whatever `read` raises."""
        self._setting = setting
        self._file = file
        self._read = read
        self._stamp: tuple[int, int, int] | None = self._stamp_now()
        self._value = read(file)
        self.generation = 0
        """Another number each time that it says something else."""

    @property
    def value(self) -> T:
        """As of now."""
        self._look_again()
        return self._value

    def _look_again(self) -> None:
        try:
            stamp = self._stamp_now()
        except OSError as fault:
            if self._stamp is not None:  # said once; it may be on its way from one place to another
                self._failed(fault)
            self._stamp = None
            return
        if stamp == self._stamp:
            return
        self._stamp = stamp  # before it is read: what is written meanwhile is another change
        try:
            self._value = self._read(self._file)
        except Exception as fault:  # a key's reader raises what its libraries raise
            self._failed(fault)
            return
        self.generation += 1
        log.info("file_read_again", setting=self._setting)

    def _failed(self, fault: Exception) -> None:
        """Without its text, which may quote the file."""
        log.error("file_unusable", setting=self._setting, fault=type(fault).__name__)

    def _stamp_now(self) -> tuple[int, int, int]:
        found = self._file.stat()
        return found.st_mtime_ns, found.st_ino, found.st_size
