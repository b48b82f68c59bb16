"""RFC 9457 problems in Vietnamese and English. Domain exceptions are plain; each `api` holds its table of these."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
from starlette.responses import Response

PROBLEM_JSON = "application/problem+json"
_LANGUAGES = 20
"""So many of Accept-Language are looked at."""
_EARLIER = 1e-6
_WEIGHT = re.compile(r"0(?:\.\d{0,3})?|1(?:\.0{0,3})?", re.ASCII)


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
REQUEST_TIMEOUT = Kind(
    "request-timeout", 408, "Nội dung gửi lên không tới kịp", "The request's content did not arrive in time"
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
HEAD_TOO_LARGE = Kind("head-too-large", 431, "Phần đầu yêu cầu quá lớn", "The request's headers are too large")
INTERNAL = Kind("internal", 500, "Hệ thống gặp lỗi; sự việc đã được ghi lại", "Internal error; it has been recorded")
BAD_GATEWAY = Kind(
    "bad-gateway", 502, "Dịch vụ phía sau trả lời không đúng dạng", "The service behind gave a malformed answer"
)
UNAVAILABLE = Kind(
    "unavailable",
    503,
    "Hệ thống tạm thời chưa phục vụ được, vui lòng thử lại",
    "Temporarily unavailable, try again",
)
GATEWAY_TIMEOUT = Kind(
    "gateway-timeout", 504, "Dịch vụ phía sau không trả lời kịp", "The service behind did not answer in time"
)

KINDS: tuple[Kind, ...] = (
    BAD_REQUEST, UNAUTHENTICATED, FORBIDDEN, NOT_FOUND, METHOD_NOT_ALLOWED, REQUEST_TIMEOUT, CONFLICT,
    PRECONDITION_FAILED, TOO_LARGE, UNSUPPORTED_MEDIA, INVALID, TOO_MANY, HEAD_TOO_LARGE, INTERNAL, BAD_GATEWAY,
    UNAVAILABLE, GATEWAY_TIMEOUT,
)  # fmt: skip
"""Every kind there is: one for each status."""
BY_STATUS: dict[int, Kind] = {kind.status: kind for kind in KINDS}


@dataclass
class Problem(Exception):  # noqa: N818  # the RFC's own word
    """Raised at the edge only. `detail` is for people and never repeats a value that was sent."""

    kind: Kind
    detail: str | None = None
    errors: Sequence[Mapping[str, str]] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    more: Mapping[str, Any] = field(default_factory=dict)


def wants_english(accept_language: str | None) -> bool:
    """Vietnamese unless English is wanted more (RFC 9110, 12.5.4): by weight, at equal ones by what comes first."""
    weights = {"en": 0.0, "vi": 0.0}
    for place, part in enumerate((accept_language or "").lower().split(",")[:_LANGUAGES]):
        tag, *parameters = (word.strip() for word in part.split(";"))
        name = tag.partition("-")[0]
        if name in weights:
            weights[name] = max(weights[name], _weight(parameters) - place * _EARLIER)
    return weights["en"] > weights["vi"]


def _weight(parameters: Sequence[str]) -> float:
    given = next((one[2:] for one in parameters if one.startswith("q=")), "1")
    return float(given) if _WEIGHT.fullmatch(given) else 0.0


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
        headers={"content-language": "en" if english else "vi", "vary": "accept-language", **problem.headers},
    )
