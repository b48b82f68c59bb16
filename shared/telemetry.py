"""Logs (one JSON object a line), metrics, and the trace context that goes from the webhook to the certificate."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import sys
from collections import deque
from contextvars import ContextVar
from typing import Any

import structlog
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.trace import format_span_id, format_trace_id
from prometheus_client import Counter, Gauge, Histogram
from structlog.tracebacks import ExceptionDictTransformer
from structlog.typing import ExcInfo, Processor

_IDS = RandomIdGenerator()
_TRACEPARENT = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")

traceparent_now: ContextVar[str | None] = ContextVar("traceparent_now", default=None)

REQUESTS = Histogram("http_request_duration_seconds", "Time to answer", ["method", "route", "status"])
OUTBOX_ROWS = Gauge("outbox_unpublished_rows", "Events that wait for the relay")
OUTBOX_AGE = Gauge("outbox_oldest_unpublished_age_seconds", "Age of the oldest event that waits for the relay")
PARTITIONS = Gauge("consumer_partitions", "Partitions that the group gave this process")
LAG = Gauge("consumer_lag_records", "Records in the log that are not yet applied")
POLLED = Gauge(
    "consumer_last_poll_age_seconds", "Time since the consumer last asked for records; grows while it is stuck"
)
PARKED = Gauge("consumer_parked_events", "Events that could not be applied and are not settled by a person")
LOOP_LAG = Gauge("event_loop_lag_seconds", "How late the event loop woke a sleeper, at worst in the last 15 s")
JOB_BACKLOG = Gauge("job_backlog_rows", "Rows that wait for the worker", ["job"])
JOB_FAULTS = Counter("job_faults_total", "Runs of a job that failed", ["job"])


LOOP_EVERY_S = 0.25
_LOOP_REMEMBERED = 60


async def watch_loop(stop: asyncio.Event) -> None:
    """Measures how late this loop wakes, until `stop`: what blocks it delays every request and heartbeat alike."""
    loop = asyncio.get_running_loop()
    late: deque[float] = deque(maxlen=_LOOP_REMEMBERED)
    while not stop.is_set():
        due = loop.time() + LOOP_EVERY_S
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), LOOP_EVERY_S)
        late.append(max(0.0, loop.time() - due))
        LOOP_LAG.set(max(late))


def continue_trace(received: str | None) -> str:
    """A child of the received W3C `traceparent`, or a new trace where there is none or it is malformed."""
    span = format_span_id(_IDS.generate_span_id())
    if received and _TRACEPARENT.fullmatch(received):
        return f"{received[:35]}-{span}-{received[-2:]}"
    return f"00-{format_trace_id(_IDS.generate_trace_id())}-{span}-01"


_transform = ExceptionDictTransformer(show_locals=False)


def _faults_without_values(exc_info: ExcInfo) -> list[dict[str, Any]]:
    """Where a fault happened and of what class, never its text or the frames' variables: both quote people's rows."""
    return [one | {"exc_value": ""} for one in _transform(exc_info)]


def _is_news(record: logging.LogRecord) -> bool:
    """Without aiokafka's own words for a broker that is away: it calls each try of each connection an error, some
    forty a second, and whoever asked is told by an exception and says so once. What it did not expect it says with a
    traceback, and that is kept."""
    return record.exc_info is not None or not record.name.startswith("aiokafka")


def configure_logs(process: str, *, level: int = logging.INFO) -> None:
    """JSON lines on stdout for our own logs and the libraries' warnings alike."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.ExceptionRenderer(_faults_without_values),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.addFilter(_is_news)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.add_logger_name],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    # A caller's malformed form is answered to the caller.
    logging.getLogger("python_multipart").setLevel(logging.ERROR)
    structlog.contextvars.bind_contextvars(process=process)
    logging.getLogger("shared").setLevel(level)
    logging.getLogger("services").setLevel(level)
    logging.getLogger("gateway").setLevel(level)
