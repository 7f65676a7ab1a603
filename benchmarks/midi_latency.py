"""From a MIDI note to the first frame that shows its cue, beside a bare mido loop.

A port of this process sends notes, at random moments, by JACK (jackd with its dummy driver,
started here). `show run` listens to it in a process of its own, at 60 frames a second, and
this process takes its frames by WebSocket; beside it, in a third process, a loop of bare mido
receives the same notes. Each note's times are counted from the moment it was sent:
- bare mido: the message is there
- frame due: the tick of the first frame that shows the cue
- frame received: that frame is here, decoded
and, note by note, how long after the bare loop the show's frame was due. That is asked to be
one tick (16.7 ms) and 2 ms at p99. JACK hands on once in 5.3 ms, to both alike.

Run: .venv/bin/python benchmarks/midi_latency.py [notes]
"""

from __future__ import annotations

import asyncio
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np
from aiohttp import ClientSession, WSMsgType

from engine import wire
from show.midi.driver import OutputDriver, PortError
from tests.jack import COMMAND, SETTINGS
from tests.kit import write_production
from tests.show.process import Running

CUES = """
[[cue]]
number = "1"
[cue.performers.all]
do = "generate"
phrase = "seeds/red.npz"

[[cue]]
number = "2"
[cue.performers.all]
do = "leave"

[midi]
ports = ["figurant:timecode"]
[midi.bindings]
"note 1" = "go 1"
"note 2" = "go 2"
"""
BARE = """
import sys, time, mido
port = mido.open_input("figurant:timecode")
print("open", flush=True)
for message in port:
    if message.type == "note_on":
        print(message.velocity, time.monotonic(), flush=True)
"""
TICK = 1 / 60


class Note:
    """One note's times, of the machine's monotonic clock."""

    def __init__(self, sent: float) -> None:
        self.sent = sent
        self.bare = self.due = self.received = np.nan


async def watch(url: str, notes: list[Note], level: list[float]) -> None:
    """Note when the frames show what was asked for last: level 1 or 0."""
    async with ClientSession() as session, session.ws_connect(f"{url}/frames") as stream:
        async for message in stream:
            if message.type is not WSMsgType.BINARY:
                continue
            frame = wire.unpack(message.data)
            if notes and np.isnan(notes[-1].due) and float(frame.level[0]) == level[0]:
                notes[-1].due, notes[-1].received = frame.clock, time.monotonic()


async def play(url: str, output: OutputDriver, count: int) -> list[Note]:
    notes: list[Note] = []
    level = [0.0]
    watching = asyncio.create_task(watch(url, notes, level))
    rng = random.Random(1)
    await asyncio.sleep(1.0)
    for n in range(count):
        level[0] = 1.0 - n % 2
        notes.append(Note(time.monotonic()))
        output.send([0x90, 1 + n % 2, 1 + n % 127])
        await asyncio.sleep(rng.uniform(0.1, 0.15))
    watching.cancel()
    return notes


def measure(count: int, folder: Path) -> list[Note]:
    environment = os.environ | {"MIDO_BACKEND": "mido.backends.rtmidi/UNIX_JACK"}
    output = OutputDriver("jack")
    output.open("")
    production = write_production(folder / "kit", head="go_guard = 0.0", cues=CUES)
    with (
        subprocess.Popen(
            [sys.executable, "-c", BARE], env=environment, stdout=subprocess.PIPE, text=True
        ) as bare,
        Running("run", production) as running,
    ):
        assert bare.stdout is not None
        bare.stdout.readline()
        notes = asyncio.run(play(running.url, output, count))
        running.end()
        bare.terminate()
        heard = [line.split() for line in bare.stdout.read().splitlines()]
    output.end()
    latest = 0
    for velocity, clock in heard:
        for n in range(latest, count):
            if 1 + n % 127 == int(velocity) and float(clock) - notes[n].sent < 5.0:
                notes[n].bare, latest = float(clock), n + 1
                break
    return notes


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    os.environ.update(SETTINGS)
    server = subprocess.Popen(COMMAND, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait()
        with tempfile.TemporaryDirectory() as folder:
            notes = measure(count, Path(folder))
    finally:
        server.terminate()
        server.wait()
    times = np.array([(n.bare - n.sent, n.due - n.sent, n.received - n.sent) for n in notes]) * 1e3
    print(f"milliseconds from {count} MIDI notes on; a tick is {TICK * 1e3:.1f}")
    print(f"{'':28}{'median':>8}{'p99':>8}{'lost':>6}")
    rows = {
        "bare mido": times[:, 0],
        "frame due": times[:, 1],
        "frame received": times[:, 2],
        "frame due, after bare mido": times[:, 1] - times[:, 0],
    }
    for name, values in rows.items():
        there = values[~np.isnan(values)]
        p50, p99 = np.percentile(there, (50, 99))
        print(f"{name:28}{p50:8.2f}{p99:8.2f}{len(values) - len(there):6}")


def wait() -> None:
    for _ in range(100):
        try:
            OutputDriver("jack").end()
        except PortError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit("jackd does not answer")


if __name__ == "__main__":
    main()
