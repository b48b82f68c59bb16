"""The four services' own apps, built once for a module of tests, over migrated and emptied databases."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from tests.bad_input.service import CANARY, Service, opened
from tests.every_service.services import SERVICES
from tests.support.databases import Databases


@pytest.fixture(scope="module")
async def services(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[dict[str, Service]]:
    """Each service by its name."""
    async with AsyncExitStack() as stack:
        found = {}
        for name in SERVICES:
            folder: Path = tmp_path_factory.mktemp(name)
            found[name] = await stack.enter_async_context(opened(name, databases, folder))
        yield found


@pytest.fixture(params=SERVICES)
async def service(request: pytest.FixtureRequest, services: dict[str, Service]) -> Service:
    """One after the other."""
    return services[str(request.param)]


@pytest.fixture
def nothing_said(caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> Iterator[None]:
    """Whatever was logged meanwhile holds no canary."""
    caplog.set_level(logging.DEBUG)
    with capture_logs() as lines:
        yield
    out, err = capfd.readouterr()
    assert CANARY not in f"{lines}{caplog.text}{out}{err}"
