"""The client's types from the gateway's OpenAPI document, which is composed here without anything running."""

from __future__ import annotations

import asyncio
import importlib
import json
import os
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from deploy.local.dashboard import building
from deploy.local.paths import LocalPaths
from deploy.local.secrets import make_secrets
from gateway.main import build
from gateway.openapi import merge
from gateway.routes import Service
from gateway.settings import Settings
from shared.settings import load

TYPES = building.SOURCES / "src" / "api" / "schema.d.ts"
_NOWHERE = "postgresql+asyncpg://nobody@127.0.0.1:9/nothing"


def generate(target: Path = TYPES) -> None:
    """Writes the types. Raises BuildError."""
    with tempfile.TemporaryDirectory() as folder:
        document = Path(folder) / "openapi.json"
        document.write_text(json.dumps(asyncio.run(composed(Path(folder) / "stack"))), encoding="utf-8")
        tool = f"{building.MODULES}/openapi-typescript/bin/cli.js"
        run = (tool, str(document), "--output", str(target), "--root-types=false")
        building.run(*run, step="openapi-typescript", quiet=True)


def differs() -> bool:
    """Whether the types in the checkout are not those of the code. Raises BuildError."""
    with tempfile.TemporaryDirectory() as folder:
        fresh = Path(folder) / TYPES.name
        generate(fresh)
        return not TYPES.exists() or fresh.read_bytes() != TYPES.read_bytes()


async def composed(folder: Path) -> dict[str, Any]:
    """The merged document of the code as it is: every service built by its own composition root, none started."""
    paths = LocalPaths.of(folder)
    make_secrets(paths, tuple(Service))
    os.environ |= {
        "BDTX_ENV": "local",
        "KAFKA_BOOTSTRAP": "127.0.0.1:9",
        "INTERNAL_JWKS_FILE": str(paths.internal_jwks),
        "OBJECT_STORE_URL": paths.objects.as_uri(),
        "CERTIFICATES_PUBLIC_URL": "http://127.0.0.1:8080",
        "GATEWAY_SIGNING_KEY_FILE": str(paths.gateway_signing_key),
        "GATEWAY_WEBHOOK_SECRETS_FILE": str(paths.vendor_secrets),
        "GATEWAY_SESSION_KEY_FILE": str(paths.session_key),
        "GATEWAY_LOCAL_ISSUER_KEY_FILE": str(paths.local_issuer_key),
    }
    for service in Service:
        upper = service.upper()
        os.environ |= {f"{upper}_DATABASE_URL": _NOWHERE, f"{upper}_PORT": "9", f"{upper}_URL": "http://127.0.0.1:9"}
    documents = {}
    async with AsyncExitStack() as open_parts:
        for service in Service:
            root = importlib.import_module(f"services.{service}.main")
            settings = load(importlib.import_module(f"services.{service}.settings").Settings)
            documents[service] = (await open_parts.enter_async_context(root.build(settings, "api"))).app.openapi()
        gateway = await open_parts.enter_async_context(build(load(Settings)))
        return merge(documents, gateway.own_document())
