"""Frames from another machine: the real sinks at one end, the sources at the other."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from aiohttp import web
from pythonosc.osc_message_builder import OscMessageBuilder

from engine import wire
from engine.errors import AddressError
from engine.frame import Frame, FrameFlag, PerformerState
from engine.sinks.osc import OscSink
from engine.sinks.websocket import WebSocketSink
from engine.sources.frames import FrameSource, frame_source
from tests.kit import frame, hello, one_line

NAMES = ["red", "blue"]


class Heard:
    """What a source tells besides frames."""

    def __init__(self) -> None:
        self.pongs: list[tuple[float, float, float]] = []
        self.lights: list[Mapping[str, Any]] = []
        self.now = 5.0

    def clock(self) -> float:
        self.now += 0.001
        return self.now

    def source(self, url: str) -> FrameSource:
        def ponged(sent: float, came: float, clock: float) -> None:
            self.pongs.append((sent, came, clock))

        return frame_source(url, now=self.clock, ponged=ponged, lit=self.lights.append)


def shown(show_time: float) -> Frame:
    """A frame in which everything differs."""
    rng = np.random.default_rng(3)
    return replace(
        frame(show_time, 100 + show_time, performers=2),
        flags=FrameFlag.BLACKOUT | FrameFlag.HELD,
        joints=rng.normal(size=(2, 17, 3)).astype(np.float32),
        level=np.array([0.0, 0.75], np.float32),
        color=rng.random((2, 3)).astype(np.float32),
    )


def assert_same(found: Frame, sent: Frame) -> None:
    for name in ("index", "show_time", "clock", "timecode", "flags"):
        assert getattr(found, name) == getattr(sent, name), name
    for name in ("joints", "level", "color"):
        assert np.array_equal(getattr(found, name), getattr(sent, name)), name


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.asynccontextmanager
async def served(port: int = 0) -> AsyncIterator[tuple[WebSocketSink, int]]:
    """The `/frames` door of a show."""
    sink = WebSocketSink(hello(NAMES), now=lambda: 42.0)
    app = web.Application()
    app.router.add_get("/frames", sink.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield sink, runner.addresses[0][1]
    finally:
        await sink.disconnect()
        await runner.cleanup()


async def keep_sending(sink: WebSocketSink | OscSink, sent: Frame) -> None:
    while True:
        await sink.send(sent, wire.pack(sent))
        await asyncio.sleep(0.01)


async def first(source: FrameSource) -> Frame:
    async with asyncio.timeout(10):
        async for found in source.frames():
            return found
    raise AssertionError


async def test_a_websocket_gives_frames_hello_and_clock() -> None:
    heard = Heard()
    async with served() as (sink, port):
        source = heard.source(f"ws://127.0.0.1:{port}")
        sending = asyncio.create_task(keep_sending(sink, shown(1.5)))
        async with contextlib.aclosing(source.frames()) as frames, asyncio.timeout(10):
            async for found in frames:
                assert_same(found, shown(1.5))
                if heard.pongs:
                    break
        sending.cancel()
        assert source.hello is not None
        assert [p["name"] for p in source.hello["performers"]] == NAMES
    sent, came, clock = heard.pongs[0]
    assert sent < came
    assert clock == 42.0


async def test_a_show_that_goes_is_waited_for(caplog: pytest.LogCaptureFixture) -> None:
    heard, port = Heard(), 0
    source: FrameSource | None = None
    frames = None
    async with asyncio.timeout(20):
        for show_time in (1.0, 2.0):
            async with served(port) as (sink, port):
                if source is None:
                    source = heard.source(f"ws://127.0.0.1:{port}")
                    frames = source.frames()
                assert frames is not None
                sending = asyncio.create_task(keep_sending(sink, shown(show_time)))
                while (await anext(frames)).show_time != show_time:
                    pass
                sending.cancel()
        assert frames is not None
        await frames.aclose()
    said = [record.getMessage() for record in caplog.records if "trying" in record.getMessage()]
    assert len(said) == 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[1]",
        '{"type": 1}',
        '{"type": "pong", "t": "x", "clock": 1}',
        '{"type": "pong"}',
        '{"type": "lights"}',
        "[" * 5000,
    ],
)
async def test_nonsense_from_a_websocket_is_counted(text: str) -> None:
    heard = Heard()
    source = heard.source("ws://127.0.0.1")
    source._text(text)  # type: ignore[attr-defined]
    assert heard.pongs == heard.lights == []
    assert source.hello is None


def test_the_lights_come_over_the_websocket() -> None:
    heard = Heard()
    source = heard.source("ws://127.0.0.1")
    source._text(json.dumps({"type": "lights", "state": {"master": 0.5}}))  # type: ignore[attr-defined]
    assert heard.lights == [{"master": 0.5}]


async def test_osc_gives_frames_hello_and_clock() -> None:
    heard, port = Heard(), free_port()
    source = heard.source(f"osc://127.0.0.1:{port}")
    sink = OscSink(f"osc://127.0.0.1:{port}", NAMES, delay=0.05, now=lambda: 42.0)
    await sink.open()
    sending = asyncio.create_task(keep_sending(sink, shown(2.5)))
    async with contextlib.aclosing(source.frames()) as frames, asyncio.timeout(10):
        async for found in frames:
            assert_same(found, shown(2.5))
            assert found.state.tolist() == [PerformerState.ABSENT, PerformerState.GENERATED]
            if heard.pongs:
                break
    sending.cancel()
    await sink.close()
    assert source.hello == {"performers": [{"name": "red"}, {"name": "blue"}], "delay": 0.05}
    sent, came, clock = heard.pongs[0]
    assert sent < came
    assert clock == 42.0


def message(where: str, *arguments: object) -> bytes:
    builder = OscMessageBuilder(where)
    for argument in arguments:
        builder.add_arg(argument)
    return bytes(builder.build().dgram)


async def test_osc_takes_the_lights_and_counts_nonsense() -> None:
    heard, port = Heard(), free_port()
    source = heard.source(f"osc://127.0.0.1:{port}")
    sink = OscSink(f"osc://127.0.0.1:{port}", NAMES)
    await sink.open()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.connect(("127.0.0.1", port))
        waiting = asyncio.create_task(first(source))
        await asyncio.sleep(0.05)
        nonsense = [
            b"no OSC",
            message("/figurant/frame", 1, 2.0, "00:00:00:00"),
            message("/figurant/frame", "x"),
            message("/figurant/clock/pong", "x", "y"),
            message("/figurant/lights", "{"),
        ]
        for packet in nonsense:
            other.send(packet)
        other.send(message("/figurant/lights", json.dumps({"master": 0.25})))
        other.send(message("/another/program", 1.0))
        sending = asyncio.create_task(keep_sending(sink, shown(1.0)))
        assert_same(await waiting, shown(1.0))
        sending.cancel()
    await sink.close()
    assert heard.lights == [{"master": 0.25}]
    assert source.refused == len(nonsense)  # type: ignore[attr-defined]


async def test_a_port_that_is_taken_is_named() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"osc://127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(AddressError) as raised:
            await first(Heard().source(url))
    one_line(raised.value)
    assert f"{url}: found Address already in use, expected a free port here" in str(raised.value)


@pytest.mark.parametrize(
    ("url", "rest"),
    [
        ("wss://x", "found scheme 'wss', expected 'ws' perhaps, or one of ws, osc, mqtt, mqtts"),
        ("x", "found scheme 'none', expected one of ws, osc"),
        ("ws://", "found no host, expected ws://host[:8137]"),
        ("osc://", "found no port, expected osc://host:port"),
        ("mqtt://", "found no host"),
    ],
)
def test_a_url_that_is_none_is_named(url: str, rest: str) -> None:
    with pytest.raises(AddressError) as raised:
        frame_source(url, now=lambda: 0.0)
    one_line(raised.value)
    assert rest in str(raised.value)
