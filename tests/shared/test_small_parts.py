"""Settings, time, pages, and which faults pass by themselves."""

from __future__ import annotations

import asyncio
import base64
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from pydantic_settings import SettingsConfigDict
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.clock import end_of_day, new_id, start_of_day, utc_now, vietnamese_day
from shared.database import is_collision, is_transient, make_engine, retrying
from shared.objects import ObjectStoreObjects
from shared.outbox import SHARDS, shard_of
from shared.paging import after, page
from shared.problems import Problem
from shared.settings import Environment, MissingSettingError, ServiceSettings, load


class ProbeSettings(ServiceSettings):
    """Settings of no service."""

    model_config = SettingsConfigDict(env_prefix="PROBE_", frozen=True)


@pytest.fixture
def complete(monkeypatch: pytest.MonkeyPatch) -> None:
    """All that is needed, and nothing that is left to its default."""
    for name in ("BDTX_ENV", "PROBE_DATABASE_URL", "PROBE_HOST", "KAFKA_IDEMPOTENCE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PROBE_PORT", "8101")
    monkeypatch.setenv("KAFKA_BOOTSTRAP", "broker:9092")
    monkeypatch.setenv("INTERNAL_JWKS_FILE", "/keys/jwks.json")


@pytest.mark.usefixtures("complete")
def test_settings_are_those_of_production_unless_said_otherwise() -> None:
    settings = load(ProbeSettings)
    assert settings.environment is Environment.PRODUCTION
    assert settings.kafka_idempotence is True
    assert settings.kafka_replication == 3
    assert settings.host == "127.0.0.1"


