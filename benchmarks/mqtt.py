"""Frames through a broker: the show's own sink and source beside bare paho.

Mosquitto is started as `broker = "embedded"` starts it. Three performers at 60 frames a
second; four processes at a time: a sender and a receiver of ours, and a sender and a
receiver that are paho and nothing else, half a frame apart. Then 50 receivers that speak
MQTT by hand; then the broker is killed and comes back.

Run: .venv/bin/python benchmarks/mqtt.py [seconds]
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import selectors
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from engine import wire
from engine.clock import Ticker, open_alarm
from engine.fanout import Fanout
from engine.frame import Frame, FrameFlag
from engine.sinks.mqtt import MqttSink
from engine.sources.mqtt_frames import MqttFrames
from show import broker

RATE, PERFORMERS, RECEIVERS, KILLS = 60, 3, 50, 5
MOST = 1.3
CLOCK = struct.Struct("<d")
CLOCK_AT = 24


def frame(index: int, clock: float) -> Frame:
    rng = np.random.default_rng(1)
    return Frame(
        index=index,
        show_time=index / RATE,
        clock=clock,
        timecode=(0, 0, 0, 0),
        flags=FrameFlag.NONE,
        joints=rng.normal(size=(PERFORMERS, 17, 3)).astype(np.float32),
        level=np.ones(PERFORMERS, np.float32),
        color=np.ones((PERFORMERS, 3), np.float32),
        state=np.ones(PERFORMERS, np.uint8),
        age_ms=np.zeros(PERFORMERS, np.uint16),
    )


def hello() -> dict[str, object]:
    names = [(f"dancer{p}", "#ffffff") for p in range(PERFORMERS)]
    return wire.hello(title="", rate=RATE, performers=names, stage=(8, 6), delay=0.03, clock=0.0)


# --- each in a process of its own ---------------------------------------------------------


async def send_ours(port: int, start: float, seconds: float) -> int:
    """Give how many frames were made: a tick that is a whole frame late is left out."""
    made = 0
    sink = MqttSink(f"mqtt://127.0.0.1:{port}/ours", hello(), name="bench", now=time.monotonic)
    alarm = open_alarm()
    async with Fanout([sink]) as fanout:
        async for tick in Ticker(RATE, alarm, start):
            index = round((tick.asked - start) * RATE)
            if index >= seconds * RATE:
                break
            shown = frame(index, time.monotonic())
            fanout.put(shown, wire.pack(shown))
            made += 1
        await asyncio.sleep(0.5)
    alarm.close()
    return made


async def hear_ours(port: int, start: float, seconds: float) -> list[list[float]]:
    heard: list[list[float]] = []

    async def read() -> None:
        source = MqttFrames(f"mqtt://127.0.0.1:{port}/ours", now=time.monotonic)
        async for shown in source.frames():
            heard.append([shown.index, time.monotonic(), time.monotonic() - shown.clock])

    reading = asyncio.create_task(read())
    await asyncio.sleep(start + seconds + 1 - time.monotonic())
    reading.cancel()
    return heard


def bare(port: int) -> paho.Client:
    client = paho.Client(CallbackAPIVersion.VERSION2)
    client.connect("127.0.0.1", port)
    return client


def send_paho(port: int, start: float, seconds: float) -> int:
    client = bare(port)
    client.loop_start()
    for index in range(round(seconds * RATE)):
        time.sleep(max(0.0, start + (index + 0.5) / RATE - time.monotonic()))
        client.publish("paho/frame", wire.pack(frame(index, time.monotonic())))
    time.sleep(0.5)
    client.disconnect()
    return index + 1


def hear_paho(port: int, start: float, seconds: float) -> list[list[float]]:
    heard: list[list[float]] = []

    def take(_: paho.Client, __: object, message: paho.MQTTMessage) -> None:
        now = time.monotonic()
        heard.append([0, now, now - CLOCK.unpack_from(message.payload, CLOCK_AT)[0]])

    client = bare(port)
    client.on_message = take
    client.subscribe("paho/frame")
    client.loop_start()
    time.sleep(start + seconds + 1 - time.monotonic())
    client.disconnect()
    return heard


def hear_many(port: int, start: float, seconds: float) -> list[list[float]]:
    """RECEIVERS sockets that ask for our frames by hand; give number and latency of each."""
    selector = selectors.DefaultSelector()
    for n in range(RECEIVERS):
        peer = socket.create_connection(("127.0.0.1", port))
        name = f"by-hand-{n}".encode()
        connect = b"\0\4MQTT\4\2\0\x3c" + struct.pack(">H", len(name)) + name
        peer.sendall(b"\x10" + bytes([len(connect)]) + connect)
        assert peer.recv(4) == b"\x20\2\0\0"
        peer.sendall(b"\x82\x0f\0\1\0\x0aours/frame\0")
        assert peer.recv(5) == b"\x90\3\0\1\0"
        selector.register(peer, selectors.EVENT_READ, [n, b""])
    size = wire.HEADER.size + PERFORMERS * wire.PERFORMER.itemsize
    packet = 1 + 2 + 2 + len("ours/frame") + size
    heard: list[list[float]] = []
    while time.monotonic() < start + seconds + 1:
        for key, _ in selector.select(0.1):
            data = key.data[1] + key.fileobj.recv(65536)  # type: ignore[union-attr]
            now = time.monotonic()
            while len(data) >= packet:
                (clock,) = CLOCK.unpack_from(data, packet - size + CLOCK_AT)
                heard.append([key.data[0], now, now - clock])
                data = data[packet:]
            key.data[1] = data
    return heard


ROLES: dict[str, Callable[[int, float, float], object]] = {
    f.__name__: f for f in (send_ours, hear_ours, send_paho, hear_paho, hear_many)
}


def play(role: str, port: int, start: float, seconds: float) -> None:
    logging.basicConfig(level=logging.ERROR)
    result = ROLES[role](port, start, seconds)
    if asyncio.iscoroutine(result):
        result = asyncio.run(result)
    print(json.dumps(result))


# --- the parts ------------------------------------------------------------------------------


async def together(port: int, seconds: float, *roles: str) -> list[Any]:
    """Give what the roles give, each in a process of its own."""
    start = time.monotonic() + 3.0
    processes = [
        subprocess.Popen(
            [sys.executable, __file__, role, str(port), str(start), str(seconds)],
            stdout=subprocess.PIPE,
            text=True,
        )
        for role in roles
    ]
    outputs = await asyncio.gather(*(asyncio.to_thread(p.communicate) for p in processes))
    return [json.loads(output) for output, _ in outputs]


def line(name: str, heard: list[list[float]], expected: int) -> tuple[float, float]:
    p50, p99 = np.percentile([latency for *_, latency in heard], (50, 99)) * 1e3
    print(f"  {name:22}{len(heard):8} of {expected:<8}{p50:8.2f}{p99:8.2f}")
    return p50, p99


async def latency(port: int, seconds: float) -> None:
    print(f"publish to receive, {PERFORMERS} performers, {RATE}/s      got      p50 ms  p99 ms")
    roles = ("hear_ours", "hear_paho", "send_ours", "send_paho")
    ours, theirs, made, sent = await together(port, seconds, *roles)
    a, b = line("sink and source", ours, made), line("bare paho", theirs, sent)
    kept = "kept" if a[0] <= MOST * b[0] and a[1] <= MOST * b[1] else "missed"
    print(f"  at most {MOST}x: {a[0] / b[0]:.2f}x p50, {a[1] / b[1]:.2f}x p99: {kept}")
    many, made = await together(port, seconds / 2, "hear_many", "send_ours")
    line(f"{RECEIVERS} receivers", many, RECEIVERS * made)


async def restarts(port: int) -> None:
    """Kill the broker again and again while frames flow."""
    seconds = 4.0 * KILLS + 2
    running = asyncio.create_task(together(port, seconds, "hear_ours", "send_ours"))
    await asyncio.sleep(5.0)
    back = []
    for _ in range(KILLS):
        for number in mosquittos(port):
            os.kill(number, signal.SIGKILL)
        await asyncio.sleep(0.1)
        while not mosquittos(port):
            await asyncio.sleep(0.005)
        back.append(time.monotonic())
        await asyncio.sleep(3.0)
    heard, _ = await running
    times = np.array([at for _, at, _ in heard])
    again = [float(times[times > at].min() - at) for at in back]
    indices = [index for index, *_ in heard]
    doubled = len(indices) - len(set(indices))
    print(f"broker killed {KILLS} times: frames flow again after (s, from its new start)")
    print("  " + "  ".join(f"{seconds:.2f}" for seconds in again), end="")
    print(f"   at most 2: {'kept' if max(again) <= 2 else 'missed'}; {doubled} doubled")


def mosquittos(port: int) -> list[int]:
    """Process numbers of the broker that listens at a port."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
            conf = Path(words[2].decode()) if words[0].endswith(b"mosquitto") else None
            if conf is not None and f"listener {port} " in conf.read_text(encoding="utf-8"):
                found.append(int(folder.name))
        except (OSError, IndexError):
            continue
    return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 20.0
    port = free_port()
    async with broker.embedded("127.0.0.1", port):
        await latency(port, seconds)
        await restarts(port)


if __name__ == "__main__":
    if len(sys.argv) > 2:
        play(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), float(sys.argv[4]))
    else:
        asyncio.run(main())
