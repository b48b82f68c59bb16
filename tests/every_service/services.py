"""The services as they lie in the tree, and one of them built for a test."""

from __future__ import annotations

import importlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import ModuleType

import httpx
import pytest
from joserfc.jwk import ECKey

from shared.process import Parts

FOLDER = Path(__file__).parents[2] / "services"
SERVICES = sorted(path.parent.name for path in FOLDER.glob("*/__init__.py"))


def module(service: str, name: str) -> ModuleType:
    """`services.<service>.<name>`; its absence fails naming it."""
    return importlib.import_module(f"services.{service}.{name}")


@asynccontextmanager
async def built(
    service: str, urls: dict[str, str], folder: Path, patch: pytest.MonkeyPatch, role: str = "all"
) -> AsyncIterator[tuple[Parts, httpx.AsyncClient]]:
    """The service by its own builder with settings from the environment, and a client that speaks to its app."""
    key = ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256"}, auto_kid=True)
    jwks = folder / "jwks.json"
    jwks.write_text(json.dumps({"keys": [key.as_dict(private=False)]}))
    upper = service.upper()
    for name, value in {
        f"{upper}_DATABASE_URL": urls["api"],
        f"{upper}_WORKER_DATABASE_URL": urls["worker"],
        f"{upper}_PORT": "1",
        "KAFKA_BOOTSTRAP": "127.0.0.1:9",
        "INTERNAL_JWKS_FILE": str(jwks),
        "CERTIFICATES_PUBLIC_URL": "https://bdtx.example",
        "OBJECT_STORE_URL": (folder / "objects").as_uri(),
    }.items():
        patch.setenv(name, value)
    patch.delenv("BDTX_ENV", raising=False)
    settings = module(service, "settings").Settings()
    async with module(service, "main").build(settings, role) as parts:
        transport = httpx.ASGITransport(app=parts.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
            yield parts, client
