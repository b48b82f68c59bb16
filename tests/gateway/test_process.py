"""`python -m gateway` as the launcher starts it."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Any

import aiohttp

from tests.gateway.conftest import free_port

ROOT = Path(__file__).parents[2]


async def start(environment: dict[str, str]) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "gateway",
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **environment},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )


def as_variables(environment: dict[str, Any]) -> dict[str, str]:
    return {name if name.isupper() else f"GATEWAY_{name}".upper(): str(value) for name, value in environment.items()}


async def test_it_names_every_missing_setting_and_ends_with_2() -> None:
    process = await start({})
    _, said = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode == 2
    for name in (b"GATEWAY_SIGNING_KEY_FILE", b"GATEWAY_WEBHOOK_SECRETS_FILE", b"ROSTER_URL", b"REPORTING_URL"):
        assert b"setting " + name in said


async def _metrics(client: aiohttp.ClientSession, port: int) -> str:
    async with client.get(f"http://127.0.0.1:{port}/metrics") as answer:
        text = await answer.text()
        assert "\nevent_loop_lag_seconds " in text
        return text


async def test_it_serves_and_ends_cleanly_when_told_to(environment: dict[str, Any]) -> None:
    port = free_port()
    process = await start(as_variables(environment) | {"GATEWAY_PORT": str(port)})
    try:
        async with aiohttp.ClientSession() as client, asyncio.timeout(30):
            while True:
                try:
                    async with client.get(f"http://127.0.0.1:{port}/readyz") as answer:
                        assert answer.status == 200
                        break
                except aiohttp.ClientConnectorError:
                    await asyncio.sleep(0.1)
            for _ in range(100):
                if "\nevent_loop_lag_seconds 0.0\n" not in await _metrics(client, port):
                    break
                await asyncio.sleep(0.1)
            else:
                raise AssertionError("nobody watches the loop")
            process.send_signal(signal.SIGTERM)
            while True:  # over the connection that is kept from before
                async with client.get(f"http://127.0.0.1:{port}/readyz") as answer:
                    if answer.status == 503:
                        assert (await answer.json())["faults"] == {"process": "stopping"}
                        break
                await asyncio.sleep(0.01)
        assert await asyncio.wait_for(process.wait(), 20) == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        await process.communicate()
