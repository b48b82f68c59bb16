"""Where everything of one local stack lies. Two stacks differ in LOCAL_DIR and GATEWAY_PORT and in nothing else."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from deploy.local.preflight import SAMPLE_PEOPLE

DEFAULT_LOCAL_DIR = ".local"


@dataclass(frozen=True)
class LocalPaths:
    """The paths under LOCAL_DIR; names that outsiders read are fixed by the contracts, section 1."""

    root: Path

    @classmethod
    def of(cls, local_dir: Path | str) -> LocalPaths:
        """Absolute paths, so that processes with another working directory mean the same files."""
        return cls(Path(local_dir).resolve())

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> LocalPaths:
        """LOCAL_DIR, or `.local` in the working directory."""
        return cls.of(environment.get("LOCAL_DIR") or DEFAULT_LOCAL_DIR)

    def make(self) -> None:
        """Makes the folders. Raises OSError. Only the secrets are shut to other users of the machine."""
        for folder in (self.root, self.logs, self.run, self.sample, self.objects, self.postgres):
            folder.mkdir(parents=True, exist_ok=True)
        self.secrets.mkdir(mode=0o700, exist_ok=True)

    def log(self, process: str) -> Path:
        """The log of one process."""
        return self.logs / f"{process}.log"

    @property
    def logs(self) -> Path:
        """One file a process."""
        return self.root / "logs"

    @property
    def run(self) -> Path:
        """Pid files of what is running, and the launcher's lock."""
        return self.root / "run"

    @property
    def secrets(self) -> Path:
        """Passwords and keys, for the owner alone."""
        return self.root / "secrets"

    @property
    def sample(self) -> Path:
        """The workbooks that were imported."""
        return self.root / "sample"

    @property
    def dashboard(self) -> Path:
        """The dashboard's built pages, and how far their building is."""
        return self.root / "dashboard"

    @property
    def objects(self) -> Path:
        """The object store's folder."""
        return self.root / "objects"

    @property
    def postgres(self) -> Path:
        """The database's home, or the note that names its home elsewhere."""
        return self.root / "postgres"

    @property
    def role_passwords(self) -> Path:
        """`{"<role>": "<password>"}`."""
        return self.secrets / "role-passwords.json"

    @property
    def gateway_signing_key(self) -> Path:
        """The gateway's private key for internal tokens, a JWK."""
        return self.secrets / "gateway-signing-key.json"

    @property
    def internal_jwks(self) -> Path:
        """The public half, a JWKS, that services verify with."""
        return self.secrets / "internal-jwks.json"

    @property
    def local_issuer_key(self) -> Path:
        """The private key of the built-in issuer, a JWK."""
        return self.secrets / "local-issuer-key.json"

    @property
    def session_key(self) -> Path:
        """The key of the gateway's cookies, a JWK."""
        return self.secrets / "session-key.json"

    @property
    def vendor_secrets(self) -> Path:
        """`{"<vendor>": ["whsec_…"]}`."""
        return self.root / "vendor-secrets.json"

    @property
    def vendor_events(self) -> Path:
        """What the vendor simulator sent and was answered."""
        return self.root / "vendor-events.ndjson"

    @property
    def sample_people(self) -> Path:
        """How many people the sample has that this folder's databases hold: a number, from the first load on."""
        return self.root / SAMPLE_PEOPLE

    @property
    def staff_acts(self) -> Path:
        """What the sample staff did."""
        return self.root / "staff-acts.ndjson"
