"""What one machine carries: viewers, subscribers and performers, by the CPU they cost.

The built-in production runs with an embedded broker. Viewers are WebSockets at `/frames` and
subscribers are clients of the broker; both take every frame and do nothing with it, from one
other process on this machine. Measured are the CPU of the engine and of the broker, in
percent of one core, and the part of the frames that came. Performers: what a frame of so
many costs, as part of its sixtieth of a second (engine_tick.py has it in detail; lights.py
has universes).

Run: .venv/bin/python benchmarks/load.py [seconds]
"""

from __future__ import annotations

import json
import selectors
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import psutil

from engine import clip, score, wire
from engine.motion_model import MotionModel
from engine.performance import Performance

ROOT = Path(__file__).resolve().parent.parent
SALSA = ROOT / "cues" / "salsa"
FRAME = wire.HEADER.size + 3 * wire.PERFORMER.itemsize
RATE = 60
VIEWERS, SUBSCRIBERS, PERFORMERS = (0, 20, 50, 100), (0, 50, 200, 500), (1, 3, 8)


def viewer(port: int) -> tuple[socket.socket, int]:
    """A WebSocket at /frames, and the bytes that a frame has on it."""
    peer = socket.create_connection(("127.0.0.1", port))
    peer.sendall(
        b"GET /frames HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
        b"Connection: Upgrade\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
        b"Sec-WebSocket-Version: 13\r\n\r\n"
    )
    return peer, FRAME + 4


def subscriber(port: int) -> tuple[socket.socket, int]:
    """A client of the broker, and the bytes that a frame has on it."""
    peer = socket.create_connection(("127.0.0.1", port))
    name = str(peer.getsockname()[1]).encode()
    connect = b"\0\4MQTT\4\2\0\x3c" + struct.pack(">H", len(name)) + name
    peer.sendall(b"\x10" + bytes([len(connect)]) + connect)
    topic = b"figurant/frame"
    wanted = bytes([0, len(topic)]) + topic + b"\0"
    peer.sendall(b"\x82" + bytes([len(wanted) + 2]) + b"\0\1" + wanted)
    return peer, FRAME + 2 + len(topic) + 3


def clients(kind: str, port: int, count: int, seconds: float) -> None:
    """Connect, say so, and count frames for a while; prints the part that came."""
    made = [{"viewer": viewer, "subscriber": subscriber}[kind](port) for _ in range(count)]
    selector = selectors.DefaultSelector()
    for peer, _ in made:
        peer.setblocking(False)
        selector.register(peer, selectors.EVENT_READ)
    ends, taken = time.monotonic() + seconds + 1.0, 0
    begins = ends - seconds
    while (now := time.monotonic()) < ends:
        for key, _ in selector.select(0.05):
            got = len(key.fileobj.recv(1 << 18))  # type: ignore[union-attr]
            taken += got if now > begins else 0
    print(json.dumps(taken / made[0][1] / (count * RATE * seconds) if made else 1.0))


def measured(
    engine: psutil.Process, broker: psutil.Process, kind: str, port: int, count: int, seconds: float
) -> tuple[float, float, float]:
    """CPU of engine and broker in percent of a core, and the part of the frames that came."""
    command = [sys.executable, __file__, kind, str(port), str(count), str(seconds)]
    others = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    time.sleep(2.0)
    used = [sum(p.cpu_times()[:2]) for p in (engine, broker)]
    began = time.monotonic()
    time.sleep(seconds - 1.5)
    passed = time.monotonic() - began
    cost = [
        (sum(p.cpu_times()[:2]) - u) / passed * 100
        for p, u in zip((engine, broker), used, strict=True)
    ]
    return cost[0], cost[1], float(json.loads(others.communicate()[0]))


def wait(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def carried(seconds: float) -> None:
    with tempfile.TemporaryDirectory() as name:
        made = Path(name) / "salsa"
        shutil.copytree(SALSA, made, ignore=shutil.ignore_patterns(".state", "logs"))
        text = (made / "show.toml").read_text(encoding="utf-8")
        text = text.replace('[[source]]\nurl = "osc://127.0.0.1:9000"\n', "")
        (made / "show.toml").write_text(text, encoding="utf-8")
        pages, broker_port = free_port(), free_port()
        show = subprocess.Popen(
            [
                *(sys.executable, "-m", "show.cli", "run", str(made), "--no-browser"),
                *("--port", str(pages), "--broker", f"embedded:{broker_port}"),
            ],
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            engine = psutil.Process(show.pid)
            found: list[psutil.Process] = []

            def there() -> bool:
                found[:] = [c for c in engine.children(recursive=True) if c.name() == "mosquitto"]
                return bool(found)

            wait(there)
            time.sleep(8.0)  # the score has been danced ahead by then
            for kind, port, counts in (
                ("viewer", pages, VIEWERS),
                ("subscriber", broker_port, SUBSCRIBERS),
            ):
                for count in counts:
                    cost = measured(engine, found[0], kind, port, count, seconds)
                    print(
                        f"  {count:4} {kind + 's':14} engine {cost[0]:6.1f} %   "
                        f"broker {cost[1]:6.1f} %   frames that came {cost[2]:7.1%}"
                    )
        finally:
            show.terminate()
            show.wait()


def performers() -> None:
    model = MotionModel.load(SALSA / "model.onnx")
    paths = sorted((SALSA / "seeds").glob("*.npz"))
    phrases = {path: clip.load(path) for path in paths}
    for count in PERFORMERS:
        names = [f"dancer{p}" for p in range(count)]
        actions = {
            name: score.Action("generate", paths[p % len(paths)], seed=p)
            for p, name in enumerate(names)
        }
        made = Performance(
            [score.Performer(name, (1.0, 1.0, 1.0)) for name in names],
            [score.Cue("1", 1.0, actions)],
            model=model,
            phrases=phrases,
            rate=RATE,
        )
        made.apply(score.Event(0.0, "cue", "1"))
        costs = []
        for n in range(600):
            began = time.perf_counter()
            wire.pack(made.at(n / RATE))
            costs.append(time.perf_counter() - began)
        p50, p99 = np.percentile(costs[60:], (50, 99)) * RATE * 100
        share = f"{p50:5.1f} % (p50), {p99:5.1f} % (p99) of its time"
        print(f"  {count:4} performers     a frame takes {share}")


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 5.0
    cores = psutil.cpu_count()
    print(f"{cores} cores; percent of one core; 3 performers, {RATE} frames a second")
    performers()
    carried(seconds)


if __name__ == "__main__":
    if len(sys.argv) == 5:
        clients(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]))
    else:
        main()
