"""The product's own loops over TLS, by password and by certificate, and what happens to those who have neither."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic_settings import SettingsConfigDict
from sqlalchemy.ext.asyncio import AsyncEngine

from deploy.local.kafka import ApacheKafka
from deploy.local.kafka.access import certify
from shared import credentials
from shared.bus import Bus, BusError, Topics
from shared.consumption import Consumer
from shared.relay import Relay
from shared.settings import MissingSettingError, ServiceSettings, load
from tests.shared.test_relay import say
from tests.support.databases import local_folder
from tests.support.handlers import applier, shown
from tests.support.running import running, until
from tests.support.shared_tables import SharedTables
from tests.support.states import number

TOPIC = "roster.events"


class Settings(ServiceSettings):
    """As a service reads them."""

    model_config = SettingsConfigDict(env_prefix="TRY_")
    port: int = 0
    internal_jwks_file: Path = Path("none")


def bus_of(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Bus:
    """The product's bus, from the environment alone."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    settings = load(Settings)
    access = credentials.of(settings)
    return Bus(settings.kafka_bootstrap, client_id="try", topics=Topics(2, 1), idempotent=True, credentials=access)


@pytest.fixture(scope="module", params=["scram", "mtls"])
def secured(request: pytest.FixtureRequest) -> Iterator[ApacheKafka]:
    """One broker with a listener that asks for a password, or for a certificate."""
    with local_folder("secure") as paths, ApacheKafka(paths, secure=request.param) as cluster:
        yield cluster


async def test_events_go_from_outbox_to_rows_over_the_secure_listener(
    engine: AsyncEngine, shared_tables: SharedTables, secured: ApacheKafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    bus = bus_of(secured.client_settings(), monkeypatch)
    ids = [number(n) for n in range(20)]

    async def arrived() -> bool:
        return set(await shown(engine)) == set(ids)

    loops: list[Any] = [Relay(shared_tables.worker, bus, "roster"), Consumer(bus, "try", applier(engine), ["unit"])]
    async with running(*loops):
        await say(engine, ids)
        await until(arrived, 60)


async def test_who_proves_nothing_or_something_wrong_is_refused(
    secured: ApacheKafka, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    right = secured.client_settings()
    plain = Bus(secured.secure_bootstrap, client_id="try", topics=Topics(2, 1), idempotent=True)
    with pytest.raises(BusError):
        await plain.ensure_topics([TOPIC])
    wrong = dict(right)
    if "KAFKA_PASSWORD_FILE" in right:
        (tmp_path / "password").write_text("wrong\n", encoding="utf-8")
        wrong["KAFKA_PASSWORD_FILE"] = str(tmp_path / "password")
    else:
        with local_folder("stranger") as paths:
            stranger = ApacheKafka(paths, secure="mtls")
            certify(stranger.folder)
            theirs = stranger.folder / "certificates"
            for name, file in (("KAFKA_CERTIFICATE_FILE", "client.pem"), ("KAFKA_KEY_FILE", "client.key")):
                copy = tmp_path / file
                copy.write_bytes((theirs / file).read_bytes())
                wrong[name] = str(copy)
    with pytest.raises(BusError):
        await bus_of(wrong, monkeypatch).ensure_topics([TOPIC])


def test_a_missing_secret_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAFKA_BOOTSTRAP", "127.0.0.1:9")
    for way, missing in (("scram", "KAFKA_PASSWORD_FILE"), ("mtls", "KAFKA_CA_FILE")):
        with pytest.raises(MissingSettingError, match=missing):
            bus_of({"KAFKA_SECURITY": way}, monkeypatch)
