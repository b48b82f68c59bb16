"""What every REST body is made of, and how it is read. Webhooks are not: by their contract an event's unknown members
are ignored, and the raw bytes are what was signed.

Whatever is wrong with a body's content is 422, as it is for the webhook; what is not even said to be JSON is 415.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import HTTPException, Request, Response
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict

from shared.problems import UNSUPPORTED_MEDIA, Problem


class Body(BaseModel):
    """Refuses members it does not know, 422 naming each: a misspelt one would be lost in silence."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class BadBodyError(HTTPException):
    """A body that cannot be taken, and where in it; of FastAPI's own kind, for it lets no other through while it reads
    a body."""

    def __init__(self, message: str, place: tuple[str | int, ...] = ("body",)) -> None:
        super().__init__(422)
        self.errors = [{"pointer": "/" + "/".join(str(part) for part in place), "message": message}]


class JsonRequest(Request):
    """A request whose body is JSON within what this interpreter reads; FastAPI names the place of any other fault."""

    async def json(self) -> Any:
        """The value. Raises BadBodyError for bytes that are not UTF-8, nesting without end, numbers of thousands of
        digits."""
        try:
            return await super().json()
        except json.JSONDecodeError:
            raise
        except (RecursionError, ValueError):
            raise BadBodyError("JSON in UTF-8, of bounded depth and bounded numbers") from None


class JsonRoute(APIRoute):
    """A route that, where it takes a JSON body, takes no other: 415 (RFC 9110, 15.5.16). A form or a plain text is also
    what a foreign page can send without asking the browser first."""

    request: type[JsonRequest] = JsonRequest

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """FastAPI's handler, given a request that looks at its body."""
        handle = super().get_route_handler()
        takes_json = self.body_field is not None

        async def read(request: Request) -> Response:
            if takes_json and _has_content(request) and not is_json(request.headers.get("content-type", "")):
                raise Problem(UNSUPPORTED_MEDIA)
            return await handle(self.request(request.scope, request.receive))

        return read


def is_json(content_type: str) -> bool:
    """`application/json` or `application/<anything>+json`, whatever its parameters."""
    kind, _, subtype = content_type.partition(";")[0].strip().lower().partition("/")
    return kind == "application" and (subtype == "json" or subtype.endswith("+json"))


def _has_content(request: Request) -> bool:
    # A length of 0 is a body that was left out; its type says nothing.
    return "transfer-encoding" in request.headers or request.headers.get("content-length", "0") != "0"
