"""A show that follows MIDI timecode through real ports, each side in a process of its own."""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from aiohttp import ClientSession, WSMsgType

from engine import wire
from engine.frame import Frame
from tests.kit import CUES as KIT_CUES
from tests.kit import write_production
from tests.show.process import ROOT, Running, show

pytestmark = [pytest.mark.usefixtures("jack"), pytest.mark.slow]

CUES = """
[[cue]]
number = "1"
timecode = "01:00:02:00"
[cue.performers.all]
do = "generate"
phrase = "seeds/red.npz"

[[cue]]
number = "2"
timecode = "01:00:30:00"
[cue.performers.red]
do = "generate"
phrase = "seeds/blue.npz"
"""
HEAD = '[timecode]\nsource = "mtc:figurant:timecode"\nstart = "01:00:00:00"\nfreewheel = 3.0\n'


class Generator:
    """`show timecode --send` to a port of its own, and what is typed into it."""

    def __init__(self, *arguments: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "show.cli", "timecode", "--send", "mtc:", *arguments],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        assert "to a port of our own" in self._process.stdout.readline()

    def type(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def end(self) -> None:
        if self._process.poll() is None:
            self._process.terminate()
        self._process.communicate(timeout=10)


@contextlib.contextmanager
def generator(*arguments: str) -> Iterator[Generator]:
    made = Generator(*arguments)
    try:
        yield made
    finally:
        made.end()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_production(tmp_path / "kit", head=HEAD, cues=CUES)


def until(running: Running, true: Callable[[dict[str, Any]], bool], seconds: float = 20) -> Any:
    """Wait until something is true of the state; give it."""
    deadline = time.monotonic() + seconds
    while True:
        state = running.state()
        if true(state):
            return state
        assert time.monotonic() < deadline, state
        time.sleep(0.02)


def at_rest(running: Running) -> float:
    """Wait until the timecode has stopped, and the show with it; give where it stands."""
    until(running, lambda s: s["chase"]["state"] == "stopped")
    time.sleep(0.3)
    stood = running.state()["show_time"]
    time.sleep(0.3)
    assert running.state()["show_time"] == stood
    return float(stood)


async def frames(url: str, count: int) -> list[Frame]:
    """What a page would get."""
    found: list[Frame] = []
    async with ClientSession() as session, session.ws_connect(f"{url}/frames") as stream:
        async for message in stream:
            if message.type is WSMsgType.BINARY:
                found.append(wire.unpack(message.data))
                if len(found) == count:
                    break
    return found


def test_a_show_follows_a_timecode_from_another_process(folder: Path) -> None:
    with generator("--start", "01:00:00:00") as desk, Running("run", folder) as running:
        state = until(running, lambda s: s["chase"]["state"] == "locked" and s["show_time"] > 2.5)
        assert (state["running"]["number"], state["running"]["since"]) == ("1", 2.0)
        seen = asyncio.run(frames(running.url, 120))
        clocks = np.array([frame.clock for frame in seen])
        times = np.array([frame.show_time for frame in seen])
        # The sender is another process: one that stalls for longer than a jump is followed once.
        assert np.count_nonzero(np.diff(times) < 0) <= 1
        off = (times - clocks) - np.median(times - clocks)
        assert np.median(np.abs(off)) < 0.01
        assert seen[-1].timecode[:2] == (1, 0)

        desk.type("01:00:35:00")
        state = until(running, lambda s: s["show_time"] > 30)
        assert 35 <= state["show_time"] < 45
        assert state["running"] == {"number": "2", "name": "", "since": 30.0}

        desk.type("-2")
        until(running, lambda s: s["chase"]["speed"] < -1.9)
        state = until(running, lambda s: s["show_time"] < 29)
        assert state["running"]["number"] == "1"
        desk.type("stop")
        stood = at_rest(running)

        desk.type("1")
        until(running, lambda s: s["show_time"] > stood + 0.5)
        desk.end()
        lost = until(running, lambda s: s["chase"]["state"] == "freewheeling")
        assert "the timecode is lost, freewheeling" in str(lost["faults"])
        gone = until(running, lambda s: s["chase"]["error"] is not None)
        assert "no such MIDI input" in gone["chase"]["error"]
        at_rest(running)

        with generator("--start", "01:00:50:00"):
            state = until(running, lambda s: 50 <= s["show_time"] < 65)
            assert (state["chase"]["state"], state["chase"]["error"]) == ("locked", None)
        running.end()


PEDAL = """
import sys, mido
port = mido.open_output("pedal", client_name="tests", virtual=True)
for line in sys.stdin:
    port.send(mido.Message.from_hex(line))
"""
MIDI = """
[midi]
ports = ["tests:pedal"]
device = 5
[midi.bindings]
"note 60" = "go"
"""


def test_hands_and_desks_give_cues(tmp_path: Path) -> None:
    """Real MIDI from bare mido in another process: notes, show control, learning."""
    folder = write_production(tmp_path / "kit", cues=f"{KIT_CUES}\n{MIDI}")
    environment = os.environ | {"MIDO_BACKEND": "mido.backends.rtmidi/UNIX_JACK"}

    def send(message: str) -> None:
        assert pedal.stdin is not None
        pedal.stdin.write(message + "\n")
        pedal.stdin.flush()

    with Running("run", folder) as running:
        assert "no such MIDI input" in str(running.state()["faults"])
        with subprocess.Popen(
            [sys.executable, "-c", PEDAL], env=environment, stdin=subprocess.PIPE, text=True
        ) as pedal:
            until(running, lambda s: s["midi"]["inputs"][0]["port"] == "tests:pedal")
            send("90 3C 01")
            until(running, lambda s: s["running"] and s["running"]["number"] == "1")
            time.sleep(0.6)
            send("F0 7F 05 02 01 01 33 F7")
            until(running, lambda s: s["running"]["number"] == "3")
            assert running.post("learn", target="panic") == {"ok": True}
            send("90 3D 40")
            state = until(running, lambda s: s["midi"]["learn"]["trigger"])
            assert state["midi"]["learn"]["toml"] == '"note 61 channel 1" = "panic"'
            assert not state["panic"]
            send("90 3D 40")
            until(running, lambda s: s["panic"])
            assert running.post("learn", save=True) == {"ok": True}
        until(running, lambda s: s["midi"]["inputs"][0]["error"])
        assert '"note 61 channel 1" = "panic"' in (folder / "show.toml").read_text()


def test_the_monitor_says_what_comes(folder: Path) -> None:
    with generator("--rate", "29.97", "--start", "09:59:58:00"):
        watch = show(
            "timecode", "--monitor", "mtc:figurant:timecode", "--rate", "29.97", "--duration", "4"
        )
    assert watch.returncode == 0
    lines = watch.stdout.splitlines()
    assert lines[0] == "mtc:figurant:timecode: waiting for a timecode"
    assert any("locked  29.97  ×1.0" in line or "×0.99" in line for line in lines[1:])


def test_a_port_that_is_not_there_is_named(folder: Path) -> None:
    result = show("run", folder, "--timecode", "mtc:nowhere", "--no-browser", "--port", "0")
    assert result.returncode == 2
    assert "show: mtc:nowhere: found no such MIDI input" in result.stderr.splitlines()[-1]
    assert show("timecode", "--send", "mtc:nowhere").returncode == 2
