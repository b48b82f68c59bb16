"""Composition root: settings in, engines and rules built, routes mounted. The same builder serves every process."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from services.grading import api, consumer, jobs
from services.grading.domain import rubric
from services.grading.domain.scheme import shipped
from services.grading.settings import Settings
from shared.health import metrics_of, readiness_of
from shared.process import Engines, Parts
from shared.tokens import Verifier
from shared.web import create_app
from shared.wording import Wording


@asynccontextmanager
async def build(settings: Settings, role: str) -> AsyncIterator[Parts]:
    """Everything a grading process of this role needs, closed at the end."""
    engines = Engines.of("grading", settings, role)
    work = jobs.jobs(engines.worker, shipped()) if engines.worker else ()
    app = create_app(
        "grading",
        environment=settings.environment,
        verifier=Verifier(settings.internal_jwks_file, "grading"),
        errors=api.ERRORS,
        wording=Wording(api.VIETNAMESE),
        readiness=readiness_of("grading", engines.any),
        refresh_metrics=metrics_of(engines.counting, work),
        engine=engines.api,
    )
    if engines.api is not None:
        api.mount(app, engines.api, shipped(), rubric.shipped())
    try:
        yield Parts(
            name="grading",
            app=app,
            worker_engine=engines.worker,
            handlers=consumer.handlers(shipped()),
            jobs=work,
        )
    finally:
        await engines.close()
