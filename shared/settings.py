"""Settings from the environment. Production unless said otherwise; a missing one stops the start with its name."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from pydantic import AliasChoices, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings

from shared import addresses


class Environment(StrEnum):
    """`sandbox` takes X-With-Server-Date; `local` also has the built-in issuer and listens on loopback only."""

    PRODUCTION = "production"
    SANDBOX = "sandbox"
    LOCAL = "local"


class KafkaSecurity(StrEnum):
    """How clients and brokers prove themselves: not at all, by password (SASL_SSL, SCRAM-SHA-512), by certificate."""

    PLAIN = "plain"
    SCRAM = "scram"
    MTLS = "mtls"


class CommonSettings(BaseSettings):
    """What every process of the platform reads."""

    environment: Environment = Field(Environment.PRODUCTION, validation_alias="BDTX_ENV")
    host: str = "127.0.0.1"
    port: int


class ServiceSettings(CommonSettings):
    """What a service reads; each subclass sets its prefix. A process needs only the addresses of its own role."""

    database_url: SecretStr | None = None
    worker_database_url: SecretStr | None = None
    owner_database_url: SecretStr | None = None
    kafka_bootstrap: str = Field(validation_alias="KAFKA_BOOTSTRAP")
    kafka_partitions: int = Field(12, ge=1, validation_alias="KAFKA_PARTITIONS")
    kafka_replication: int = Field(3, ge=1, validation_alias="KAFKA_REPLICATION")
    kafka_session_timeout_ms: int = Field(30_000, ge=6_000, validation_alias="KAFKA_SESSION_TIMEOUT_MS")
    kafka_idempotence: bool = Field(default=True, validation_alias="KAFKA_IDEMPOTENCE")
    kafka_security: KafkaSecurity = Field(KafkaSecurity.PLAIN, validation_alias="KAFKA_SECURITY")
    kafka_username: str | None = Field(None, validation_alias="KAFKA_USERNAME")
    kafka_password_file: Path | None = Field(None, validation_alias="KAFKA_PASSWORD_FILE")
    kafka_ca_file: Path | None = Field(None, validation_alias="KAFKA_CA_FILE")
    kafka_certificate_file: Path | None = Field(None, validation_alias="KAFKA_CERTIFICATE_FILE")
    kafka_key_file: Path | None = Field(None, validation_alias="KAFKA_KEY_FILE")
    object_store_url: str | None = Field(None, validation_alias=AliasChoices("OBJECT_STORE_URL"))
    internal_jwks_file: Path = Field(validation_alias="INTERNAL_JWKS_FILE")

    @field_validator("database_url", "worker_database_url", "owner_database_url")
    @classmethod
    def _is_an_address(cls, address: SecretStr | None) -> SecretStr | None:
        if address is not None:
            addresses.parsed(address.get_secret_value())
        return address

    def need(self, field: str) -> str:
        """The value of an address this process cannot do without. Raises MissingSettingError with its name."""
        value = getattr(self, field)
        if value is None:
            prefix = str(self.model_config.get("env_prefix", ""))
            alias = type(self).model_fields[field].validation_alias
            raise MissingSettingError(f"{prefix}{field}".upper() if alias is None else field.upper())
        return value.get_secret_value() if isinstance(value, SecretStr) else str(value)


class MissingSettingError(Exception):
    """Names the environment variable that is missing."""

    def __init__(self, name: str) -> None:
        super().__init__(f"the setting {name} is missing")
        self.name = name


S = TypeVar("S", bound=BaseSettings)


def load(kind: type[S]) -> S:
    """Reads the settings, or ends the process (exit 2) naming each missing or wrong setting, never its value."""
    try:
        return kind()
    except ValidationError as fault:
        prefix = str(kind.model_config.get("env_prefix", ""))
        for error in fault.errors():
            field = str(error["loc"][0])
            name = field if field.isupper() else f"{prefix}{field}".upper()
            sys.stderr.write(f"setting {name}: {error['msg']}\n")
        raise SystemExit(2) from None
