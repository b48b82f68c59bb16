"""What the gateway reads from the environment. A missing or wrong setting stops the start with its name."""

from __future__ import annotations

import ipaddress
from pathlib import Path

from pydantic import AnyHttpUrl, Field, FilePath, ValidationInfo, field_validator
from pydantic_settings import SettingsConfigDict

from shared.settings import CommonSettings, Environment


class WrongFileError(Exception):
    """The file a setting names cannot be used; the message names the setting and the fault, never a value."""


class Settings(CommonSettings):
    """GATEWAY_HOST, GATEWAY_PORT, GATEWAY_SIGNING_KEY_FILE, GATEWAY_WEBHOOK_SECRETS_FILE, GATEWAY_SESSION_KEY_FILE,
    GATEWAY_OIDC_FILE, GATEWAY_DASHBOARD_DIR, the services' addresses; in local mode also GATEWAY_LOCAL_ISSUER_KEY_FILE
    and GATEWAY_LOCAL_ACCOUNTS_FILE."""

    model_config = SettingsConfigDict(env_prefix="GATEWAY_", frozen=True, validate_default=True)

    port: int = Field(8080, ge=0, le=65_535)
    signing_key_file: FilePath
    webhook_secrets_file: FilePath
    roster_url: AnyHttpUrl = Field(validation_alias="ROSTER_URL")
    grading_url: AnyHttpUrl = Field(validation_alias="GRADING_URL")
    certificates_url: AnyHttpUrl = Field(validation_alias="CERTIFICATES_URL")
    reporting_url: AnyHttpUrl = Field(validation_alias="REPORTING_URL")
    session_key_file: FilePath
    oidc_file: FilePath | None = None
    dashboard_dir: Path | None = None
    local_issuer_key_file: FilePath | None = None
    local_accounts_file: Path | None = None

    @field_validator("host")
    @classmethod
    def _loopback_only_in_local_mode(cls, host: str, info: ValidationInfo) -> str:
        if info.data.get("environment") is Environment.LOCAL and not _is_loopback(host):
            raise ValueError("local mode listens on loopback only")
        return host

    @field_validator("local_issuer_key_file")
    @classmethod
    def _issuer_in_local_mode_only(cls, file: Path | None, info: ValidationInfo) -> Path | None:
        local = info.data.get("environment") is Environment.LOCAL
        if file is not None and not local:
            raise ValueError("the built-in issuer exists in local mode only")
        if file is None and local:
            raise ValueError("local mode needs the built-in issuer's key")
        return file

    @field_validator("oidc_file")
    @classmethod
    def _provider_outside_local_mode(cls, file: Path | None, info: ValidationInfo) -> Path | None:
        if file is not None and info.data.get("environment") is Environment.LOCAL:
            raise ValueError("local mode has the built-in provider")
        return file


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
