"""Becomes another program that ends when the launcher ends, even by kill -9; run by `processes.spawn`, never imported.

Arguments: death signal, user id, group id (both `-` to stay who we are), the launcher's pid, the program and its
arguments. It is a program of its own because code between fork and exec is unsafe in a process with threads.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1
_LAUNCHER_IS_GONE = 3


def main(death: str, user: str, group: str, launcher: str, *argv: str) -> None:
    """Never returns. Raises OSError where the user, the signal or the program is refused."""
    # Nothing may be imported from here on: the new user may be shut out of Python's own library.
    if user != "-":
        os.setgroups([])
        os.setgid(int(group))
        os.setuid(int(user))
    if sys.platform == "linux":
        # After the change of user, which clears it.
        if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, int(death), 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "prctl")
    if os.getppid() != int(launcher):
        sys.exit(_LAUNCHER_IS_GONE)
    # Python ignores SIGPIPE, a shell's background job SIGINT; ignored signals would stay ignored in the program.
    for number in (signal.SIGPIPE, signal.SIGINT, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL)
    os.execv(argv[0], argv)  # noqa: S606 (a full path, no shell wanted)


if __name__ == "__main__":
    main(*sys.argv[1:])
