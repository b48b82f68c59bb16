"""Files in an object store: a folder locally, S3 in production. Keys are content's hashes, written once, never changed."""

from __future__ import annotations

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
        try:
            await self._store.put_async(key, content, mode="create")
        except AlreadyExistsError:
            pass  # its name is its content: it is there already
        return key

    async def fetch(self, key: str) -> bytes:
        """The content of a key. Raises FileNotFoundError (obstore's NotFoundError is one)."""
        answer = await self._store.get_async(key)
        return bytes(await answer.bytes_async())
