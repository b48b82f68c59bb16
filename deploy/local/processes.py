"""Child processes that do not outlive the launcher, and the pid files by which they are found again."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

_SHIM = Path(__file__).with_name("shim.py")
_PAUSE_S = 0.02
_KILLED_WITHIN_S = 10.0


@dataclass(frozen=True)
class User:
    """Who a child runs as, where the launcher is root and the program must not be."""

    name: str
    uid: int
    gid: int


@dataclass(frozen=True, kw_only=True)
class Record:
    """A pid file. A pid alone may since belong to a stranger, so the start mark goes with it."""

    name: str
    pid: int
    started: str
    keeper: str
    """The identity of the process that keeps this one; it tells left-overs from another launcher's children."""
    leads_session: bool
    """Children do; a launcher may share its group with a shell's pipeline, which is not ours to kill."""
    stop_signal: int
    patience_s: float
    """How long it may take to end after the signal, before it is killed."""
    since_ns: int

    @property
    def identity(self) -> str:
        """The process's own, as in `keeper`."""
        return f"{self.pid}@{self.started}"


def start_mark(pid: int) -> str | None:
    """What no other process with this pid ever has: its start; None where none is running (a zombie is not)."""
    if sys.platform == "linux":
        try:
            stat = Path(f"/proc/{pid}/stat").read_bytes()
            boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        except (FileNotFoundError, ProcessLookupError):
            return None
        # The second field, the name, may hold spaces and parentheses; the rest begins after the last parenthesis.
        fields = stat[stat.rindex(b")") + 2 :].split()
        return None if fields[0] in (b"Z", b"X") else f"{boot}:{fields[19].decode()}"
    asked = ["/bin/ps", "-o", "state=,lstart=", "-p", str(pid)]
    answer = subprocess.run(asked, capture_output=True, text=True, check=False, env={"LC_ALL": "C", "TZ": "UTC"})
    state, _, started = answer.stdout.strip().partition(" ")
    return None if not state or state.startswith("Z") else started.strip()


def own_identity() -> str:
    """This process and no other: `pid@start mark`."""
    return f"{os.getpid()}@{start_mark(os.getpid())}"


def lives(identity: str) -> bool:
    """Whether the process of an identity is running."""
    pid, _, started = identity.partition("@")
    return start_mark(int(pid)) == started


def wrapped(argv: Sequence[str], death_signal: int, user: User | None = None) -> list[str]:
    """The arguments that start `argv[0]` (a full path) so that it gets the signal when this process dies (Linux;
    elsewhere the guardian sees to it)."""
    who = (str(user.uid), str(user.gid)) if user else ("-", "-")
    return [sys.executable, "-I", "-S", str(_SHIM), str(int(death_signal)), *who, str(os.getpid()), *argv]


def spawn(
    argv: Sequence[str],
    *,
    env: Mapping[str, str],
    cwd: Path,
    log: Path,
    death_signal: int,
    user: User | None = None,
) -> subprocess.Popen[bytes]:
    """Starts a program in a session of its own, its output appended to the log. Raises OSError.

    From the main thread alone: Linux sends the death signal when the *thread* that started the child ends.
    """
    if threading.current_thread() is not threading.main_thread():
        raise RuntimeError("children of the stack are started from the main thread")
    with log.open("ab") as output:
        return subprocess.Popen(
            wrapped(argv, death_signal, user),
            env=dict(env),
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )


def write_record(run_dir: Path, name: str, pid: int, *, stop_signal: int, patience_s: float) -> None:
    """Writes `<name>.pid`; a process that is already gone gets none. Raises OSError."""
    started = start_mark(pid)
    try:
        leads_session = os.getsid(pid) == pid
    except ProcessLookupError:
        return
    if started is None:
        return
    record = Record(
        name=name,
        pid=pid,
        started=started,
        keeper=own_identity(),
        leads_session=leads_session,
        stop_signal=int(stop_signal),
        patience_s=patience_s,
        since_ns=time.time_ns(),
    )
    run_dir.mkdir(parents=True, exist_ok=True)
    beside = run_dir / f".{name}.{os.getpid()}"
    beside.write_text(json.dumps(asdict(record)), encoding="utf-8")
    beside.replace(run_dir / f"{name}.pid")


def read_record(run_dir: Path, name: str) -> Record | None:
    """The pid file's content, whether that process still runs or not; None where there is none."""
    try:
        return Record(**json.loads((run_dir / f"{name}.pid").read_text(encoding="utf-8")))
    except (FileNotFoundError, ValueError, TypeError):  # none, or torn by a power cut: nothing can be running
        return None


def forget(run_dir: Path, name: str) -> None:
    """Removes the pid file."""
    (run_dir / f"{name}.pid").unlink(missing_ok=True)


def records(run_dir: Path) -> list[Record]:
    """All pid files, the last started first; also those of the dead, whose own children may live."""
    found = [read_record(run_dir, file.stem) for file in run_dir.glob("*.pid")]
    return sorted((record for record in found if record is not None), key=lambda record: record.since_ns, reverse=True)


def running(run_dir: Path) -> list[Record]:
    """The pid files whose processes run."""
    return [record for record in records(run_dir) if is_running(record)]


def is_running(record: Record) -> bool:
    """Whether the process of the record, and not another one with its pid, is running."""
    return start_mark(record.pid) == record.started


def end(run_dir: Path, kept: Iterable[Record]) -> list[str]:
    """Signals all, waits for each as long as its patience, kills what is left with its group; answers who was running.

    Raises PermissionError for another user's process, TimeoutError where even SIGKILL did not end one.
    """
    kept = list(kept)
    names = [record.name for record in kept if is_running(record)]
    for record in kept:
        _send(record, record.stop_signal)
    began = time.monotonic()
    for record in kept:
        _wait(record, began + record.patience_s)
        if is_running(record):
            _send(record, signal.SIGKILL)
            _wait(record, time.monotonic() + _KILLED_WITHIN_S)
        if is_running(record):
            raise TimeoutError(f"{record.name} (pid {record.pid}) does not end")
        # While its group lives the kernel gives the leader's pid to nobody; if a stranger has it, the group is gone.
        if record.leads_session and start_mark(record.pid) is None:
            kill_group(record.pid)
        forget(run_dir, record.name)
    return names


def _send(record: Record, number: int) -> None:
    if is_running(record):
        with contextlib.suppress(ProcessLookupError):
            os.kill(record.pid, number)


def _wait(record: Record, until: float) -> None:
    while is_running(record) and time.monotonic() < until:
        time.sleep(_PAUSE_S)


def command_line(pid: int) -> str:
    """The command line of any process, empty where there is none."""
    if sys.platform == "linux":
        try:
            return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except (FileNotFoundError, ProcessLookupError):
            return ""
    asked = ["/bin/ps", "-o", "command=", "-ww", "-p", str(pid)]
    return subprocess.run(asked, capture_output=True, text=True, check=False).stdout


def kill_group(leader: int) -> None:
    """Kills what a child left behind in its session (a pool's workers, say)."""
    # macOS answers EPERM for a group of zombies.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)
