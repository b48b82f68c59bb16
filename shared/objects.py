"""Files in an object store (a folder locally, S3 in production): keyed by their content's hash, written once."""

from __future__ import annotations

import contextlib
import hashlib
from typing import Protocol

from obstore.exceptions import AlreadyExistsError
from obstore.store import ObjectStore, from_url


class Objects(Protocol):
    """What services ask of the store."""

    async def keep(self, kind: str, content: bytes) -> str: ...

    async def fetch(self, key: str) -> bytes: ...


class ObjectStoreObjects:
    """`file:///folder` or `s3://bucket/prefix`, by obstore."""

    def __init__(self, url: str) -> None:
        self._store: ObjectStore = from_url(url, mkdir=True) if url.startswith("file:") else from_url(url)

    async def keep(self, kind: str, content: bytes) -> str:
        """Stores content once and answers its key; the same content again is the same key."""
        digest = hashlib.sha256(content).hexdigest()
        key = f"{kind}/{digest[:2]}/{digest}"
        with contextlib.suppress(AlreadyExistsError):  # its name is its content: what is there is the same
            await self._store.put_async(key, content, mode="create")
        return key

    async def fetch(self, key: str) -> bytes:
        """The content of a key. Raises FileNotFoundError (obstore's NotFoundError is one)."""
        answer = await self._store.get_async(key)
        return bytes(await answer.bytes_async())
