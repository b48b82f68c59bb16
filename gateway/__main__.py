"""`python -m gateway`: exit 0 after a clean stop, 2 where a setting is missing or wrong."""

from __future__ import annotations

import asyncio
import gc
import signal
import sys

import uvloop

from gateway.main import build
from gateway.server import serve
from gateway.settings import Settings, WrongFileError
from shared import telemetry
from shared.settings import load


async def _run(settings: Settings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with build(settings) as gateway:
        gc.collect()
        gc.freeze()  # what is built stays to the end; the collector need not walk it again under load
        watching = asyncio.create_task(telemetry.watch_loop(stop))
        try:
            await serve(gateway, settings.host, settings.port, stop)
        finally:
            watching.cancel()


def main() -> None:
    """Runs the gateway until it is told to stop."""
    telemetry.configure_logs("gateway")
    settings = load(Settings)
    try:
        uvloop.run(_run(settings))
    except WrongFileError as fault:
        sys.stderr.write(f"{fault}\n")
        raise SystemExit(2) from None


if __name__ == "__main__":
    main()
