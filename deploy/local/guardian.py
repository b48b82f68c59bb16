"""Outlives the launcher by a moment: when the launcher is gone, however it went, ends what it left running.

`python -m deploy.local.guardian RUN_DIR KEEPER`, the launcher holding the other end of stdin. On Linux the children
have had their death signal by then and this only kills those that do not obey; elsewhere it does the whole work.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from deploy.local import processes

_CHECKOUT = Path(__file__).resolve().parents[2]


class Guardian:
    """The launcher's side: start it before the children, close it after them."""

    def __init__(self, run_dir: Path) -> None:
        self._run_dir = run_dir
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Raises OSError."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "deploy.local.guardian", str(self._run_dir), processes.own_identity()],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            cwd=_CHECKOUT,
            start_new_session=True,
        )

    def close(self) -> None:
        """Lets it go; it ends whatever is still running under this launcher."""
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
            self._process.wait()
        self._process = None


def main(run_dir: str, keeper: str) -> None:
    """Waits for the launcher's end, then ends the processes it kept; those of a newer launcher are not touched."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while os.read(sys.stdin.fileno(), 1024):
        pass
    folder = Path(run_dir)
    left = [record for record in processes.records(folder) if record.keeper == keeper]
    # The launcher's own record names the launcher itself; it is dead or closing, and is not ours to end.
    processes.end(folder, [record for record in left if record.identity != keeper])


if __name__ == "__main__":
    main(*sys.argv[1:])
