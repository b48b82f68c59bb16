"""Ending a server: kept connections are given up by their clients, and no call is lost."""

from __future__ import annotations

import asyncio

import aiohttp
import uvicorn
from starlette.responses import PlainTextResponse

from deploy.local.ports import free_port
from shared.draining import DRAIN_S, LastAnswers, drain


def server_of(stopping: asyncio.Event, port: int) -> uvicorn.Server:
    """A server that says hello."""
    app = LastAnswers(PlainTextResponse("hello", headers={"connection": "keep-alive"}), stopping)
    return uvicorn.Server(
        uvicorn.Config(app, port=port, loop="none", lifespan="off", log_config=None, access_log=False, ws="none")
    )


async def started(server: uvicorn.Server) -> asyncio.Task[None]:
    work = asyncio.create_task(server.serve())
    for _ in range(200):
        if server.started:
            return work
        await asyncio.sleep(0.02)
    raise AssertionError("the server did not start")


async def test_while_stopping_an_answer_is_the_last_of_its_connection() -> None:
    stopping, port = asyncio.Event(), free_port()
    server = server_of(stopping, port)
    work = await started(server)
    async with aiohttp.ClientSession() as session:
        async with session.get(f"http://127.0.0.1:{port}/") as answer:
            assert answer.headers.getall("connection", []) != ["close"]
        stopping.set()
        async with session.get(f"http://127.0.0.1:{port}/") as answer:
            assert answer.headers.getall("connection") == ["close"]
            assert await answer.text() == "hello"
        began = asyncio.get_running_loop().time()
        await drain(server)
        await work
        assert asyncio.get_running_loop().time() - began < DRAIN_S


async def test_calls_that_follow_each_other_on_kept_connections_all_have_their_answer() -> None:
    stopping, port = asyncio.Event(), free_port()
    server = server_of(stopping, port)
    work = await started(server)
    answered = 0
    async with aiohttp.ClientSession() as session:

        async def call() -> None:
            nonlocal answered
            while not server.should_exit:
                async with session.post(f"http://127.0.0.1:{port}/", data=b"x") as answer:
                    assert answer.status == 200
                    answered += 1
                if stopping.is_set():
                    return
                await asyncio.sleep(0.002)

        callers = [asyncio.create_task(call()) for _ in range(4)]
        async with asyncio.timeout(10):
            while answered < 40:  # noqa: ASYNC110  # the load is under way
                await asyncio.sleep(0.01)
        stopping.set()
        await asyncio.gather(*callers)
        await drain(server)
        await work
    assert answered >= 40
