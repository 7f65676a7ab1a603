from __future__ import annotations

import asyncio
import os
import signal
import time
from pathlib import Path

import pytest
from aiohttp import ClientSession

from engine.errors import AddressError
from engine.sources.mqtt_frames import MqttFrames
from show import broker
from tests.kit import write_production
from tests.mosquitto import free_port, program, running_at
from tests.show.process import Running, show


@pytest.mark.parametrize(
    ("written", "port"),
    [
        ("embedded", 1883),
        ("embedded:1999", 1999),
        ("embedded:0", None),
        ("embedded:99999", None),
        ("mqtt://broker", None),
    ],
)
def test_the_port_that_is_written(written: str, port: int | None) -> None:
    assert broker.port_of(written) == port


def test_only_an_embedded_one_or_a_url_passes() -> None:
    broker.check("embedded:1999")
    broker.check("mqtts://ana@broker/hall")
    for wrong in ("embedded:0", "embeded", "http://broker"):
        with pytest.raises(AddressError, match="found"):
            broker.check(wrong)


def until_gone(port: int) -> None:
    deadline = time.monotonic() + 5
    while running_at(port):
        assert time.monotonic() < deadline
        time.sleep(0.02)


async def test_a_broker_that_dies_is_started_anew_and_all_end_with_the_show(
    caplog: pytest.LogCaptureFixture,
) -> None:
    program()
    port = free_port()
    async with broker.opened(f"embedded:{port}", "127.0.0.1") as url:
        assert url == f"mqtt://127.0.0.1:{port}"
        (first,) = running_at(port)
        os.kill(first, signal.SIGKILL)
        async with asyncio.timeout(10):
            while running_at(port) in ([], [first]):
                await asyncio.sleep(0.02)
    assert "started anew" in caplog.text
    until_gone(port)


async def test_pages_speak_with_it_over_websocket() -> None:
    program()
    port = free_port()
    async with (
        broker.embedded("127.0.0.1", port),
        ClientSession() as session,
        session.ws_connect(f"ws://127.0.0.1:{port + 1}", protocols=["mqtt"]) as ws,
    ):
        await ws.send_bytes(b"\x10\x0c\x00\x04MQTT\x04\x02\x00\x3c\x00\x00")  # CONNECT
        assert await ws.receive_bytes(timeout=5) == b"\x20\x02\x00\x00"  # CONNACK, accepted


async def test_a_broker_that_is_there_already_is_used(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    program()
    port = free_port()
    async with broker.embedded("127.0.0.1", port) as url:
        async with broker.embedded("127.0.0.1", port) as again:
            assert again == url
        assert len(running_at(port)) == 1
    assert "is here already" in caplog.text


async def test_what_mosquitto_cannot_do_is_one_line() -> None:
    program()
    with pytest.raises(AddressError, match="found mosquitto saying") as error:
        async with broker.embedded("192.0.2.1", free_port()):
            pass
    assert "\n" not in str(error.value)


async def test_no_mosquitto_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broker, "PROGRAM", "no-such-broker")
    with pytest.raises(AddressError, match="expected it installed"):
        async with broker.embedded("127.0.0.1", free_port()):
            pass


def test_a_show_that_is_killed_takes_its_broker_along(tmp_path: Path) -> None:
    program()
    port = free_port()
    folder = write_production(tmp_path, head=f'broker = "embedded:{port}"')
    with Running("run", folder) as running:
        source = MqttFrames(f"mqtt://127.0.0.1:{port}", now=time.monotonic)

        async def first() -> float:
            async for frame in source.frames():
                return frame.show_time
            raise AssertionError

        assert asyncio.run(asyncio.wait_for(first(), 10)) >= 0
        running.process.send_signal(signal.SIGKILL)
        running.process.communicate()
    until_gone(port)


def test_a_wrong_broker_is_refused_before_the_curtain(tmp_path: Path) -> None:
    folder = write_production(tmp_path)
    done = show("run", folder, "--no-browser", "--broker", "http://x")
    assert done.returncode == 2
    assert "found scheme 'http'" in done.stderr
