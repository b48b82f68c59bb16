"""A small checkout of the dashboard, with the real packages of the real one."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from deploy.local.dashboard import building

CHECKOUT = building.SOURCES
FILES = ("package.json", "package-lock.json", ".npmrc", "vite.config.ts", "tsconfig.json")


@pytest.fixture(scope="session")
def modules() -> Path:
    """The packages of the lock, installed where `make check` and `make run` have them."""
    building.packages()
    return CHECKOUT / building.MODULES


@pytest.fixture
def sources(tmp_path: Path, modules: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Sources of one page in a folder of its own."""
    folder = tmp_path / "sources"
    (folder / "src").mkdir(parents=True)
    for name in FILES:
        shutil.copy2(CHECKOUT / name, folder)
    (folder / "index.html").write_text('<!doctype html><script type="module" src="/src/main.ts"></script>')
    (folder / "src" / "main.ts").write_text("document.title = 'one';")
    (folder / building.MODULES).symlink_to(modules)
    monkeypatch.setattr(building, "SOURCES", folder)
    return folder
