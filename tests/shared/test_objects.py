"""The object store: content under its own hash, written once, wherever the folder lies."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path

import pytest

from shared.objects import ObjectStoreObjects


def files(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


@pytest.mark.parametrize("name", ["plain", "with a space", "100% tỉnh Long An", "a%20b", "a+b#c?d"])
async def test_a_folder_of_any_name_is_made_and_keeps_content(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name / "objects"
    objects = ObjectStoreObjects(folder.as_uri())
    key = await objects.keep("imports", b"content")
    digest = hashlib.sha256(b"content").hexdigest()
    assert key == f"imports/{digest[:2]}/{digest}"
    assert files(folder) == {key: b"content"}
    assert await ObjectStoreObjects(folder.as_uri()).fetch(key) == b"content"


@pytest.mark.parametrize("size", [0, 1, 12 << 20])
async def test_the_same_content_is_kept_once_by_however_many(tmp_path: Path, size: int) -> None:
    objects = ObjectStoreObjects(tmp_path.as_uri())
    content = b"x" * size
    keys = await asyncio.gather(*(objects.keep("certificates", content) for _ in range(8)))
    assert len(set(keys)) == 1
    assert files(tmp_path) == {keys[0]: content}
    assert await objects.fetch(keys[0]) == content


async def test_a_key_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    objects = ObjectStoreObjects(tmp_path.as_uri())
    for key in ("certificates/00/none", "nothing"):
        with pytest.raises(FileNotFoundError):
            await objects.fetch(key)
    with pytest.raises(Exception, match=r"\.\."):
        await objects.fetch("../outside")
