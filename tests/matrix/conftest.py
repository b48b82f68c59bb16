"""The two provinces, played once for a file of tests."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.matrix.provinces import Province, provinces
from tests.support.databases import Databases


@pytest.fixture(scope="module")
async def both(
    databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[Province, Province]]:
    """Ours and the other."""
    async with provinces(databases, tmp_path_factory.mktemp("matrix")) as made:
        yield made
