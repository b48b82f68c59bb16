"""A real Keycloak: fetched by Maven into the user's cache, one realm of ours, started on free ports."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.gateway.conftest import OFFICER, free_port

VERSION = "26.7.3"
ARTIFACT = f"org.keycloak:keycloak-quarkus-dist:{VERSION}:zip"
CLIENT, SECRET, PASSWORD = "bdtx-dashboard", "secret-of-the-tests", "Mat-khau-1"
REALM = "bdtx"
UNVERIFIED, DISABLED = "chua.xac.minh@longan.edu.vn", "da.khoa@longan.edu.vn"
STARTS_WITHIN_S = 300.0


def missing() -> str | None:
    """A sentence where Keycloak cannot be had here."""
    if shutil.which("java") is None:
        return "there is no `java` on the PATH"
    if not _home().is_dir() and shutil.which("mvn") is None:
        return "Keycloak is fetched by Maven and there is no `mvn` on the PATH"
    return None


def _home() -> Path:
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "bdtx-keycloak" / f"keycloak-{VERSION}"


def fetch() -> Path:
    """The unpacked distribution. Raises CalledProcessError with what Maven said."""
    home = _home()
    if not home.is_dir():
        home.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=home.parent) as beside:
            asked = ["mvn", "-q", "-B", "dependency:copy", f"-Dartifact={ARTIFACT}", f"-DoutputDirectory={beside}"]
            subprocess.run(asked, cwd=beside, check=True, capture_output=True, text=True, timeout=600)
            with zipfile.ZipFile(next(Path(beside).glob("*.zip"))) as packed:
                packed.extractall(beside)
            (Path(beside) / f"keycloak-{VERSION}").rename(home)
        (home / "bin" / "kc.sh").chmod(0o755)
    return home


def realm() -> dict[str, Any]:
    """One confidential client that must use PKCE, access tokens for our audience, three people."""

    def person(account: str, *, verified: bool = True, enabled: bool = True) -> dict[str, Any]:
        return {
            "username": account,
            "email": account,
            "emailVerified": verified,
            "enabled": enabled,
            "firstName": "Tài",
            "lastName": "Khoản",
            "credentials": [{"type": "password", "value": PASSWORD, "temporary": False}],
        }

    audience = {
        "name": "audience",
        "protocol": "openid-connect",
        "protocolMapper": "oidc-audience-mapper",
        "config": {"included.custom.audience": "bdtx", "access.token.claim": "true", "id.token.claim": "false"},
    }
    return {
        "realm": REALM,
        "enabled": True,
        "sslRequired": "none",
        "users": [person(OFFICER), person(UNVERIFIED, verified=False), person(DISABLED, enabled=False)],
        "clients": [
            {
                "clientId": CLIENT,
                "secret": SECRET,
                "publicClient": False,
                "standardFlowEnabled": True,
                "directAccessGrantsEnabled": True,
                "redirectUris": ["http://127.0.0.1:*"],
                "attributes": {
                    "pkce.code.challenge.method": "S256",
                    "post.logout.redirect.uris": "http://127.0.0.1:*",
                },
                "protocolMappers": [audience],
            }
        ],
    }


@dataclass(frozen=True)
class Keycloak:
    """Where it listens."""

    base: str

    @property
    def issuer(self) -> str:
        """Our realm's."""
        return f"{self.base}/realms/{REALM}"


@contextmanager
def running() -> Iterator[Keycloak]:
    """Started, with the realm in it; its data are gone afterwards. Raises RuntimeError with the end of its log."""
    home = fetch()
    port, management = free_port(), free_port()
    with tempfile.TemporaryDirectory() as folder:
        own = Path(folder) / "keycloak"
        shutil.copytree(home, own, symlinks=True)
        (own / "data" / "import").mkdir(parents=True, exist_ok=True)
        (own / "data" / "import" / "realm.json").write_text(json.dumps(realm()))
        command = [
            str(own / "bin" / "kc.sh"), "start-dev", "--http-host=127.0.0.1", f"--http-port={port}",
            f"--http-management-port={management}", "--db=dev-file", "--import-realm",
        ]  # fmt: skip
        environment = os.environ | {
            "KC_BOOTSTRAP_ADMIN_USERNAME": "admin",
            "KC_BOOTSTRAP_ADMIN_PASSWORD": PASSWORD,
            "JAVA_OPTS_APPEND": "-Xmx512m",
        }
        with (Path(folder) / "log").open("wb") as log:
            process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True)
        try:
            found = Keycloak(f"http://127.0.0.1:{port}")
            _until_ready(found, process, Path(folder) / "log")
            yield found
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _until_ready(keycloak: Keycloak, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + STARTS_WITHIN_S
    while not _answers(keycloak):
        if process.poll() is not None or time.monotonic() > until:
            raise RuntimeError(f"Keycloak did not start: {log.read_text()[-1500:]}")
        time.sleep(0.5)


def _answers(keycloak: Keycloak) -> bool:
    asking = http.client.HTTPConnection(keycloak.base.removeprefix("http://"), timeout=5)
    try:
        asking.request("GET", f"/realms/{REALM}/.well-known/openid-configuration")
        return asking.getresponse().status == 200
    except (http.client.HTTPException, OSError):
        return False
    finally:
        asking.close()