@pytest.mark.usefixtures("complete")
@pytest.mark.parametrize("name", ["PROBE_PORT", "KAFKA_BOOTSTRAP", "INTERNAL_JWKS_FILE"])
def test_a_missing_setting_stops_the_start_with_its_name(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    monkeypatch.delenv(name)
    with pytest.raises(SystemExit) as stop:
        load(ProbeSettings)
    assert stop.value.code == 2
    assert name in capsys.readouterr().err


@pytest.mark.usefixtures("complete")
@pytest.mark.parametrize(
    ("name", "value"), [("PROBE_PORT", "s3cret"), ("BDTX_ENV", "s3cret"), ("KAFKA_PARTITIONS", "0")]
)
def test_a_wrong_setting_is_named_without_its_value(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit):
        load(ProbeSettings)
    said = capsys.readouterr().err
    assert name in said
    assert "s3cret" not in said


@pytest.mark.usefixtures("complete")
def test_an_address_that_a_role_cannot_do_without_is_named_when_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(MissingSettingError) as fault:
        load(ProbeSettings).need("database_url")
    assert fault.value.name == "PROBE_DATABASE_URL"
    with pytest.raises(MissingSettingError) as fault:
        load(ProbeSettings).need("object_store_url")
    assert fault.value.name == "OBJECT_STORE_URL"
    monkeypatch.setenv("PROBE_DATABASE_URL", "postgresql://api:word@host/db")
    settings = load(ProbeSettings)
    assert settings.need("database_url") == "postgresql://api:word@host/db"
    assert "api:word" not in repr(settings)


def test_a_day_is_a_vietnamese_day() -> None:
    assert vietnamese_day(datetime(2020, 12, 31, 16, 59, 59, tzinfo=UTC)) == date(2020, 12, 31)
    assert vietnamese_day(datetime(2020, 12, 31, 17, tzinfo=UTC)) == date(2021, 1, 1)
    assert start_of_day(date(2021, 1, 1)) == datetime(2020, 12, 31, 17, tzinfo=UTC)


@given(st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_every_instant_lies_in_exactly_its_own_day(instant: datetime) -> None:
    day = vietnamese_day(instant)
    assert start_of_day(day) <= instant <= end_of_day(day)
    assert end_of_day(day) + timedelta(microseconds=1) == start_of_day(day + timedelta(days=1))


def test_ids_are_uuid7_that_sort_by_the_time_they_were_made() -> None:
    ids = [new_id() for _ in range(1_000)]
    assert {one.version for one in ids} == {7}
    assert ids == sorted(ids)
    assert utc_now().tzinfo is UTC


def test_shards_are_fixed_and_evenly_used() -> None:
    assert shard_of(UUID("01980000-0000-7000-8000-0000000000c7")) == 0xC7 % SHARDS
    used = [shard_of(new_id()) for _ in range(6_400)]
    assert set(used) == set(range(SHARDS))
    assert max(used.count(shard) for shard in range(SHARDS)) < 200


@given(st.uuids())
def test_a_cursor_brings_back_the_id_it_was_made_of(last: UUID) -> None:
    content = page([last, UUID(int=0)], limit=1, total=9, id_of=lambda row: row, item=str)
    assert content["items"] == [str(last)]
    assert after(content["next"]) == last
    assert len(content["next"]) < 64
    for rows in ([last], []):
        assert page(rows, limit=1, total=len(rows), id_of=lambda row: row)["next"] is None


@pytest.mark.parametrize(
    "cursor", ["", "x", "äöü", "AAAA", "!" * 22, "A" * 64, base64.urlsafe_b64encode(b"x" * 17).decode()]
)
def test_what_is_no_cursor_of_ours_is_a_bad_request(cursor: str) -> None:
    with pytest.raises(Problem) as fault:
        after(cursor)
    assert fault.value.kind.status == 400


def _database_fault(sqlstate: str) -> DBAPIError:
    cause = asyncpg.PostgresError("fault")
    cause.sqlstate = sqlstate
    return DBAPIError("SELECT 1", {}, cause)


@pytest.mark.parametrize(
    ("fault", "transient", "collision"),
    [
        (_database_fault("40P01"), True, True),
        (_database_fault("40001"), True, True),
        (_database_fault("55P03"), True, False),
        (_database_fault("57P01"), True, False),
        (_database_fault("53300"), True, False),
        (_database_fault("08006"), True, False),
        (_database_fault("57014"), True, False),
        (_database_fault("23505"), False, False),
        (_database_fault("22P02"), False, False),
        (_database_fault("42P01"), False, False),
        (_database_fault("42501"), False, False),
        (PoolTimeoutError(), True, False),
        (ConnectionResetError(), True, False),
        (TimeoutError(), True, False),
        (KeyError(), False, False),
        (ValueError(), False, False),
    ],
)
def test_faults_that_pass_by_themselves_are_told_from_those_that_do_not(
    fault: BaseException, transient: bool, collision: bool
) -> None:
    assert is_transient(fault) is transient
    assert is_collision(fault) is collision


async def test_real_faults_of_a_real_database_are_told_apart(engine: AsyncEngine) -> None:
    async def fault_of(statement: str) -> BaseException:
        with pytest.raises(Exception) as found:
            async with engine.begin() as connection:
                await connection.execute(sa.text(statement))
        return found.value

    assert is_transient(await fault_of("SELECT pg_terminate_backend(pg_backend_pid())"))
    assert is_transient(await fault_of("SET LOCAL statement_timeout = 1; SELECT pg_sleep(1)")) is False, (
        "two statements"
    )
    assert not is_transient(await fault_of("SELECT 1/0"))
    assert not is_transient(await fault_of("SELECT 'x'::uuid"))
    assert not is_transient(await fault_of("SELECT * FROM nowhere"))
    nobody = make_engine("postgresql://nobody:none@127.0.0.1:9/none")
    with pytest.raises(OSError) as refused:
        async with nobody.connect():
            pass
    assert is_transient(refused.value)
    await nobody.dispose()


async def test_colliding_work_is_run_again_and_any_other_fault_goes_up_at_once() -> None:
    tries = 0

    async def collides_twice() -> str:
        nonlocal tries
        tries += 1
        if tries < 3:
            raise _database_fault("40P01")
        return "done"

    assert await retrying(collides_twice) == "done"
    assert tries == 3

    async def refused() -> None:
        nonlocal tries
        tries += 1
        raise _database_fault("23505")

    tries = 0
    with pytest.raises(DBAPIError):
        await retrying(refused)
    assert tries == 1


async def test_an_object_is_kept_once_under_its_content_and_comes_back_whole(tmp_path: Path) -> None:
    objects = ObjectStoreObjects((tmp_path / "objects").as_uri())
    keys = await asyncio.gather(*(objects.keep("paper", b"content") for _ in range(8)))
    assert len(set(keys)) == 1
    assert await objects.fetch(keys[0]) == b"content"
    assert await objects.keep("paper", b"other") != keys[0]
    with pytest.raises(FileNotFoundError):
        await objects.fetch("paper/00/none")
