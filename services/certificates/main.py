"""Composition root: settings in, engines and store built, routes mounted. The same builder serves every process."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from services.certificates import api, consumer, jobs
from services.certificates.adapters.drawing import Drawers
from services.certificates.settings import Settings
from shared.health import metrics_of, readiness_of
from shared.objects import ObjectStoreObjects
from shared.process import Engines, Parts
from shared.tokens import Verifier
from shared.web import create_app
from shared.wording import Wording


@asynccontextmanager
async def build(settings: Settings, role: str) -> AsyncIterator[Parts]:
    """Everything a certificates process of this role needs, closed at the end."""
    engines = Engines.of("certificates", settings, role)
    objects = ObjectStoreObjects(settings.need("object_store_url"))
    drawers = Drawers(settings.drawers)
    work = jobs.jobs(engines.worker, settings.public_url, drawers, objects) if engines.worker else ()
    app = create_app(
        "certificates",
        environment=settings.environment,
        verifier=Verifier(settings.internal_jwks_file, "certificates"),
        errors=api.ERRORS,
        wording=Wording(api.VIETNAMESE),
        readiness=readiness_of("certificates", engines.any),
        refresh_metrics=metrics_of(engines.counting, work),
        engine=engines.api,
    )
    if engines.api is not None:
        api.mount(app, engines.api, objects, settings.public_url)
    try:
        yield Parts(
            name="certificates",
            app=app,
            worker_engine=engines.worker,
            handlers=consumer.handlers(),
            jobs=work,
        )
    finally:
        drawers.close()
        await engines.close()
