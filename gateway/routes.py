"""The one table of what passes: public path, service behind, who may pass without a log-in, how large, how long."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

KIB = 1024
MIB = 1024 * KIB
JSON_LIMIT = MIB
UPLOAD_LIMIT = 20 * MIB
WEBHOOK_LIMIT = 2 * MIB
REQUEST_S = 30.0
IMPORT_S = 120.0


class Service(StrEnum):
    """The services behind the gateway; the value is the audience of their internal tokens."""

    ROSTER = "roster"
    GRADING = "grading"
    CERTIFICATES = "certificates"
    REPORTING = "reporting"


@dataclass(frozen=True)
class Route:
    """A public path and everything below it. `target` replaces the path where the service calls it otherwise."""

    path: str
    service: Service
    public: bool = False
    body_limit: int = JSON_LIMIT
    seconds: float = REQUEST_S
    target: str | None = None

    def rewritten(self, path: str) -> str:
        """The path as the service knows it."""
        return path if self.target is None else self.target + path[len(self.path) :]


def _api(service: Service, *words: str) -> tuple[Route, ...]:
    return tuple(Route(f"/api/v1/{word}", service) for word in words)


ROUTES: tuple[Route, ...] = (
    *_api(
        Service.ROSTER,
        "units", "people", "duplicates", "merges", "offerings", "classes", "enrolments", "forms", "role-grants",
    ),
    Route("/api/v1/imports", Service.ROSTER, body_limit=UPLOAD_LIMIT, seconds=IMPORT_S),
    *_api(
        Service.GRADING,
        "results", "verdicts", "recognition-lists", "grader-board", "schemes", "sources",
    ),
    *_api(Service.CERTIFICATES, "certificates", "register", "issuers"),
    *_api(Service.REPORTING, "reports", "submissions", "evidence"),
    Route("/api/v1/plans", Service.REPORTING, body_limit=UPLOAD_LIMIT, seconds=IMPORT_S),
    *(
        Route(f"/api/v1/{service}/{word}", service, target=f"/api/v1/{word}")
        for service in Service
        for word in ("parked", "audit")
    ),
    Route("/verify", Service.CERTIFICATES, public=True, body_limit=UPLOAD_LIMIT),
    Route("/credentials", Service.CERTIFICATES, public=True),
    Route("/status-lists", Service.CERTIFICATES, public=True),
    Route("/.well-known/jwks.json", Service.CERTIFICATES, public=True),
)  # fmt: skip

_BY_PATH = {route.path: route for route in ROUTES}
_DEEPEST_FIRST = sorted({route.path.count("/") for route in ROUTES}, reverse=True)

_UNSAFE = re.compile(r"//|\\|[\x00-\x20\x7f]|%(?:2f|5c|00|25|2e)|/\.\.?(?:/|$)", re.IGNORECASE)
"""What two readers of one path may understand differently; no path of ours has any of it."""


def find(path: str, raw_path: str) -> Route | None:
    """The route of a path, or None: also for a path with dot segments, doubled or encoded slashes."""
    if _UNSAFE.search(raw_path) or not raw_path.isascii():
        return None
    parts = path.split("/", _DEEPEST_FIRST[0] + 1)
    for depth in _DEEPEST_FIRST:  # or /api/v1/certificates would take what is /api/v1/certificates/parked
        route = _BY_PATH.get("/".join(parts[: depth + 1])) if depth < len(parts) else None
        if route is not None:
            return route
    return None
