"""Makes the cluster: once, whole or not at all, with a superuser's password that nobody chose."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
from pathlib import Path

from deploy.local import processes
from deploy.local.postgres.home import Home, PostgresError

_OPTIONS = ("--username=postgres", "--auth=scram-sha-256", "--locale=C.UTF-8", "--encoding=UTF8", "--no-instructions")


def make_cluster(home: Home, log: Path) -> None:
    """Runs initdb where there is no cluster yet. Raises PostgresError, OSError.

    Made beside and renamed, the password first, so that an interrupted start leaves no half of a cluster.
    """
    owner = home.user.uid if home.user else os.geteuid()
    if home.data.is_dir():
        found = home.data.stat().st_uid
        if found != owner:
            raise PostgresError(f"{home.data} belongs to the user with the id {found}: start the stack as before")
        return
    half, word = home.folder / "data.new", home.folder / "superuser-password.new"
    if half.exists():
        shutil.rmtree(half)
    word.unlink(missing_ok=True)
    half.mkdir(mode=0o700)
    word.touch(mode=0o600)
    word.write_text(secrets.token_urlsafe(24), encoding="ascii")
    if home.user is not None:
        for path in (half, word):
            os.chown(path, home.user.uid, home.user.gid)
    process = processes.spawn(
        [str(home.program("initdb")), *_OPTIONS, f"--pwfile={word}", f"--pgdata={half}"],
        env=environment(),
        cwd=Path("/"),
        log=log,
        death_signal=signal.SIGKILL,
        user=home.user,
    )
    if process.wait() != 0:
        raise PostgresError(f"initdb failed; see {log}")
    if home.user is not None:
        os.chown(word, os.geteuid(), os.getegid())
    word.rename(home.password_file)
    half.rename(home.data)


def environment() -> dict[str, str]:
    """Nothing of ours: PGDATA, PGPORT and their like would win over what we say."""
    return {"PATH": os.defpath, "LC_ALL": "C.UTF-8"}
