"""Composition root: settings in, engines and the object store built, routes mounted. One builder for every process."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from services.roster import api, consumer
from services.roster.settings import Settings
from shared.health import metrics_of, readiness_of
from shared.objects import ObjectStoreObjects
from shared.process import Engines, Parts
from shared.tokens import Verifier
from shared.web import create_app
from shared.wording import Wording


@asynccontextmanager
async def build(settings: Settings, role: str) -> AsyncIterator[Parts]:
    """Everything a roster process of this role needs, closed at the end."""
    engines = Engines.of("roster", settings, role)
    app = create_app(
        "roster",
        environment=settings.environment,
        verifier=Verifier(settings.internal_jwks_file, "roster"),
        errors=api.ERRORS,
        wording=Wording(api.VIETNAMESE),
        readiness=readiness_of("roster", engines.any),
        refresh_metrics=metrics_of(engines.counting, ()),
        engine=engines.api,
    )
    if engines.api is not None:
        api.mount(app, engines.api, ObjectStoreObjects(settings.need("object_store_url")))
    try:
        yield Parts(name="roster", app=app, worker_engine=engines.worker, handlers=consumer.handlers())
    finally:
        await engines.close()
