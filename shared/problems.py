"""RFC 9457 problems in Vietnamese and English. Domain exceptions are plain; each `api` holds its table of these."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
from starlette.responses import Response

PROBLEM_JSON = "application/problem+json"


@dataclass(frozen=True)
class Kind:
    """A kind of problem: a stable `type`, its status, and its title in both languages."""

    slug: str
    status: int
    vi: str
    en: str


BAD_REQUEST = Kind("bad-request", 400, "Yêu cầu không đúng dạng", "The request is malformed")
UNAUTHENTICATED = Kind(
    "unauthenticated", 401, "Chưa đăng nhập hoặc phiên đã hết hạn", "Not logged in, or the token is not valid"
)
FORBIDDEN = Kind("forbidden", 403, "Vai trò của bạn không cho phép việc này", "Your role does not allow this")
NOT_FOUND = Kind("not-found", 404, "Không tìm thấy", "Not found")
METHOD_NOT_ALLOWED = Kind("method-not-allowed", 405, "Phương thức không được hỗ trợ", "Method not allowed")
CONFLICT = Kind("conflict", 409, "Trái với điều đã ghi nhận trước đó", "In conflict with what was recorded before")
PRECONDITION_FAILED = Kind(
    "precondition-failed", 412, "Không còn là phiên bản đã nêu", "Not the version that was named any more"
)
TOO_LARGE = Kind("too-large", 413, "Nội dung gửi lên quá lớn", "The content is too large")
UNSUPPORTED_MEDIA = Kind("unsupported-media-type", 415, "Kiểu nội dung không được hỗ trợ", "Unsupported content type")
INVALID = Kind("invalid", 422, "Dữ liệu không hợp lệ", "The data is not valid")
TOO_MANY = Kind(
    "too-many-requests",
    429,
    "Gửi quá nhiều yêu cầu, vui lòng thử lại sau",
    "Too many requests, try again later",
)
INTERNAL = Kind("internal", 500, "Hệ thống gặp lỗi; sự việc đã được ghi lại", "Internal error; it has been recorded")
UNAVAILABLE = Kind(
    "unavailable",
    503,
    "Hệ thống tạm thời chưa phục vụ được, vui lòng thử lại",
    "Temporarily unavailable, try again",
)
GATEWAY_TIMEOUT = Kind(
    "gateway-timeout", 504, "Dịch vụ phía sau không trả lời kịp", "The service behind did not answer in time"
)

BY_STATUS: dict[int, Kind] = {
    kind.status: kind
    for kind in (
        BAD_REQUEST, UNAUTHENTICATED, FORBIDDEN, NOT_FOUND, METHOD_NOT_ALLOWED, CONFLICT,
        PRECONDITION_FAILED, TOO_LARGE, UNSUPPORTED_MEDIA, INVALID, TOO_MANY, INTERNAL, UNAVAILABLE, GATEWAY_TIMEOUT,
    )
}  # fmt: skip


@dataclass
class Problem(Exception):  # noqa: N818  # the RFC's own word
    """Raised at the edge only. `detail` is for people and never repeats a value that was sent."""

    kind: Kind
    detail: str | None = None
    errors: Sequence[Mapping[str, str]] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    more: Mapping[str, Any] = field(default_factory=dict)


def wants_english(accept_language: str | None) -> bool:
    """Vietnamese unless English is asked for first."""
    return (accept_language or "").strip().lower().startswith("en")


def body_of(problem: Problem, instance: str, *, english: bool) -> bytes:
    """The problem's JSON."""
    kind = problem.kind
    content: dict[str, Any] = {
        "type": f"https://bdtx.vn/problems/{kind.slug}",
        "title": kind.en if english else kind.vi,
        "status": kind.status,
        "instance": instance,
    }
    if problem.detail:
        content["detail"] = problem.detail
    if problem.errors:
        content["errors"] = list(problem.errors)
    return msgspec.json.encode(content | dict(problem.more))


def answer(problem: Problem, instance: str, accept_language: str | None) -> Response:
    """The problem as a response."""
    english = wants_english(accept_language)
    return Response(
        body_of(problem, instance, english=english),
        status_code=problem.kind.status,
        media_type=PROBLEM_JSON,
        headers={"content-language": "en" if english else "vi", **problem.headers},
    )
