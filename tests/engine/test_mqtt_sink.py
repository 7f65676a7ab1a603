from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import socket
import subprocess
import tracemalloc
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from aiomqtt import MqttError

from engine import mqtt, wire
from engine.fanout import Fanout
from engine.frame import Frame
from engine.sinks.mqtt import MqttSink
from engine.slot import Slot
from engine.sources.mqtt_frames import MqttFrames
from tests.kit import frame, hello
from tests.mosquitto import Ear, Mosquitto, program


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    with Mosquitto(tmp_path) as found:
        yield found


def sink_of(url: str, state: Slot[str] | None = None) -> MqttSink:
    return MqttSink(url, hello(), name="left", now=lambda: 42.0, state=state)


@pytest.fixture
async def sink(broker: Mosquitto) -> AsyncIterator[MqttSink]:
    found = sink_of(broker.url)
    await found.open()
    yield found
    await found.close()


async def get(ear: Ear, topic: str) -> tuple[bytes, bool]:
    """The next message of a topic, and whether it was retained."""
    message = await asyncio.to_thread(ear.next, topic)
    return message.payload, message.retain


async def test_frames_are_the_wires_bytes(broker: Mosquitto, sink: MqttSink) -> None:
    with Ear(broker, "stage/frame") as ear:
        for n in range(3):
            shown = frame(n / 60)
            await sink.send(shown, wire.pack(shown))
            assert await get(ear, "stage/frame") == (wire.pack(shown), False)


async def test_who_comes_late_is_told_the_hello_and_that_the_engine_lives(
    broker: Mosquitto, sink: MqttSink
) -> None:
    with Ear(broker) as ear:
        told, retained = await get(ear, "stage/hello")
        assert json.loads(told) == {**hello(), "clock": 42.0}
        assert retained
        assert await get(ear, "stage/engine/left") == (b'{"alive": true}', True)
        await sink.close()
        await sink.close()
        assert await get(ear, "stage/engine/left") == (b'{"alive": false}', False)


async def test_each_new_state_is_retained(broker: Mosquitto) -> None:
    state: Slot[str] = Slot()
    sink = sink_of(broker.url, state)
    state.put('{"hold": false}')
    await sink.open()
    with Ear(broker, "stage/state") as ear:
        await get(ear, "stage/state")
        state.put('{"hold": true}')
        assert await get(ear, "stage/state") == (b'{"hold": true}', False)
    with Ear(broker, "stage/state") as late:
        assert await get(late, "stage/state") == (b'{"hold": true}', True)
    await sink.close()


async def test_a_ping_is_answered_to_the_one_who_asked(broker: Mosquitto, sink: MqttSink) -> None:
    with Ear(broker, "stage/pong/+") as ear:
        ear.client.publish("stage/ping/me", "no ping")
        ear.client.publish("stage/ping/me", json.dumps({"type": "ping", "t": 12.5}))
        told, _ = await get(ear, "stage/pong/me")
        assert json.loads(told) == {"type": "pong", "t": 12.5, "clock": 42.0}


async def test_a_broker_that_is_not_there_is_named(tmp_path: Path) -> None:
    with Mosquitto(tmp_path) as broker:
        sink = sink_of(broker.url)
    with pytest.raises(MqttError, match="refused"):
        await sink.open()
    await sink.close()


async def until(condition: asyncio.Event) -> None:
    async with asyncio.timeout(10):
        await condition.wait()


class Reader:
    """Reads frames and keeps their show times."""

    def __init__(self, source: MqttFrames) -> None:
        self.times: list[float] = []
        self.new = asyncio.Event()
        self._task = asyncio.create_task(self._read(source))

    async def _read(self, source: MqttFrames) -> None:
        async for shown in source.frames():
            self.times.append(shown.show_time)
            self.new.set()

    async def close(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)


