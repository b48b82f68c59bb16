"""One full province, and its whole course, for all tests of this folder."""

import pytest

from deploy.local.sample.province import Province, build
from deploy.local.vendor.behaviour import VendorEvent, course_events


@pytest.fixture(scope="session")
def province() -> Province:
    return build()


@pytest.fixture(scope="session")
def stream(province: Province) -> list[VendorEvent]:
    return course_events(province)
