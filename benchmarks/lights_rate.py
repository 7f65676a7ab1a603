"""How evenly light goes out, and how well it agrees with the projection.

Rate: `show lights` in a process of its own sends 4 universes by Art-Net at 44 and at 60
pictures a second and as frames come (60), beside a bare loop in a process of its own that
sleeps to absolute deadlines and sends as many packets. The driver asks the system for
real-time scheduling, which a loop does not, and gets it where it may (as root, or under
the unit file). The jitter of a picture is what the
interval before it differs from the nominal one, by the kernel's time of receipt.

Skew: the built-in show runs, `show lights` drives its rig, and a WebSocket client does as
the projection page: measures the engine's clock by pings and shows each frame when that
is the frame's clock plus the show's delay, or when it comes, if later. Packets are told
apart by their bytes, which a rig here makes of the same frames. The skew is the time from
a frame's picture to its light. Beside it: light that is sent as soon as its frame comes.

This process stands for other machines, an engine's in the first part and the page's in the
second, so it is scheduled as the driver is; what it starts is not.

Run: .venv/bin/python benchmarks/lights_rate.py [seconds]
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import multiprocessing
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import numpy as np
from aiohttp import web

from engine import wire
from engine.clock import Ticker, open_alarm
from engine.clock_offset import ClockOffset
from engine.frame import Frame, FrameFlag
from engine.lights import artnet
from engine.lights.rig import Rig
from engine.lights.state import Layer, LightState, Use
from engine.lights.teller import Teller
from engine.sinks.websocket import WebSocketSink
from show import patch_file

ROOT = Path(__file__).resolve().parent.parent
SO_TIMESTAMPNS = 35
RATES = (44.0, 60.0)
UNIVERSES = 4
PATCH = """
[[fixture]]
channels = "RGB"
pixels = 680
address = "1.1"
straddle = "pixels"
line = [[-4, 0], [4, 0]]
[[look]]
name = "glow"
kind = "gradient"
colors = ["#400000", "#000040"]
rate = 0.5
"""
STATE = LightState((Layer((Use("glow"),), 0.0, 0.0),))


class Ear:
    """Receives packets with the kernel's time, as seconds of the monotonic clock."""

    def __init__(self) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.settimeout(0.2)
        self.port = int(self.socket.getsockname()[1])
        self.heard: list[tuple[float, bytes]] = []
        self._from_wall = time.monotonic() - time.time()
        self._ended = False
        self._thread = threading.Thread(target=self._hear, daemon=True)
        self._thread.start()

    def _hear(self) -> None:
        while not self._ended:
            with contextlib.suppress(TimeoutError):
                data, extra, _, _ = self.socket.recvmsg(2048, 64)
                seconds, nanoseconds = struct.unpack("qq", extra[0][2])
                self.heard.append((seconds + nanoseconds / 1e9 + self._from_wall, data))

    def end(self) -> list[tuple[float, bytes]]:
        """Hear no more; give what was heard."""
        self._ended = True
        self._thread.join()
        self.socket.close()
        return self.heard


