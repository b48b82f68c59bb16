"""The file that says which identity provider vouches for people, and the keys of the sessions' cookies."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
from joserfc.jwk import OctKey
from pydantic import AnyHttpUrl, BaseModel, ConfigDict, Field, SecretStr, model_validator

AUDIENCE = "bdtx"
_KEY_BITS = 256


class ProviderConfiguration(BaseModel):
    """`{"issuer", "client_id", "client_secret", "account_claim", "public_url"}`.

    `public_url` is the gateway's address as browsers know it. `account_claim` names the claim that holds the account
    roster knows; `email` counts only where the provider has verified it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    issuer: AnyHttpUrl
    client_id: str = Field(min_length=1, max_length=200)
    client_secret: SecretStr = Field(min_length=1)
    account_claim: str = Field("email", min_length=1, max_length=100)
    public_url: AnyHttpUrl

    @model_validator(mode="after")
    def _tokens_of_the_client_are_not_ours(self) -> ProviderConfiguration:
        # An ID token's audience is the client. Were it ours too, an ID token would pass for an access token.
        if self.client_id == AUDIENCE:
            raise ValueError(f"client_id may not be {AUDIENCE!r}: that is the audience of access tokens")
        return self


def read_provider(file: Path) -> ProviderConfiguration:
    """Raises pydantic's ValidationError."""
    return ProviderConfiguration.model_validate_json(file.read_bytes())


def read_session_keys(file: Path) -> list[OctKey]:
    """A JWK of 256 bits, or a JWKS of some: the first one seals. Raises ValueError and joserfc's errors."""
    content = msgspec.json.decode(file.read_bytes(), type=dict[str, Any])
    keys = [OctKey.import_key(one) for one in content.get("keys", [content])]
    if not keys or any(8 * len(key.raw_value) != _KEY_BITS for key in keys):
        raise ValueError("keys of 256 bits are needed")
    return keys
