"""The secure listener: its authority, certificates and password, and what the broker and a client are told of them.

All of it lies in the cluster's folder: `certificates/`, `password`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from deploy.local.kafka.certificates import Authority
from deploy.local.kafka.formatting import USER, new_id

Secure = Literal["scram", "mtls"]

PROTOCOLS: dict[Secure, str] = {"scram": "SASL_SSL", "mtls": "SSL"}


def password_file(folder: Path) -> Path:
    """Where the password of the one user lies."""
    return folder / "password"


def certify(folder: Path) -> None:
    """Makes an authority, the broker's and a client's certificate, and a password."""
    certificates = folder / "certificates"
    authority = Authority(certificates, "BDTX local authority")
    certificate, key = authority.issue("broker")
    authority.issue("client")
    parts = [file.read_text(encoding="ascii") for file in (key, certificate, authority.certificate_file)]
    _write_secret(certificates / "broker-all.pem", "".join(parts))
    _write_secret(password_file(folder), new_id())


def listener_lines(folder: Path, secure: Secure) -> dict[str, str]:
    """The broker's settings of its secure listener; what it needs is made where it is missing."""
    certificates = folder / "certificates"
    if not password_file(folder).is_file():
        certify(folder)
    lines = {
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(certificates / "broker-all.pem"),
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": str(certificates / "ca.pem"),
    }
    if secure == "mtls":
        return lines | {"ssl.client.auth": "required"}
    login = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
    return lines | {
        "sasl.enabled.mechanisms": "SCRAM-SHA-512",
        "listener.name.secure.scram-sha-512.sasl.jaas.config": login,
    }


def client_settings(folder: Path, secure: Secure, bootstrap: str) -> dict[str, str]:
    """A client's environment; secrets are named by their files."""
    certificates = folder / "certificates"
    common = {"KAFKA_BOOTSTRAP": bootstrap, "KAFKA_SECURITY": secure, "KAFKA_CA_FILE": str(certificates / "ca.pem")}
    if secure == "scram":
        return common | {"KAFKA_USERNAME": USER, "KAFKA_PASSWORD_FILE": str(password_file(folder))}
    return common | {
        "KAFKA_CERTIFICATE_FILE": str(certificates / "client.pem"),
        "KAFKA_KEY_FILE": str(certificates / "client.key"),
    }


def _write_secret(file: Path, text: str) -> None:
    file.touch(mode=0o600)
    file.write_text(text, encoding="utf-8")
