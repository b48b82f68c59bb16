"""Apache Kafka's jars, fetched once by Maven into the user's cache; a new pom.xml means a new folder."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from deploy.local.broker import BrokerError

OLDEST_JAVA = 17
_HERE = Path(__file__).parent
_POM = _HERE / "pom.xml"
_FETCHED_WITHIN_S = 600
_LOGGING = _HERE / "log4j2.properties"
_LEAN = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData", "-Xss512k", "-XX:ActiveProcessorCount=2")


def missing() -> str | None:
    """A sentence where Java or Maven is missing, None where Apache Kafka can be had."""
    java = _java()
    if java is None:
        return f"Apache Kafka needs Java {OLDEST_JAVA} or newer and there is no `java` on the PATH or in JAVA_HOME."
    version = java_version(java)
    if version < OLDEST_JAVA:
        return f"Apache Kafka needs Java {OLDEST_JAVA} or newer and `java` is {version or 'of no known version'}."
    if not _complete(_folder()) and shutil.which("mvn") is None:
        return "Apache Kafka's jars are fetched by Maven and there is no `mvn` on the PATH."
    return None


def java_version(java: str) -> int:
    """Its major version; 0 where it does not say one."""
    said = subprocess.run([java, "-version"], capture_output=True, text=True, check=False)
    found = re.search(r'version "(?:1\.)?(\d+)', said.stderr + said.stdout)
    return int(found[1]) if found else 0


def command(*arguments: str, heap: str = "256m") -> list[str]:
    """The argument list of one of its Java programs. Fetches the jars first, if need be. Raises BrokerError."""
    folder = fetch()
    options = [f"-Xmx{heap}", *_LEAN, f"-Dlog4j2.configurationFile={_LOGGING}"]
    return [_java() or "java", *options, "-cp", f"{folder / 'libs'}/*", *arguments]


def tool(*arguments: str) -> str:
    """Runs a command-line tool to its end; answers its output. Raises BrokerError with what it said."""
    done = subprocess.run(command(*arguments, heap="128m"), capture_output=True, text=True, check=False, timeout=120)
    if done.returncode != 0:
        raise BrokerError(f"{arguments[0]} ended with {done.returncode}: {(done.stdout + done.stderr).strip()[-500:]}")
    return done.stdout


def _java() -> str | None:
    home = os.environ.get("JAVA_HOME")
    return (shutil.which("java", path=str(Path(home) / "bin")) if home else None) or shutil.which("java")


def _folder(environment: Mapping[str, str] = os.environ) -> Path:
    cache = Path(environment.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "bdtx-kafka" / hashlib.sha256(_POM.read_bytes()).hexdigest()[:16]


def _complete(folder: Path) -> bool:
    return (folder / "pom.xml").is_file() and any((folder / "libs").glob("kafka_2.13-*.jar"))


def fetch() -> Path:
    """The folder whose `libs` holds the jars, filled by Maven the first time. Raises BrokerError with a sentence."""
    if fault := missing():
        raise BrokerError(fault)
    folder = _folder()
    if _complete(folder):
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as beside:
        shutil.copy(_POM, beside)
        asked = ["mvn", "-q", "-B", "dependency:copy-dependencies", "-DincludeScope=runtime", "-DoutputDirectory=libs"]
        maven = shutil.which("mvn") or "mvn"
        try:
            done = subprocess.run(
                [maven, *asked[1:]], cwd=beside, capture_output=True, text=True, check=False, timeout=_FETCHED_WITHIN_S
            )
        except subprocess.TimeoutExpired:
            raise BrokerError(f"Maven did not fetch Apache Kafka's jars within {_FETCHED_WITHIN_S} s") from None
        if done.returncode != 0 or not _complete(Path(beside)):
            raise BrokerError(f"Maven could not fetch Apache Kafka's jars: {done.stdout.strip()[:500]}")
        whole = Path(beside) / "whole"
        whole.mkdir()
        for name in ("pom.xml", "libs"):
            (Path(beside) / name).rename(whole / name)
        try:
            whole.rename(folder)
        except OSError:  # another process was quicker
            if not _complete(folder):
                raise
    return folder
