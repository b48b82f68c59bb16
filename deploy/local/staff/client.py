"""Calls of the sample staff, each on record in staff-acts.ndjson."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import Any, Self

import aiohttp
import msgspec

from shared.clock import VIETNAM, new_id, utc_now

_PATIENCE_S = 120.0
_TOKEN_LIFE_S = 3_000.0


class StaffCallError(Exception):
    """A call that was refused for good."""


class StaffClient:
    """Logs accounts in with the built-in issuer and calls the gateway in their name, at a date of the course.

    `token_of` gives an account's token where the gateway has no built-in issuer.
    """

    def __init__(self, base: str, record: Path, *, token_of: Callable[[str], str] | None = None) -> None:
        self._base = base
        self.token_of = token_of
        self._path = record
        self._tokens: dict[str, tuple[float, str]] = {}

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=180))
        self._file = self._path.open("ab")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()
        self._file.close()

    async def get(self, account: str, path: str, **query: str | int) -> Any:
        """Reads; not on record, for it changes nothing."""
        parameters = {name.rstrip("_"): str(value) for name, value in query.items()}
        return await self._call(account, "GET", path, None, None, parameters)

    async def every(self, account: str, path: str, **query: str | int) -> list[Any]:
        """All items of a list, page after page."""
        items: list[Any] = []
        cursor: dict[str, str | int] = {}
        while True:
            page = await self.get(account, path, limit=500, **query, **cursor)
            items += page["items"]
            if page["next"] is None:
                return items
            cursor = {"cursor": page["next"]}

    async def act(
        self, account: str, method: str, path: str, body: object, at: datetime, *, file: Path | None = None
    ) -> Any:
        """Acts at a date of the course; repeated under one key while the platform does not answer. Raises
        StaffCallError."""
        return await self._call(account, method, path, body, at, {}, file, str(new_id()))

    async def _call(
        self,
        account: str,
        method: str,
        path: str,
        body: object,
        at: datetime | None,
        query: dict[str, str],
        file: Path | None = None,
        key: str | None = None,
    ) -> Any:
        until = monotonic() + _PATIENCE_S
        pause = 0.2
        while True:
            status, answer = await self._attempt(account, method, path, body, at, query, file, key)
            if 200 <= status < 300:
                return answer
            if status not in (0, 401, 429, 502, 503, 504) or monotonic() > until:
                raise StaffCallError(f"{method} {path} by {account}: {status} {answer}")
            if status == 401:
                self._tokens.pop(account, None)
            await asyncio.sleep(pause)
            pause = min(2 * pause, 5.0)

    async def _attempt(
        self,
        account: str,
        method: str,
        path: str,
        body: object,
        at: datetime | None,
        query: dict[str, str],
        file: Path | None,
        key: str | None,
    ) -> tuple[int, Any]:
        sent = utc_now()
        status, answer = 0, None
        try:
            headers = {"authorization": f"Bearer {await self._token(account)}"}
            if at is not None:
                headers["x-with-server-date"] = at.astimezone(VIETNAM).isoformat()
            if key is not None:
                headers["idempotency-key"] = key
            content: bytes | None = None
            if file is not None:
                content = await asyncio.to_thread(file.read_bytes)
                headers |= {"content-type": "application/octet-stream", "x-file-name": file.name}
            elif body is not None:
                content = msgspec.json.encode(body)
                headers["content-type"] = "application/json"
            async with self._session.request(
                method, f"{self._base}{path}", params=query, data=content, headers=headers
            ) as response:
                raw = await response.read()
                status = response.status
                answer = msgspec.json.decode(raw) if raw else None
        except (aiohttp.ClientError, TimeoutError, msgspec.DecodeError):
            status = 0 if status < 400 else status
        if key is not None:
            self._write(sent, account, method, path, {"file": file.name} if file else body, key, status, answer)
        return status, answer

    async def _token(self, account: str) -> str:
        known = self._tokens.get(account)
        if known is not None and known[0] > monotonic():
            return known[1]
        if self.token_of is not None:
            token = self.token_of(account)
            self._tokens[account] = (monotonic() + _TOKEN_LIFE_S, token)
            return token
        async with self._session.post(f"{self._base}/local/token", json={"account": account}) as response:
            if response.status != 200:
                raise aiohttp.ClientConnectionError(f"no token: {response.status}")
            token = str((await response.json())["access_token"])
        self._tokens[account] = (monotonic() + _TOKEN_LIFE_S, token)
        return token

    def _write(
        self, sent: datetime, account: str, method: str, path: str, body: object, key: str, status: int, answer: object
    ) -> None:
        line = {
            "at": sent.astimezone(UTC),
            "account": account,
            "method": method,
            "path": path,
            "body": body,
            "key": key,
            "status": status,
            "answer": answer,
        }
        self._file.write(msgspec.json.encode(line) + b"\n")
        self._file.flush()
