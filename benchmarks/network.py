"""Screens and lamps in step over a bad network, and a cable that is pulled.

Hosts are network namespaces (benchmarks/namespaces.py): an engine and a broker; two screens
and the LED driver behind a network that takes 20 ms each way, give or take 5, and loses 2 %
of the packets each way. The screens are the page's own code in Node, one at the engine's
WebSocket, one at the broker, with clocks that are wrong by hours and drift 20 ppm apart.

The skew is what one screen shows less what the other shows at the same moment, in show time;
for the lamps, light less the moment at which its frame is due. Beside it: frames shown as
they come, which is what one gets without a clock. Both with the show's own delay of two
frames, which is too short for such a network, and with `delay = 0.2`.

Then the cable of an engine is pulled: a standby takes over. It is plugged in again.

Run, as root: .venv/bin/python benchmarks/network.py [seconds]
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from namespaces import Host, Network, missing

from engine import wire
from engine.lights.rig import Rig
from engine.lights.state import LightState
from engine.sources.mqtt_frames import MqttFrames
from show import broker, patch_file

ROOT = Path(__file__).resolve().parent.parent
SALSA = ROOT / "cues" / "salsa"
VIEWER = ROOT / "web_viewer"
FAR = {"delay": 0.02, "jitter": 0.005, "loss": 0.02}
MOST = 17.0
SETTLE = 8.0
ARTNET = 6454
OSC = 9001


# --- on the hosts, each in a process of its own ---------------------------------------------


def frames(url: str, seconds: float) -> list[list[Any]]:
    """Near the engine: clock, bytes of every frame; the light state as the last row."""
    heard: list[list[Any]] = []
    told: dict[str, Any] = {}

    async def read() -> None:
        source = MqttFrames(url, now=time.monotonic, lit=told.update)
        async for frame in source.frames():
            heard.append([frame.clock, base64.b64encode(wire.pack(frame)).decode()])

    with contextlib.suppress(TimeoutError):
        asyncio.run(asyncio.wait_for(read(), seconds))
    return [*heard, [0.0, json.dumps(told)]]


def lamps(seconds: float) -> list[list[Any]]:
    """Arrival and levels of each packet of universe 1."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ear:
        ear.bind(("127.0.0.1", ARTNET))
        ear.settimeout(0.5)
        return [
            [at, base64.b64encode(data[18:]).decode()]
            for at, data, _ in _packets(ear, seconds)
            if data[14] == 1
        ]


