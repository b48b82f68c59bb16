"""A file in a request: the raw body, or the part `file` of a form; counted while it comes."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Set
from urllib.parse import unquote

from fastapi import Request
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from shared import problems
from shared.problems import Problem

_FORM = "multipart/form-data"
_FORM_OVERHEAD = 64 * 1024


async def file_of(request: Request, largest: int, kinds: Set[str] | None = None) -> tuple[bytes, str | None]:
    """The content and the file's name. `kinds`: content types a raw body may have, None for any.

    Raises Problem 413 past `largest` bytes, 415, 400 where there is no file.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != _FORM and kinds is not None and kind not in kinds:
        raise Problem(problems.UNSUPPORTED_MEDIA)
    body = await _body(request, largest + (_FORM_OVERHEAD if kind == _FORM else 0))
    name = request.headers.get("x-file-name")
    content, named = await _part(request, body) if kind == _FORM else (body, None)
    if not content:
        raise Problem(problems.BAD_REQUEST, detail="file")
    return content, (unquote(name, errors="replace") if name else named or "").replace("\x00", "")[:200] or None


async def _body(request: Request, most: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > most:
            raise Problem(problems.TOO_LARGE)
        parts.append(chunk)
    return b"".join(parts)


async def _part(request: Request, body: bytes) -> tuple[bytes, str | None]:
    async def stream() -> AsyncGenerator[bytes, None]:
        yield body

    try:
        form = await MultiPartParser(request.headers, stream(), max_files=1, max_fields=10).parse()
    except (MultiPartException, KeyError):
        raise Problem(problems.BAD_REQUEST, detail="file") from None
    try:
        upload = form.get("file")
        if not isinstance(upload, UploadFile):
            raise Problem(problems.BAD_REQUEST, detail="file")
        return await upload.read(), upload.filename
    finally:
        await form.close()
