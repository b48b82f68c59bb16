"""One full province for all tests of this folder."""

import pytest

from deploy.local.sample.province import Province, build


@pytest.fixture(scope="session")
def province() -> Province:
    return build()