def stage(seconds: float) -> list[list[Any]]:
    """Arrival, sender and show time of each OSC frame."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ear:
        ear.bind(("0.0.0.0", OSC))
        ear.settimeout(0.5)
        where = 8 + 8 + 4 + len("/figurant/frame\0") + len(",ids\0\0\0\0") + 4
        return [
            [came, sender, struct.unpack_from(">d", data, where)[0]]
            for came, data, sender in _packets(ear, seconds)
            if data.startswith(b"#bundle")
        ]


def _packets(ear: socket.socket, seconds: float) -> Iterator[tuple[float, bytes, str]]:
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        with contextlib.suppress(TimeoutError):
            data, (sender, _) = ear.recvfrom(65536)
            yield time.monotonic(), data, sender


# --- the parts --------------------------------------------------------------------------------


def bundle(folder: Path) -> Path:
    """The screen in one file that Node runs."""
    script = folder / "screen.mjs"
    esbuild = VIEWER / "node_modules" / ".bin" / "esbuild"
    # mqtt.js and ws are CommonJS inside, and ask for Node's modules by `require`.
    banner = "import{createRequire}from'module';const require=createRequire(import.meta.url);"
    words = ("--bundle", "--platform=node", "--format=esm", "--log-level=error")
    subprocess.run(
        [
            *(esbuild, VIEWER / "tests" / "screen.ts", *words),
            *(f"--banner:js={banner}", f"--outfile={script}"),
        ],
        check=True,
        cwd=VIEWER,
    )
    return script


def production(folder: Path, name: str, delay: float | None) -> Path:
    copy = folder / name
    shutil.copytree(SALSA, copy, ignore=shutil.ignore_patterns(".state", "logs"))
    text = (copy / "show.toml").read_text(encoding="utf-8")
    text = text.replace('[[source]]\nurl = "osc://127.0.0.1:9000"\n', "")
    if delay is not None:
        text = text.replace("[show]\n", f"[show]\ndelay = {delay}\n", 1)
    (copy / "show.toml").write_text(text, encoding="utf-8")
    return copy


def python(*words: object) -> list[str]:
    return [sys.executable, *map(str, words)]


def show(*words: object) -> list[str]:
    return python("-m", "show.cli", *words)


QUIET: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": ROOT}
HEARD: dict[str, Any] = {"stdout": subprocess.PIPE, "text": True, "cwd": ROOT}


def start_broker(network: Network, folder: Path) -> None:
    conf = folder / "mosquitto.conf"
    conf.write_text("user root\n" + broker.configuration("0.0.0.0", 1883), encoding="utf-8")
    network.start("broker", ["mosquitto", "-c", str(conf)], **QUIET)
    time.sleep(0.5)


def in_step(folder: Path, script: Path, delay: float | None, seconds: float) -> dict[str, Any]:
    """What two screens, the lamps and a witness near the engine saw."""
    here = folder / f"delay-{delay}"
    here.mkdir()
    made = production(here, "salsa", delay)
    hosts = [Host("engine"), Host("broker"), *(Host(name, **FAR) for name in ("a", "b", "lamps"))]
    with Network(*hosts) as network:
        start_broker(network, here)
        engine, hall = network.address("engine"), f"mqtt://{network.address('broker')}/hall"
        run = ("run", made, "--no-browser", "--host", engine, "--broker", hall)
        network.start("engine", show(*run), **QUIET)
        time.sleep(SETTLE)
        page = f"http://{engine}:8137/"
        through = f"{page}?mqtt=ws://{network.address('broker')}:1884&prefix=hall"
        screens = {
            name: network.start(
                name, ["node", str(script), url, str(seconds), str(offset), str(drift)], **HEARD
            )
            for name, url, offset, drift in (("a", page, 7e3, 20), ("b", through, -3e4, -20))
        }
        driver = ("lights", made, "--from", hall, "--output", f"artnet://127.0.0.1:{ARTNET}")
        network.start("lamps", show(*driver), **QUIET)
        ears = {
            "lamps": network.start("lamps", python(__file__, "lamps", seconds), **HEARD),
            "broker": network.start("broker", python(__file__, "frames", hall, seconds), **HEARD),
        }
        found = {
            name: json.loads(process.communicate()[0])
            for name, process in {**screens, **ears}.items()
        }
    return found | {"patch": made / "patch.toml", "delay": 2 / 60 if delay is None else delay}


def shown(rows: list[list[float]], column: int) -> tuple[np.ndarray, np.ndarray]:  # type: ignore[type-arg]
    """Moments and the show time at them, without the seconds in which all settles."""
    table = np.array(rows, np.float64)
    table = table[table[:, 0] > table[0, 0] + 4.0]
    return table[:, 0], table[:, column]


def compared(found: dict[str, Any]) -> dict[str, Any]:
    """Seconds by which screens differ from each other, and all from what is due."""
    results = {}
    for name, column in (("screens in step", 1), ("shown as they come", 2)):
        at, first = shown(found["a"], column)
        at_other, other = shown(found["b"], column)
        here = (at > at_other[0]) & (at < at_other[-1])
        results[name] = first[here] - np.interp(at[here], at_other, other)
    *frames_heard, (_, state) = found["broker"]
    rig = Rig(patch_file.read(found["patch"]), ("red", "green", "blue"))
    lit = LightState.from_json(json.loads(state))
    due = {}
    for clock, packed in frames_heard:
        levels = rig.levels(wire.unpack(base64.b64decode(packed)), lit).data[0].tobytes()
        due.setdefault(levels, clock + found["delay"])
    first_at: dict[bytes, float] = {}
    for at, data in found["lamps"]:
        first_at.setdefault(base64.b64decode(data), at)
    lamp = np.array([at - due[levels] for levels, at in first_at.items() if levels in due])
    clocks = np.array([clock for clock, _ in frames_heard])
    times = np.array([wire.unpack(base64.b64decode(p)).show_time for _, p in frames_heard])
    for name in ("a", "b"):
        at, seen = shown(found[name], 1)
        results[f"screen {name} to what is due"] = seen - np.interp(
            at - found["delay"], clocks, times
        )
    results["lamps to what is due"] = lamp[len(lamp) // 4 :]
    return results


def report(found: dict[str, Any]) -> None:
    print(f"  delay of the show {found['delay'] * 1e3:.0f} ms")
    for name, values in compared(found).items():
        p50, p99 = np.percentile(np.abs(values), (50, 99)) * 1e3
        kept = "kept" if p99 <= MOST else "missed"
        verdict = f"   at most {MOST:g}: {kept}" if name == "screens in step" else ""
        print(f"    {name:26} {len(values):6} {p50:10.2f} {p99:10.2f}{verdict}")


def pulled(folder: Path, seconds: float) -> dict[str, Any]:
    """What a receiver hears when a cable is pulled, and after some seconds plugged in again."""
    here = folder / "pulled"
    here.mkdir()
    hosts = [Host("first"), Host("second"), Host("broker"), Host("stage", **FAR)]
    with Network(*hosts) as network:
        start_broker(network, here)
        hall = f"mqtt://{network.address('broker')}/hall"
        output = f"osc://{network.address('stage')}:{OSC}"
        for name in ("first", "second"):
            made = production(here, name, None)
            run = ("run", made, "--no-browser", "--broker", hall, "--name", name)
            network.start(name, show(*run, "--output", output), **QUIET)
            time.sleep(SETTLE)
        ear = network.start("stage", python(__file__, "stage", seconds + 12), **HEARD)
        time.sleep(4.0)
        network.cut("first")
        cut = time.monotonic()
        time.sleep(seconds)
        network.mend("first")
        mended = time.monotonic()
        rows = json.loads(ear.communicate()[0])
        first, second = network.address("first"), network.address("second")
    before = [row for row in rows if row[1] == first and row[0] < cut + 1]
    taken = [row for row in rows if row[1] == second]
    return {
        "gap": taken[0][0] - before[-1][0],
        "step": taken[0][2] - max(row[2] for row in before),
        "back": [row[0] - mended for row in rows if row[1] == first and row[0] > mended],
        "last": {row[1] for row in rows[-60:]} == {second},
    }


def report_pulled(found: dict[str, Any], seconds: float) -> None:
    kept = "kept" if found["gap"] <= 0.5 else "missed"
    print(f"  the other plays after {found['gap']:.2f} s, at most 0.5: {kept};", end=" ")
    print(f"show time goes on by {found['step']:.3f} s")
    more = f", the last {max(found['back']):.2f} s later" if found["back"] else ""
    print(f"  plugged in again after {seconds:g} s, the first sends", end=" ")
    print(f"{len(found['back'])} frames{more}")


def main() -> None:
    lacking = missing()
    if lacking is not None:
        print(f"not measured: {lacking}")
        return
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 15.0
    print("20 ms, 5 ms jitter, 2 % loss    samples     p50 ms     p99 ms")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        script = bundle(folder)
        for delay in (None, 0.2):
            report(in_step(folder, script, delay, seconds))
        print("a cable is pulled:")
        report_pulled(pulled(folder, 4.0), 4.0)


if __name__ == "__main__":
    roles = {"frames": frames, "lamps": lamps, "stage": stage}
    if len(sys.argv) > 2 and sys.argv[1] in roles:
        *where, length = sys.argv[2:]
        print(json.dumps(roles[sys.argv[1]](*where, float(length))))  # type: ignore[operator]
    else:
        main()