@contextlib.contextmanager
def started(*arguments: object) -> Iterator[subprocess.Popen[str]]:
    """A command of show's, once it has said where it is; ended by Ctrl-C."""
    process = subprocess.Popen(
        [sys.executable, "-m", "show.cli", *map(str, arguments)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(10)


def bare(rate: float, port: int, start: float, seconds: float) -> None:
    """The loop that a user would write: absolute deadlines, time.sleep, sendto."""
    out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    packets = [artnet.packet(universe) for universe in range(1, UNIVERSES + 1)]
    for n in range(round(seconds * rate)):
        time.sleep(max(0.0, start + n / rate - time.monotonic()))
        for packet in packets:
            packet[12] = n % 255 + 1
            out.sendto(packet, ("127.0.0.1", port))


async def feed(door: WebSocketSink) -> None:
    """An engine that only has frames."""
    alarm = open_alarm()
    rng = np.random.default_rng(1)
    index = 0
    async for tick in Ticker(60, alarm):
        index += 1
        made = Frame(
            index=index,
            show_time=index / 60,
            clock=tick.asked,
            timecode=(0, 0, 0, 0),
            flags=FrameFlag.NONE,
            joints=rng.normal(size=(3, 17, 3)).astype(np.float32),
            level=np.ones(3, np.float32),
            color=np.ones((3, 3), np.float32),
            state=np.ones(3, np.uint8),
            age_ms=np.zeros(3, np.uint16),
        )
        await door.send(made, wire.pack(made))


async def rate(folder: Path, seconds: float) -> None:
    (folder / "patch.toml").write_text(PATCH, encoding="utf-8")
    hello = wire.hello(
        title="bench",
        rate=60,
        performers=[(name, "#ffffff") for name in "abc"],
        stage=(8, 6),
        delay=2 / 60,
        clock=0.0,
    )
    door = WebSocketSink(hello, time.monotonic, Teller(lambda: STATE))
    app = web.Application()
    app.router.add_get("/frames", door.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    feeding = asyncio.create_task(feed(door))
    ours, theirs = [Ear() for _ in (*RATES, 0)], [Ear() for _ in RATES]
    outputs: list[object] = []
    for ear, option in zip(ours, ("?fps=44", "?fps=60", ""), strict=True):
        outputs += ["--output", f"artnet://127.0.0.1:{ear.port}{option}"]
    source = f"ws://127.0.0.1:{runner.addresses[0][1]}"
    with started("lights", folder, "--from", source, *outputs) as driver:
        assert driver.stdout is not None
        await asyncio.to_thread(driver.stdout.readline)
        start = time.monotonic() + 4.0  # all have started and settled by then
        loops = [
            multiprocessing.get_context("spawn").Process(
                target=bare, args=(nominal, ear.port, start, seconds)
            )
            for nominal, ear in zip(RATES, theirs, strict=True)
        ]
        for loop in loops:
            loop.start()
        await asyncio.sleep(start + seconds - time.monotonic())
        for loop in loops:
            await asyncio.to_thread(loop.join)
        heard = [ear.end() for ear in (*ours, *theirs)]
    feeding.cancel()
    await runner.cleanup()
    names = ("show lights, fps=44", "show lights, fps=60", "show lights, as frames come")
    rows = [(name, r) for name, r in zip(names, (44.0, 60.0, 60.0), strict=True)]
    rows += [("bare loop", r) for r in RATES]
    print(f"jitter of {UNIVERSES} universes, milliseconds ({seconds:g} s, all at once)")
    for (name, nominal), packets in zip(rows, heard, strict=True):
        first = np.array(
            [at for at, data in packets if data[14] == 1 and start <= at < start + seconds]
        )
        jitter = np.abs(np.diff(first) - 1 / nominal) * 1e3
        p50, p99 = np.percentile(jitter, (50, 99))
        print(
            f"  {name:28} {nominal:g} Hz   median {p50:6.3f}   p99 {p99:6.3f}   "
            f"{len(first) / seconds:5.1f} pictures a second"
        )


async def page(
    url: str, seconds: float
) -> tuple[list[tuple[Frame, float, float]], dict[str, object]]:
    """Do as the projection page: give each frame, when it came and when it is seen, and the
    light state."""
    clock, shown, told = ClockOffset(), [], {}
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(url + "/frames") as ws,
    ):
        delay = (await ws.receive_json())["delay"]
        ends = time.monotonic() + seconds
        pinged = 0.0
        while (now := time.monotonic()) < ends:
            if now - pinged > 0.4:
                pinged = now
                await ws.send_json({"type": "ping", "t": now})
            message = await ws.receive()
            came = time.monotonic()
            if message.type is aiohttp.WSMsgType.BINARY:
                frame = wire.unpack(message.data)
                clock.arrived(frame.clock, came)
                due = frame.clock + delay - (clock.at(came) or 0.0)
                shown.append((frame, came, max(due, came)))
                continue
            answer = json.loads(message.data)
            if answer["type"] == "pong":
                clock.pong(answer["t"], came, answer["clock"])
            elif answer["type"] == "lights":
                told = answer["state"]
    return shown, told


async def skew(folder: Path, seconds: float) -> None:
    salsa = folder / "salsa"
    shutil.copytree(ROOT / "cues" / "salsa", salsa, ignore=shutil.ignore_patterns(".state"))
    text = (salsa / "show.toml").read_text(encoding="utf-8")
    text = re.sub(r"\[\[source\]\]\nurl = .*\n", "", text)
    (salsa / "show.toml").write_text(text, encoding="utf-8")
    ear = Ear()
    with started("run", salsa, "--no-browser", "--port", 0) as show:
        assert show.stdout is not None
        line = await asyncio.to_thread(show.stdout.readline)
        url = line.split()[-1].rstrip("/")
        output = f"artnet://127.0.0.1:{ear.port}"
        with started("lights", salsa, "--from", url.replace("http", "ws"), "--output", output):
            await asyncio.sleep(6.0)  # the first cue's crossfade is over
            shown, told = await page(url, seconds)
        heard = ear.end()
    patch = patch_file.read(salsa / "patch.toml")
    rig, state = Rig(patch, ("red", "green", "blue")), LightState.from_json(told)
    first = {data[18:]: at for at, data in reversed(heard) if data[14] == 1}
    found = [
        (light - seen, came - seen, seen > came)
        for frame, came, seen in shown
        if (light := first.get(rig.levels(frame, state).data[0].tobytes())) is not None
    ]
    lit, at_once, in_time = (np.array(column) for column in zip(*found, strict=True))
    print(f"light less picture of the same frame, milliseconds ({len(lit)} of {len(shown)} frames)")
    rows = {
        "show lights": lit,
        f"  the {in_time.mean():.1%} in time": lit[in_time],
        "sent as frames come": at_once,
    }
    for name, values in rows.items():
        p50, worst = np.median(values) * 1e3, np.percentile(np.abs(values), 99) * 1e3
        print(f"  {name:28} median {p50:7.3f}   p99 of the size {worst:7.3f}")


async def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 15.0
    if sys.platform == "linux":
        with contextlib.suppress(PermissionError):
            policy = os.SCHED_RR | os.SCHED_RESET_ON_FORK
            os.sched_setscheduler(0, policy, os.sched_param(1))
    with tempfile.TemporaryDirectory() as name:
        await rate(Path(name), seconds)
        await skew(Path(name), seconds)


if __name__ == "__main__":
    asyncio.run(main())
