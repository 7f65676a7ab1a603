from __future__ import annotations

import asyncio
import json
import socket
import tracemalloc
from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession, WSMsgType, web

from engine import wire
from engine.lights.state import LightState
from engine.lights.teller import Teller
from engine.receiver_report import Health, Report
from engine.sinks.websocket import WebSocketSink
from tests.kit import frame, hello


@pytest.fixture
async def sink() -> WebSocketSink:
    return WebSocketSink(hello(), lambda: 42.0)


@pytest.fixture
async def port(sink: WebSocketSink) -> AsyncIterator[int]:
    app = web.Application()
    app.router.add_get("/frames", sink.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield runner.addresses[0][1]
    await sink.disconnect()
    await runner.cleanup()


async def until_clients(sink: WebSocketSink, count: int) -> None:
    async with asyncio.timeout(5):
        while sink.clients != count:
            await asyncio.sleep(0.001)


async def test_the_hello_then_frames(sink: WebSocketSink, port: int) -> None:
    async with (
        ClientSession() as session,
        session.ws_connect(f"http://127.0.0.1:{port}/frames") as ws,
    ):
        assert await ws.receive_json() == {**hello(), "clock": 42.0}
        await until_clients(sink, 1)
        for n in range(3):
            packed = wire.pack(frame(n / 60))
            await sink.send(frame(n / 60), packed)
            assert await ws.receive_bytes(timeout=5) == packed
    await until_clients(sink, 0)


async def test_a_ping_is_answered_with_the_clock(sink: WebSocketSink, port: int) -> None:
    async with (
        ClientSession() as session,
        session.ws_connect(f"http://127.0.0.1:{port}/frames") as ws,
    ):
        await ws.receive_json()
        for text in ('{"type":"ping","t":NaN}', "[", '{"type":"go"}', "[[" * 1000):
            await ws.send_str(text)
        await ws.send_json({"type": "ping", "t": 12.5})
        assert await ws.receive_json(timeout=5) == {"type": "pong", "t": 12.5, "clock": 42.0}


async def test_the_lights_are_told_at_connect_and_when_they_change(
    sink: WebSocketSink, port: int
) -> None:
    state = LightState(master=0.5)
    sink._teller = Teller(lambda: state)
    await sink.send(frame(1.0, 10.0), b"1")
    async with (
        ClientSession() as session,
        session.ws_connect(f"http://127.0.0.1:{port}/frames") as ws,
    ):
        await ws.receive_json()
        told = await ws.receive_json(timeout=5)
        assert told["type"] == "lights"
        assert LightState.from_json(told["state"]) == state
        await until_clients(sink, 1)
        await sink.send(frame(1.1, 10.1), b"2")  # unchanged: nothing is told
        assert await ws.receive_bytes(timeout=5) == b"2"
        state = LightState(master=0.25)
        await sink.send(frame(1.2, 10.2), b"3")
        messages = [await ws.receive(timeout=5) for _ in range(2)]
        (text,) = [message.data for message in messages if message.type is WSMsgType.TEXT]
        assert LightState.from_json(json.loads(text)["state"]) == state


async def test_what_a_receiver_tells_of_itself_is_known_while_it_is_there(
    sink: WebSocketSink, port: int
) -> None:
    output = {"url": "artnet://x", "sent": 3, "missed": 1, "error": None, "detail": "\x1b"}
    report = {"type": "report", "name": "rack", "outputs": [output]}
    wrong = [{**report, "name": 1}, {**report, "outputs": [{**output, "sent": -1}]}, {"type": 1}]
    async with (
        ClientSession() as session,
        session.ws_connect(f"http://127.0.0.1:{port}/frames") as ws,
    ):
        for told in (report, *wrong):
            await ws.send_json(told)
        await ws.send_json({"type": "ping", "t": 1})
        while (await ws.receive_json(timeout=5))["type"] != "pong":
            pass
        assert sink.reports == [Report("rack", (Health("artnet://x", 3, 1, None, "?"),))]
    await until_clients(sink, 0)
    assert sink.reports == []


async def raw_client(port: int) -> socket.socket:
    """A client that has asked for the stream and never reads it."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(client, ("127.0.0.1", port))
    await loop.sock_sendall(
        client,
        b"GET /frames HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n",
    )
    return client


async def test_a_client_that_does_not_read_costs_nothing_and_slows_nobody(
    sink: WebSocketSink, port: int
) -> None:
    dead = await raw_client(port)
    await until_clients(sink, 1)
    async with (
        ClientSession() as session,
        session.ws_connect(f"http://127.0.0.1:{port}/frames") as ws,
    ):
        await ws.receive_json()
        await until_clients(sink, 2)
        shown = frame(1.0, performers=8)
        packed = wire.pack(shown)

        async def frames(count: int) -> None:
            for _ in range(count):
                await sink.send(shown, packed)
                assert await ws.receive_bytes(timeout=5) == packed

        await frames(200)  # fills what the kernel takes
        tracemalloc.start()
        before = tracemalloc.get_traced_memory()[0]
        await frames(2000)  # 3.6 MB that the dead client does not take
        grown = tracemalloc.get_traced_memory()[0] - before
        tracemalloc.stop()
        assert grown < 200_000
        missed = [client.frames.missed for client in sink._clients.values()]
        assert max(missed) >= 2000
        assert min(missed) == 0
    dead.close()


async def test_a_slow_client_gets_the_newest_frame_not_the_oldest(
    sink: WebSocketSink, port: int
) -> None:
    async with (
        ClientSession() as session,
        session.ws_connect(f"http://127.0.0.1:{port}/frames", max_msg_size=0) as ws,
    ):
        await ws.receive_json()
        await until_clients(sink, 1)
        for n in range(5):  # no other task runs between them: the slot keeps the last
            await sink.send(frame(n), wire.pack(frame(n)))
        assert wire.unpack(await ws.receive_bytes(timeout=5)).show_time == 4


async def test_a_client_that_vanishes_is_forgotten(sink: WebSocketSink, port: int) -> None:
    client = await raw_client(port)
    await until_clients(sink, 1)
    client.close()
    async with asyncio.timeout(5):
        while sink.clients:
            await sink.send(frame(), wire.pack(frame()))
            await asyncio.sleep(0.001)


async def test_disconnect_says_goodbye(sink: WebSocketSink, port: int) -> None:
    async with (
        ClientSession() as session,
        session.ws_connect(f"http://127.0.0.1:{port}/frames") as ws,
    ):
        await ws.receive_json()
        await until_clients(sink, 1)
        closing = asyncio.create_task(sink.disconnect())
        assert (await ws.receive(timeout=5)).type is WSMsgType.CLOSE
        await closing
