"""The sound world and its history, that the checker's tests spoil."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from tests.chaos.history import History
from tests.chaos.told import ACTS, written
from tests.chaos.world import KEPT, PROVINCE, World, furnish
from tests.support.databases import SERVICES, Databases


@pytest.fixture
async def world(databases: Databases) -> AsyncIterator[World]:
    """One learner: two versions of her result, her verdict, list and certificate."""
    owners = {service: databases.urls(service)["owner"] for service in SERVICES}
    for service in SERVICES:
        await databases.clean(service)
    open_ = {service: await asyncpg.connect(owner) for service, owner in owners.items()}
    made = World(owners, open_)
    await furnish(made)
    for act in (act for act in ACTS if act["status"] == 200):
        await made.sql("grading", KEPT, PROVINCE, act["account"], act["key"], 200, json.dumps(act["answer"]))
    yield made
    for connection in open_.values():
        await connection.close()
    for service in SERVICES:
        await databases.clean(service)


@pytest.fixture
def told(tmp_path: Path) -> History:
    """What the clients know of that world."""
    return written(tmp_path)
