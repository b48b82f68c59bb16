"""What stops the start, by name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from gateway import limits
from gateway.limits import Rate
from gateway.main import build
from gateway.settings import Settings, WrongFileError
from tests.gateway.conftest import Behind, running


def test_a_local_gateway_listens_on_loopback_only(environment: dict[str, Any]) -> None:
    for host in ("127.0.0.1", "::1", "localhost"):
        assert Settings(**environment, host=host).host == host
    for host in ("0.0.0.0", "::", "10.0.0.1", "example.vn"):  # noqa: S104
        with pytest.raises(ValidationError, match="loopback"):
            Settings(**environment, host=host)


@pytest.mark.parametrize("mode", ["production", "sandbox"])
def test_the_built_in_issuers_key_is_refused_outside_local_mode(environment: dict[str, Any], mode: str) -> None:
    with pytest.raises(ValidationError, match="local mode only"):
        Settings(**environment | {"BDTX_ENV": mode})


def test_production_is_the_default_and_local_mode_needs_the_issuers_key(
    environment: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("BDTX_ENV", raising=False)
    del environment["local_issuer_key_file"]
    with pytest.raises(ValidationError, match="needs the built-in issuer's key"):
        Settings(**environment)
    del environment["BDTX_ENV"]
    assert Settings(**environment, host="10.0.0.1").environment == "production"


@pytest.mark.parametrize(
    "content",
    ["", "[]", '{"viettel": "whsec_x"}', '{"viettel": ["whsec_AAAA"]}', '{"viettel": ["AAAA"]}', '{"VT/x": []}',
    ],
)  # fmt: skip
async def test_a_wrong_secrets_file_stops_the_start_with_the_settings_name(
    environment: dict[str, Any], content: str
) -> None:
    environment["webhook_secrets_file"].write_text(content)
    with pytest.raises(WrongFileError, match="GATEWAY_WEBHOOK_SECRETS_FILE") as fault:
        async with build(Settings(**environment)):
            pass
    assert "AAAA" not in str(fault.value)


async def test_a_wrong_key_stops_the_start(environment: dict[str, Any]) -> None:
    environment["signing_key_file"].write_text("{}")
    with pytest.raises(WrongFileError, match="GATEWAY_SIGNING_KEY_FILE"):
        async with build(Settings(**environment)):
            pass


async def test_outside_local_mode_there_is_no_issuer_and_nobody_gets_in(
    environment: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "ANONYMOUS", Rate(0.01, 10))
    del environment["local_issuer_key_file"]
    settings = Settings(**environment | {"BDTX_ENV": "sandbox"})
    async with running(settings, Behind(tmp_path / "jwks.json"), tmp_path) as stack:
        for method, path, expected in (
            ("POST", "/local/token", 404),
            ("GET", "/local/accounts", 404),
            ("GET", "/status.json", 401),
            ("GET", "/api/v1/people", 401),
            ("GET", "/", 200),
        ):
            async with stack.client.request(method, stack.url + path) as answer:
                assert answer.status == expected, path
        statuses = []
        for _ in range(9):
            async with stack.client.get(f"{stack.url}/verify/x") as answer:
                statuses.append(answer.status)
        assert statuses == [503] * 7 + [429] * 2, "the rate is not that of local mode; three of it went above"
