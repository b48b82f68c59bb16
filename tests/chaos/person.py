"""One caller of the platform inside a fault: a person of the sample who asks and decides through the gateway."""

from __future__ import annotations

import json
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import aiohttp

from deploy.local.stack import Stack

_LIMIT_S = 20.0


@dataclass(frozen=True)
class Answer:
    """What came back. `refusal` says that it names a time to come again and has a problem body."""

    status: int
    body: Any
    refusal: bool


class Person:
    """Logs in by the built-in issuer as the first sample account of a role. Raises aiohttp's errors, TimeoutError."""

    def __init__(self, stack: Stack, role: str) -> None:
        accounts = json.loads((stack.paths.sample / "accounts.json").read_text(encoding="utf-8"))["items"]
        self._account = next(one["account"] for one in accounts if one["role"] == role)
        self._gateway = stack.gateway_url

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(self._gateway, timeout=aiohttp.ClientTimeout(total=_LIMIT_S))
        async with self._session.post("/local/token", json={"account": self._account}) as answer:
            answer.raise_for_status()
            self._headers = {"authorization": f"Bearer {(await answer.json())['access_token']}"}
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    async def call(self, method: str, path: str, body: object = None) -> Answer:
        """One call, not repeated."""
        async with self._session.request(method, path, json=body, headers=self._headers) as answer:
            raw = await answer.read()
            refusal = answer.content_type == "application/problem+json" and "retry-after" in answer.headers
            return Answer(answer.status, json.loads(raw) if raw else None, refusal)
