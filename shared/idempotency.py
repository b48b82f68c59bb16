"""`Idempotency-Key`: a call that changes something takes effect once, and a repeat is given the first answer.

The key, the effect and the answer are stored in one transaction. So a client that never heard an answer repeats the
call under the same key: either all of it is there and the answer comes again, or nothing is and it is done now. Two
calls at once under one key wait for each other. Answers are kept for KEEP; a refusal is not kept, for it had no effect.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from fastapi import Request, Response
from fastapi.routing import APIRoute
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from starlette.types import Message, Receive

from shared.callers import principal_of
from shared.clock import utc_now
from shared.database import retrying, spanning
from shared.problems import BAD_REQUEST, CONFLICT, Problem

KEY = "idempotency-key"
REPLAYED = "idempotency-replayed"
KEEP = timedelta(days=7)
LONGEST = 255
WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})

PURGE = sa.text("DELETE FROM kept_answer WHERE kept_at < :before")
_CLAIM = sa.text("""
    INSERT INTO kept_answer (province_id, account, key, fingerprint, kept_at)
    VALUES (:province_id, :account, :key, :fingerprint, :now)
    ON CONFLICT DO NOTHING RETURNING true
""")
_KEPT = sa.text("""
    SELECT fingerprint, status, body FROM kept_answer
    WHERE province_id = :province_id AND account = :account AND key = :key
""")
_KEEP = sa.text("""
    UPDATE kept_answer SET status = :status, body = :body
    WHERE province_id = :province_id AND account = :account AND key = :key
""")
_PARAMETER = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST, "pattern": "^[!-~]+$"},
}

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class OnceRoute(APIRoute):
    """A route whose writes honour the header; reads and calls without it go straight on.

    400 where the key is not 1 to 255 visible ASCII characters, 409 where it came before with another call. The key
    belongs to the account that sent it, within its province.
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **more: Any) -> None:
        if WRITES & set(more.get("methods") or ()):
            extra = dict(more.get("openapi_extra") or {})
            more["openapi_extra"] = extra | {"parameters": [*extra.get("parameters", ()), _PARAMETER]}
        super().__init__(path, endpoint, **more)

    def get_route_handler(self) -> Handler:
        """FastAPI's handler, in one transaction with the key and the answer."""
        handle = super().get_route_handler()

        async def once(request: Request) -> Response:
            key = request.headers.get(KEY)
            if key is None or request.method not in WRITES:
                return await handle(request)
            if not 0 < len(key) <= LONGEST or not all("!" <= sign <= "~" for sign in key):
                raise Problem(BAD_REQUEST, detail="Idempotency-Key")
            principal = principal_of(request)
            engine: AsyncEngine | None = request.app.state.engine
            if principal.province_id is None or engine is None:
                return await handle(request)  # no province, no row: what such a caller may do is repeatable by itself
            call = await _Call.of(request, principal.province_id, principal.account, key)
            return await retrying(lambda: call.once(engine, handle))

        return once


class _Call:
    """One call under a key; its body is read once and given to every try."""

    def __init__(self, request: Request, key: dict[str, Any], fingerprint: bytes, body: bytes) -> None:
        self._request = request
        self._key = key
        self._fingerprint = fingerprint
        self._body = body

    @classmethod
    async def of(cls, request: Request, province_id: UUID, account: str, key: str) -> _Call:
        body = await request.body()
        said = (request.method, request.scope["path"], request.scope["query_string"].decode("latin-1"))
        fingerprint = hashlib.sha256("\n".join(said).encode() + b"\n" + body).digest()
        return cls(request, {"province_id": province_id, "account": account, "key": key}, fingerprint, body)

    async def once(self, engine: AsyncEngine, handle: Handler) -> Response:
        """Does it, or answers as before. Whatever the handler raises undoes the claim with everything else."""
        async with spanning(engine, self._key["province_id"]) as connection:
            claim = {**self._key, "fingerprint": self._fingerprint, "now": utc_now()}
            if not (await connection.execute(_CLAIM, claim)).scalar():
                return await self._again(connection)
            response = await handle(Request(self._request.scope, self._receive()))
            answer = {"status": response.status_code, "body": bytes(response.body)}
            await connection.execute(_KEEP, {**self._key, **answer})
            return response

    async def _again(self, connection: AsyncConnection) -> Response:
        kept = (await connection.execute(_KEPT, self._key)).one()
        if kept.fingerprint != self._fingerprint:
            raise Problem(CONFLICT, detail="Idempotency-Key")
        headers = {REPLAYED: "true"}
        return Response(kept.body, kept.status, headers=headers, media_type="application/json")

    def _receive(self) -> Receive:
        """The body once more, then whatever the client does next."""
        left = [self._body]

        async def receive() -> Message:
            if left:
                return {"type": "http.request", "body": left.pop(), "more_body": False}
            return await self._request.receive()

        return receive