async def test_a_broker_that_is_killed_and_restarted_gets_frames_again_and_none_twice(
    broker: Mosquitto, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    reader = Reader(MqttFrames(broker.url, now=lambda: 0.0))

    async def play(fanout: Fanout, *, until_new: bool) -> None:
        nonlocal index
        reader.new.clear()
        async with asyncio.timeout(10):
            while not (until_new and reader.new.is_set()):
                index += 1
                shown = frame(index / 60)
                fanout.put(shown, wire.pack(shown))
                await asyncio.sleep(1 / 60)
                if not until_new and fanout.lanes[0].error:
                    return

    index = 0
    async with Fanout([sink_of(broker.url)]) as fanout:
        await play(fanout, until_new=True)
        broker.kill()
        await play(fanout, until_new=False)
        assert fanout.lanes[0].error is not None
        broker.start()
        await play(fanout, until_new=True)
        await play(fanout, until_new=True)
        assert fanout.lanes[0].error is None
    await reader.close()
    assert reader.times == sorted(set(reader.times))
    faults = [r for r in caplog.records if r.levelno >= logging.WARNING]
    assert len(faults) == 2, "one from the sink and one from the source"


async def test_nothing_grows_while_the_broker_is_away(tmp_path: Path) -> None:
    with Mosquitto(tmp_path) as broker:
        sink = sink_of(broker.url, Slot())
        await sink.open()
    shown = frame(performers=8)
    packed = wire.pack(shown)

    async def frames(count: int) -> int:
        failed = 0
        for _ in range(count):
            try:
                await sink.send(shown, packed)
            except MqttError:
                failed += 1
        return failed

    await frames(200)
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    assert await frames(5000) == 5000  # 9 MB that have nowhere to go
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert grown < 300_000
    await sink.close()


async def test_little_waits_for_a_broker_that_does_not_read() -> None:
    """Frames would come late instead of never."""

    async def stuck(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"MQTT")
        writer.write(bytes([0x20, 2, 0, 0]))  # CONNACK, and not a word more
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        await done.wait()
        writer.transport.abort()

    done = asyncio.Event()
    with socket.socket() as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16 * 1024)
        listening.bind(("127.0.0.1", 0))
        server = await asyncio.start_server(stuck, sock=listening, limit=1024)
        client = mqtt.parse(f"mqtt://127.0.0.1:{listening.getsockname()[1]}").client()
        await client.__aenter__()
        shown = wire.pack(frame(performers=8))
        taken = 0
        with contextlib.suppress(MqttError):
            while True:
                await client.publish("figurant/frame", shown, timeout=0.2)
                taken += len(shown)
        assert taken < 200_000, f"{taken} bytes: more than two seconds of eight performers"
        done.set()
        await client.__aexit__(None, None, None)
        server.close()


def certificates(folder: Path) -> None:
    """A CA of our own, and a certificate of it for 127.0.0.1."""

    def openssl(*arguments: str) -> None:
        subprocess.run(
            [program("openssl"), *arguments], cwd=folder, check=True, capture_output=True
        )

    new = ("-newkey", "rsa:2048", "-nodes", "-days", "2")
    openssl("req", "-x509", *new, "-subj", "/CN=Theatre", "-keyout", "ca.key", "-out", "ca.pem")
    openssl("req", *new[:3], "-subj", "/CN=broker", "-keyout", "broker.key", "-out", "broker.csr")
    (folder / "names").write_text("subjectAltName=IP:127.0.0.1", encoding="utf-8")
    signed = ("-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2")
    openssl("x509", "-req", "-in", "broker.csr", *signed, "-extfile", "names", "-out", "broker.pem")


# paho leaves the socket of a handshake that failed to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_tls_and_a_password(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificates(tmp_path)
    passwords = tmp_path / "passwords"
    subprocess.run([program("mosquitto_passwd"), "-b", "-c", passwords, "ana", "plié"], check=True)
    listener = (
        f"password_file {passwords}\ncafile {tmp_path}/ca.pem\n"
        f"certfile {tmp_path}/broker.pem\nkeyfile {tmp_path}/broker.key"
    )

    async def first(url: str) -> Frame:
        source = MqttFrames(url, now=lambda: 0.0)
        sink = sink_of(url)
        await sink.open()
        async with asyncio.timeout(10), contextlib.aclosing(source.frames()) as frames:
            reading = asyncio.ensure_future(anext(frames))
            while not reading.done():
                await sink.send(frame(3.0), wire.pack(frame(3.0)))
                await asyncio.sleep(0.02)
            await sink.close()
            return await reading

    with Mosquitto(tmp_path, listener) as broker:
        good = f"mqtts://ana@127.0.0.1:{broker.port}/stage?ca={tmp_path}/ca.pem"
        with pytest.raises(MqttError, match="authori"):
            await sink_of(good).open()
        monkeypatch.setenv(mqtt.PASSWORD, "plié")
        assert (await first(good)).show_time == 3.0
        with pytest.raises(MqttError, match="CERTIFICATE_VERIFY_FAILED"):
            await sink_of(good.partition("?")[0]).open()
