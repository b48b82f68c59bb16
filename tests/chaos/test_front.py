"""The front before a group of processes: who gets the next connection."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
from aiohttp import web

from deploy.local.ports import free_ports
from tests.chaos.front import LOOK_EVERY_S, Fronts


@asynccontextmanager
async def member(name: str, port: int) -> AsyncIterator[None]:
    """A server that says its name."""

    async def answer(_: web.Request) -> web.Response:
        return web.Response(text=name)

    app = web.Application()
    app.router.add_get("/{any:.*}", answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield
    finally:
        await runner.cleanup()


async def asked(url: str, times: int) -> list[str]:
    """Who answered, over connections of their own."""
    names: list[str] = []
    for _ in range(times):
        async with aiohttp.ClientSession() as session, session.get(f"{url}/who") as answer:
            names.append(await answer.text())
    return names


async def in_rotation(fronts: Fronts, name: str) -> bool:
    for _ in range(50):
        if fronts.in_rotation(name):
            return True
        await asyncio.sleep(LOOK_EVERY_S / 4)
    return False


async def test_members_take_turns_and_one_that_leaves_gets_no_new_connection() -> None:
    one, two = free_ports(2)
    with Fronts() as fronts:
        async with member("one", one), member("two", two):
            url = await fronts.open("group", {"one": f"http://127.0.0.1:{one}", "two": f"http://127.0.0.1:{two}"})
            assert set(await asked(url, 4)) == {"one", "two"}

            fronts.leave("one")
            assert await asked(url, 4) == ["two"] * 4

            fronts.rejoin("one")
            assert await in_rotation(fronts, "one")
            assert set(await asked(url, 4)) == {"one", "two"}


async def test_a_connection_stays_where_it_was_when_its_member_leaves() -> None:
    one, two = free_ports(2)
    with Fronts() as fronts:
        async with member("one", one), member("two", two), aiohttp.ClientSession() as session:
            url = await fronts.open("group", {"one": f"http://127.0.0.1:{one}", "two": f"http://127.0.0.1:{two}"})
            async with session.get(url) as answer:
                first = await answer.text()
            fronts.leave(first)
            async with session.get(url) as answer:
                assert await answer.text() == first


async def test_a_dead_member_fails_nobody_and_is_back_when_it_is_ready() -> None:
    one, two = free_ports(2)
    with Fronts() as fronts:
        async with member("two", two):
            url = await fronts.open("group", {"one": f"http://127.0.0.1:{one}", "two": f"http://127.0.0.1:{two}"})
            assert await asked(url, 4) == ["two"] * 4
            assert not fronts.in_rotation("one")
            async with member("one", one):
                assert await in_rotation(fronts, "one")
                assert set(await asked(url, 4)) == {"one", "two"}
