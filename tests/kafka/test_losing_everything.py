"""The broker loses everything, and topics are made again: reporting, emptied, comes back from the others' states."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path
from time import monotonic, sleep

import pytest
from aiokafka.admin import AIOKafkaAdminClient

from deploy.local.processes import read_record
from tests.journeys.end_state import end_state
from tests.support.databases import clean
from tests.support.whole_stack import WholeStack, whole_stack

TOPICS = ["roster.events", "grading.events", "certificates.events"]
KEPT = {'"database_epoch"', '"alembic_version"'}
PEOPLE = {"DEMO_PEOPLE": "60"}


def environment_of(stack: WholeStack, name: str) -> dict[str, str]:
    """What one process was started with."""
    record = read_record(stack.paths.run, name)
    assert record is not None
    pairs = Path(f"/proc/{record.pid}/environ").read_text(encoding="utf-8").split("\0")
    return dict(pair.split("=", 1) for pair in pairs if pair)


def empty_reporting(stack: WholeStack) -> None:
    """Every figure is gone; what it has seen too."""
    owner = environment_of(stack, "reporting")["REPORTING_OWNER_DATABASE_URL"]
    asyncio.run(clean(owner, KEPT))


async def delete_topics(bootstrap: str) -> None:
    """As an administrator might."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        assert {code for _, code in (await admin.delete_topics(TOPICS)).topic_error_codes} == {0}
    finally:
        await admin.close()


def wait_for_the_same(stack: WholeStack, want: object) -> float:
    """Seconds until reporting says again what it said."""
    began = monotonic()
    got: object = None
    while monotonic() - began < 90:
        try:
            got = end_state(stack)
        except AssertionError:  # it does not know the province yet
            got = None
        if got == want:
            return monotonic() - began
        sleep(0.5)
    assert got == want
    return monotonic() - began


@pytest.mark.slow
def test_the_totals_are_rebuilt_from_the_services_own_states() -> None:
    with whole_stack("losing", **PEOPLE) as stack:
        stack.wait_for("COURSE COMPLETE", 240)
        want = end_state(stack)
        empty_reporting(stack)
        assert stack.stop() == 0
        shutil.rmtree(stack.paths.root / "kafka")
        again = WholeStack(stack.paths, stack.port, {**PEOPLE, "DEMO": "none"})
        again.start()
        try:
            again.wait_for("READY", 120)
            lost = wait_for_the_same(again, want)
            empty_reporting(again)
            asyncio.run(delete_topics(environment_of(again, "reporting")["KAFKA_BOOTSTRAP"]))
            remade = wait_for_the_same(again, want)
            print(f"\nthe same again {lost:.1f} s after everything was lost, {remade:.1f} s after topics were deleted")
            assert again.faults() == []
        finally:
            again.stop()
