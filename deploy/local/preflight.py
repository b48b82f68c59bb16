"""What `make run` needs, checked before anything is installed: standard library only, down to Python 3.6.

Prints one sentence on stderr for each thing that is missing and ends with 1, or with 2 where a setting of the sample
means nothing or does not fit what LOCAL_DIR holds; prints nothing where all is well.
Settings: LOCAL_DIR (`.local`), GATEWAY_PORT (8080), DEMO (`longan`), DEMO_PEOPLE (the plan's 9,935),
DEMO_UNTIL (the end of the course).
"""

import os
import shutil
import socket
import sys
import time
from pathlib import Path

# Annotations are quoted and there is no future import: an old Python must get as far as its own sentence.
OLDEST = (3, 11)
NEEDED_BYTES = 2 * 1024**3
LOOPBACK = "127.0.0.1"
DEMOS = ("longan", "none")
FEWEST_PEOPLE = 29
MOST_PEOPLE = 99999
PLANNED_PEOPLE = 9935
SAMPLE_PEOPLE = "sample-people"


def platform_problems(platform: str) -> "list[str]":
    """Sentences about the system; `platform` as `sys.platform`."""
    if platform.startswith("linux") or platform == "darwin":
        return []
    return [f"The system {platform} is not supported (the broker has no build for it): use Linux, macOS or WSL."]


def python_problems(major: int, minor: int) -> "list[str]":
    """Sentences about the Python that runs this."""
    if (major, minor) >= OLDEST:
        return []
    wanted = f"{OLDEST[0]}.{OLDEST[1]}"
    return [f"Python {major}.{minor} is too old: install Python {wanted} or newer and make it your PATH's `python3`."]


def module_problems(names: "tuple[str, ...]" = ("venv", "ensurepip")) -> "list[str]":
    """Sentences about modules that some systems pack apart from Python."""
    problems = []
    for name in names:
        try:
            __import__(name)
        except ImportError:
            problems.append(
                f"Python's module {name} is missing: install the package that holds it (on Debian and Ubuntu "
                "`apt install python3-venv`)."
            )
    return problems


def disk_problems(folders: "list[Path]", needed: int = NEEDED_BYTES) -> "list[str]":
    """Sentences about where there is too little room; a folder not made yet counts as its nearest parent."""
    problems = []
    short = set()
    for place in sorted({_nearest(folder) for folder in folders}):
        if not os.access(str(place), os.W_OK):
            problems.append(
                f"The folder {place} cannot be written to: work in another one (LOCAL_DIR names the data's)."
            )
        free = shutil.disk_usage(str(place)).free
        device = place.stat().st_dev
        if free < needed and device not in short:
            short.add(device)
            problems.append(
                f"The disk of {place} has {free / 1024**3:.1f} GiB free and {needed / 1024**3:.1f} GiB are needed: "
                "make room, or name a folder on another disk with LOCAL_DIR."
            )
    return problems


def _nearest(folder: Path) -> Path:
    place = folder.absolute()
    while not place.is_dir():
        place = place.parent
    return place


def port_problems(text: str) -> "list[str]":
    """Sentences about the gateway's port; `text` as in GATEWAY_PORT."""
    if not text.isdigit() or not 0 < int(text) < 65536:
        return [f"GATEWAY_PORT is {text!r}, which is no port: give a number from 1 to 65535."]
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As the gateway does; without it the connections of a stack just stopped would count as taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, int(text)))
            probe.listen(1)
        except OSError as fault:
            what = f"Port {text} on {LOOPBACK} cannot be used ({fault.strerror})"
            return [what + ": stop what uses it (`make stop`, if it is this stack), or choose another by GATEWAY_PORT."]
    return []


def demo_problems(demo: str, people: str) -> "list[str]":
    """Sentences about the sample; `demo` and `people` as in DEMO and DEMO_PEOPLE, empty where they are not set."""
    found = []
    if demo and demo not in DEMOS:
        found.append(f"DEMO is {demo!r}, which is no sample: give longan or none.")
    counted = people.isascii() and people.isdigit() and len(people) <= len(str(MOST_PEOPLE))
    if people and not (counted and FEWEST_PEOPLE <= int(people) <= MOST_PEOPLE):
        wanted = f"give a whole number from {FEWEST_PEOPLE} (one for each course) to {MOST_PEOPLE}"
        found.append(f"DEMO_PEOPLE is {people!r}, which is no size of the sample: {wanted}, or leave it out.")
    return found


def until_problems(until: str) -> "list[str]":
    """The sentence about a day that is none; `until` as in DEMO_UNTIL, empty where it is not set."""
    if until:
        try:
            if len(until) != len("2020-11-20"):
                raise ValueError
            time.strptime(until, "%Y-%m-%d")
        except ValueError:
            return [f"DEMO_UNTIL is {until!r}, which is no day: write it as 2020-11-20, or leave it out."]
    return []


def sample_problems(local_dir: Path, demo: str, people: str) -> "list[str]":
    """The sentence about a folder whose databases hold a sample of another size; `demo`, `people` as above."""
    kept = local_dir / SAMPLE_PEOPLE
    if demo == "none" or not kept.is_file():
        return []
    there, wanted = int(kept.read_text()), int(people or PLANNED_PEOPLE)
    if there == wanted:
        return []
    what = f"{local_dir} holds a sample of {there} people and this run asks for {wanted}"
    return [what + f": set DEMO_PEOPLE={there} to go on, name another LOCAL_DIR, or remove this one by `make clean`."]


def problems(local_dir: str, gateway_port: str) -> "list[str]":
    """All sentences for these settings."""
    checkout = Path(__file__).absolute().parent.parent.parent
    return (
        platform_problems(sys.platform)
        + python_problems(sys.version_info[0], sys.version_info[1])
        + module_problems()
        + disk_problems([checkout, Path(local_dir)])
        + port_problems(gateway_port)
    )


if __name__ == "__main__":
    found = problems(os.environ.get("LOCAL_DIR") or ".local", os.environ.get("GATEWAY_PORT") or "8080")
    settings = (os.environ.get("DEMO") or "", os.environ.get("DEMO_PEOPLE") or "")
    nonsense = demo_problems(*settings) + until_problems(os.environ.get("DEMO_UNTIL") or "") or sample_problems(
        Path(os.environ.get("LOCAL_DIR") or ".local"), *settings
    )
    for sentence in nonsense + found:
        sys.stderr.write(sentence + "\n")
    sys.exit(2 if nonsense else 1 if found else 0)
