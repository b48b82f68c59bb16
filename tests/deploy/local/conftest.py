"""A LOCAL_DIR for tests that start servers: every user of the machine can enter it, which pytest's own is not."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.paths import LocalPaths


@pytest.fixture
def stack() -> Iterator[LocalPaths]:
    folder = Path(tempfile.mkdtemp(prefix="bdtx-test-"))
    folder.chmod(0o755)
    paths = LocalPaths.of(folder)
    paths.make()
    yield paths
    shutil.rmtree(folder)
