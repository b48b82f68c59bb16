"""Uploaded files in the object store, by the hash of their content: kept once, never changed."""

from __future__ import annotations

import hashlib
from pathlib import Path
from urllib.parse import unquote, urlsplit

import obstore
from obstore.exceptions import AlreadyExistsError
from obstore.store import LocalStore, ObjectStore, from_url


class Files:
    """A folder locally (`file://…`), S3 in production."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._store: ObjectStore
        if parts.scheme in ("file", ""):
            self._store = LocalStore(Path(unquote(parts.path)), mkdir=True)
        else:
            self._store = from_url(url)

    async def keep(self, content: bytes) -> tuple[str, str]:
        """Stores the content unless it is there; answers (key, sha256)."""
        digest = hashlib.sha256(content).hexdigest()
        key = f"imports/{digest[:2]}/{digest}"
        try:
            await obstore.put_async(self._store, key, content, mode="create", use_multipart=False)
        except AlreadyExistsError:
            return key, digest
        return key, digest

    async def fetch(self, key: str) -> bytes:
        """The content kept under a key."""
        found = await obstore.get_async(self._store, key)
        return bytes(await found.bytes_async())
