"""Passwords and keys of one local stack: made once by chance, kept for its owner alone, never printed."""

from __future__ import annotations

import base64
import json
import os
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from joserfc.jwk import ECKey, KeySet, OctKey

from deploy.local.paths import LocalPaths

VENDOR = "viettel"
SANDBOX = f"{VENDOR}-sandbox"
ROLES = ("owner", "api", "worker")
_VENDOR_SECRET_BYTES = 32


def make_secrets(paths: LocalPaths, services: Sequence[str]) -> None:
    """Makes what is missing and changes nothing that is there; the public key set follows the private key.

    Raises OSError, ValueError where a file is not what it should be.
    """
    paths.make()
    role_passwords(paths, services)
    signing_key = _key(paths.gateway_signing_key)
    _key(paths.local_issuer_key)
    if not paths.session_key.exists():
        _write(paths.session_key, OctKey.generate_key(256).as_dict(private=True))
    public = KeySet([ECKey.import_key(signing_key.as_dict(private=False))]).as_dict(private=False)
    if not paths.internal_jwks.exists() or json.loads(paths.internal_jwks.read_bytes()) != public:
        _write(paths.internal_jwks, public)
    _vendor_secrets(paths.vendor_secrets)


def role_passwords(paths: LocalPaths, services: Sequence[str]) -> dict[str, str]:
    """The password of each role, `<service>_<owner|api|worker>`; those of new services are added."""
    file = paths.role_passwords
    known: dict[str, str] = json.loads(file.read_bytes()) if file.exists() else {}
    missing = [role for service in services for role in roles_of(service) if role not in known]
    if missing:
        known |= {role: secrets.token_urlsafe(24) for role in missing}
        _write(file, known)
    return known


def _vendor_secrets(file: Path) -> None:
    """A secret for the vendor and one for its sandbox; those of new sources are added."""
    known: dict[str, list[str]] = json.loads(file.read_bytes()) if file.exists() else {}
    missing = [source for source in (VENDOR, SANDBOX) if source not in known]
    if missing:
        made = {name: base64.b64encode(secrets.token_bytes(_VENDOR_SECRET_BYTES)).decode("ascii") for name in missing}
        _write(file, known | {name: [f"whsec_{secret}"] for name, secret in made.items()})


def roles_of(service: str) -> tuple[str, ...]:
    """The three login roles of a service."""
    return tuple(f"{service}_{role}" for role in ROLES)


def _key(file: Path) -> ECKey:
    if file.exists():
        return ECKey.import_key(json.loads(file.read_bytes()))
    key = ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256"}, private=True, auto_kid=True)
    _write(file, key.as_dict(private=True))
    return key


def _write(file: Path, content: Mapping[str, Any]) -> None:
    """Whole or not at all, and never readable by others, not even for a moment."""
    beside = file.with_name(f".{file.name}.{os.getpid()}")
    beside.unlink(missing_ok=True)
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as out:
        json.dump(content, out, indent=1)
        out.write("\n")
        out.flush()
        os.fsync(out.fileno())
    beside.replace(file)
