"""Composition root: settings in, engines built, routes mounted. The same builder serves every process."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from services.reporting import api, consumer
from services.reporting.settings import Settings
from shared.health import metrics_of, readiness_of
from shared.process import Engines, Parts
from shared.tokens import Verifier
from shared.web import create_app
from shared.wording import Wording


@asynccontextmanager
async def build(settings: Settings, role: str) -> AsyncIterator[Parts]:
    """Everything a reporting process of this role needs, closed at the end."""
    engines = Engines.of("reporting", settings, role)
    app = create_app(
        "reporting",
        environment=settings.environment,
        verifier=Verifier(settings.internal_jwks_file, "reporting"),
        errors=api.ERRORS,
        wording=Wording(api.VIETNAMESE),
        readiness=readiness_of("reporting", engines.any),
        refresh_metrics=metrics_of(engines.counting, ()),
        engine=engines.api,
    )
    if engines.api is not None:
        api.mount(app, engines.api)
    try:
        yield Parts(
            name="reporting",
            app=app,
            worker_engine=engines.worker,
            handlers=consumer.handlers(),
        )
    finally:
        await engines.close()
