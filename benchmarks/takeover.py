"""How long nobody plays when an engine dies: a standby beside a restart by a supervisor.

Two engines with the built-in production at a broker; a receiver by OSC notes who sends what.
The one that plays is killed, or stopped (a machine that hangs), again and again; the other
takes over, and the killed one is started again to stand by. Beside it, what one would do
without a standby: the same engine is killed and at once started again with --resume.

The gap is from the last frame of one to the first of the other, as the receiver saw them.
The jump is the fastest joint between these two frames, by show time, beside the fastest of
all frames in the seconds around.

Run: .venv/bin/python benchmarks/takeover.py [times]
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from pythonosc.osc_packet import OscPacket

from show import broker

ROOT = Path(__file__).resolve().parent.parent
SALSA = ROOT / "cues" / "salsa"
MOST = 0.5


class Receiver:
    """Hears OSC on a thread. frames: arrival, sender's port, show time, joints [P, 17, 3]."""

    def __init__(self) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.url = f"osc://127.0.0.1:{self.socket.getsockname()[1]}"
        self.frames: list[tuple[float, int, float, np.ndarray]] = []  # type: ignore[type-arg]
        threading.Thread(target=self._hear, daemon=True).start()

    def _hear(self) -> None:
        while True:
            packet, (_, sender) = self.socket.recvfrom(65536)
            now = time.monotonic()
            messages = [timed.message for timed in OscPacket(packet).messages]
            if messages[0].address == "/figurant/frame":
                poses = [m.params for m in messages if m.address.endswith("/pose")]
                joints = np.array(poses, np.float64).reshape(-1, 17, 3)
                self.frames.append((now, sender, messages[0].params[1], joints))

    def until(self, count: int, sender: int | None = None) -> int:
        """Wait for so many more frames from one who is not `sender`; give who it is."""
        seen = len(self.frames)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            new = [s for _, s, _, _ in self.frames[seen:] if s != sender]
            if len(new) >= count:
                return new[-1]
            time.sleep(0.02)
        raise TimeoutError("nobody plays")


def start(folder: Path, receiver: Receiver, *options: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [
            *(sys.executable, "-m", "show.cli", "run", str(folder), "--no-browser"),
            *("--port", "0", "--output", receiver.url, *options),
        ],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


@contextlib.contextmanager
def productions() -> Iterator[tuple[Path, Path]]:
    """Two copies of the built-in production, without the OSC port that only one may have."""
    with tempfile.TemporaryDirectory() as folder:
        found = Path(folder) / "first", Path(folder) / "second"
        for copy in found:
            shutil.copytree(SALSA, copy, ignore=shutil.ignore_patterns(".state"))
            text = (copy / "show.toml").read_text(encoding="utf-8")
            text = text.replace('[[source]]\nurl = "osc://127.0.0.1:9000"\n', "")
            (copy / "show.toml").write_text(text, encoding="utf-8")
        yield found


def gap(receiver: Receiver, old: int, new: int) -> tuple[float, float, float]:
    """Seconds between two senders, speed of the fastest joint there, and of all around."""
    last = max(n for n, frame in enumerate(receiver.frames) if frame[1] == old)
    first = next(n for n in range(last, len(receiver.frames)) if receiver.frames[n][1] == new)
    around = receiver.frames[max(0, last - 180) : last + 1] + receiver.frames[first : first + 180]
    speeds = [_speed(a, b) for a, b in itertools.pairwise(around)]
    before, after = receiver.frames[last], receiver.frames[first]
    return after[0] - before[0], _speed(before, after), float(np.quantile(speeds, 0.99))


def _speed(
    a: tuple[float, int, float, np.ndarray], b: tuple[float, int, float, np.ndarray]
) -> float:  # type: ignore[type-arg]
    passed = max(b[2] - a[2], 1e-3)
    return float(np.linalg.norm(b[3] - a[3], axis=-1).max() / passed)


def until_agrees(url: str, name: str) -> None:
    """Wait until a standby says at the broker that its frames are the same."""
    agrees = threading.Event()

    def hear(_: paho.Client, __: object, message: paho.MQTTMessage) -> None:
        told = json.loads(message.payload)
        if told["alive"] and told["role"] == "stands by" and told["differs"] == 0:
            agrees.set()

    where = urlsplit(url)
    client = paho.Client(CallbackAPIVersion.VERSION2)
    client.on_message = hear
    client.on_connect = lambda *_: client.subscribe(f"{where.path[1:]}/engine/{name}")
    client.connect(str(where.hostname), where.port or 1883)
    client.loop_start()
    if not agrees.wait(60):
        raise TimeoutError(f"{name} does not stand by")
    client.disconnect()
    client.loop_stop()


def standby(port: int, times: int, number: signal.Signals) -> list[tuple[float, float, float]]:
    receiver = Receiver()
    url = f"mqtt://127.0.0.1:{port}/{number.name}"
    found = []
    with productions() as folders:
        names = ["first", "second"]
        engines = []
        try:
            for folder, name in zip(folders, names, strict=True):
                engines.append(start(folder, receiver, "--broker", url, "--name", name))
                receiver.until(60)
            playing = 0
            for _ in range(times):
                until_agrees(url, names[1 - playing])
                sender = receiver.until(180)
                engines[playing].send_signal(number)
                new = receiver.until(180, sender)
                found.append(gap(receiver, sender, new))
                if number is signal.SIGSTOP:
                    engines[playing].send_signal(signal.SIGCONT)
                else:
                    engines[playing].wait()
                    engines[playing] = start(
                        folders[playing], receiver, "--broker", url, "--name", names[playing]
                    )
                playing = 1 - playing
        finally:
            for engine in engines:
                engine.kill()
                engine.wait()
    return found


def supervisor(times: int) -> list[tuple[float, float, float]]:
    receiver = Receiver()
    found = []
    with productions() as (folder, _):
        engine = start(folder, receiver)
        try:
            for _ in range(times):
                sender = receiver.until(120)
                engine.kill()
                engine.wait()
                engine = start(folder, receiver, "--resume")
                found.append(gap(receiver, sender, receiver.until(180, sender)))
        finally:
            engine.kill()
            engine.wait()
    return found


def line(name: str, found: list[tuple[float, float, float]]) -> float:
    gaps, jumps, usual = np.array(found).T
    print(
        f"  {name:28}{np.median(gaps):8.2f}{gaps.max():8.2f}"
        f"{np.median(jumps):12.1f}{jumps.max():8.1f}{np.median(usual):10.1f}"
    )
    return float(np.median(gaps))


async def main() -> None:
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 2
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    print(f"{times} times each         gap s: median     max   m/s at the gap     max  p99 around")
    async with broker.embedded("127.0.0.1", port):
        killed = await asyncio.to_thread(standby, port, times, signal.SIGKILL)
        stopped = await asyncio.to_thread(standby, port, times, signal.SIGSTOP)
    gaps = [line("killed, a standby goes on", killed), line("hangs, a standby goes on", stopped)]
    line("killed, restarted at once", supervisor(times))
    kept = "kept" if max(gaps) <= MOST else "missed"
    print(f"  a standby plays within {MOST} s: {kept}")


if __name__ == "__main__":
    asyncio.run(main())
