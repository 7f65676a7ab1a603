"""Two engines at a real broker: one plays, the other dances along and takes over."""

from __future__ import annotations

import itertools
import json
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pythonosc.osc_packet import OscPacket

from engine import wire
from engine.frame import Frame
from tests.kit import write_production
from tests.mosquitto import Ear, Mosquitto
from tests.show.process import Running, show

GENEROUS = 2.5
"""Seconds that a take-over may take on a busy machine; benchmarks/takeover.py measures it."""


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    with Mosquitto(tmp_path) as found:
        yield found


class Stage:
    """A receiver by OSC. heard: for each bundle who sent it (its port) and the show time."""

    def __init__(self) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.settimeout(10)
        self.url = f"osc://127.0.0.1:{self.socket.getsockname()[1]}"

    def next(self) -> tuple[int, float]:
        """Give the next bundle."""
        packet, (_, sender) = self.socket.recvfrom(65536)
        return sender, float(OscPacket(packet).messages[0].message.params[1])

    def during(self, seconds: float) -> set[int]:
        """Give who sends for a while, what has waited until now left out."""
        self.socket.setblocking(False)
        try:
            while True:
                self.socket.recv(65536)
        except BlockingIOError:
            self.socket.settimeout(10)
        end, found = time.monotonic() + seconds, set()
        while time.monotonic() < end:
            found.add(self.next()[0])
        return found


@pytest.fixture
def stage() -> Iterator[Stage]:
    found = Stage()
    yield found
    found.socket.close()


def engine(folder: Path, broker: Mosquitto, stage: Stage, option: str, name: str) -> Running:
    """An engine at the broker that sends to the stage while it plays.

    Where it stands by it is patient, since a busy machine may be silent for a while.
    """
    production = write_production(folder / name, head='start = "1"')
    options = (option, broker.url, "--name", name, "--output", stage.url, "--patience", 2)
    return Running("run", production, *options)


def until(running: Running, condition: str, seconds: float = 30) -> dict[str, Any]:
    """Wait until an expression about the state holds; give the state."""
    deadline = time.monotonic() + seconds
    while not eval(condition, {}, {"s": (state := running.state())}):
        assert time.monotonic() < deadline, (condition, state["troupe"], state["faults"])
        time.sleep(0.05)
    return state


def agrees(name: str = "right") -> str:
    return f"any(p['name'] == '{name}' and p['differs'] == 0 for p in s['troupe']['peers'])"


def test_a_standby_dances_the_same_and_takes_over_when_the_first_dies(
    tmp_path: Path, broker: Mosquitto, stage: Stage
) -> None:
    with (
        engine(tmp_path, broker, stage, "--broker", "left") as left,
        engine(tmp_path, broker, stage, "--standby", "right") as right,
    ):
        left.post("go")
        until(left, agrees())
        state = until(right, "s['running'] and s['running']['number'] == '2'")
        assert state["troupe"]["role"] == "stands by"
        refused = right.post("go")["error"]
        assert refused == "go: found an engine that stands by, expected left's pages"
        assert len(stage.during(0.3)) == 1, "only one engine sends"
        shown = state["show_time"]
        with Ear(broker, "stage/#") as ear:
            left.process.send_signal(signal.SIGKILL)
            left.process.communicate()
            died = time.monotonic()
            frames = followed(ear, died + 2.0)
        gap = max(b - a for (a, _), (b, _) in itertools.pairwise(frames))
        assert gap < GENEROUS
        assert_no_jump([frame for _, frame in frames])
        state = until(right, "s['troupe']['role'] == 'plays'")
        assert (state["troupe"]["epoch"], state["show_time"] > shown) == (2, True)
        assert len(stage.during(0.3)) == 1
        assert right.post("go") == {"ok": True}
        until(right, "s['running']['number'] == '3'")
        assert "Traceback" not in right.end()


def followed(ear: Ear, until_clock: float) -> list[tuple[float, Frame]]:
    """Frames at the broker with their arrival, until a clock."""
    found: list[tuple[float, Frame]] = []
    while not found or found[-1][0] < until_clock:
        message = ear.next("stage/frame", GENEROUS + 5)
        found.append((time.monotonic(), wire.unpack(message.payload)))
    return found


def assert_no_jump(frames: list[Frame]) -> None:
    """Show time, clock and joints go on from frame to frame as if nothing had happened."""
    steps = [b.show_time - a.show_time for a, b in itertools.pairwise(frames)]
    assert min(steps) > 0
    assert min(b.clock - a.clock for a, b in itertools.pairwise(frames)) > 0
    late = [(step - 1 / 60) for step in steps]
    moved = [
        float(np.linalg.norm(b.joints - a.joints, axis=-1).max())
        for a, b in itertools.pairwise(frames)
    ]
    # A tick that a busy machine has left out is a step of two; nothing else is longer.
    usual = np.quantile(np.array(moved) / np.array(steps), 0.98)
    assert max(m / s for m, s in zip(moved, steps, strict=True)) < 3 * usual + 1.0, max(late)


def test_an_engine_that_was_stopped_and_goes_on_does_not_fight(
    tmp_path: Path, broker: Mosquitto, stage: Stage
) -> None:
    with (
        engine(tmp_path, broker, stage, "--broker", "left") as left,
        engine(tmp_path, broker, stage, "--standby", "right") as right,
    ):
        until(left, agrees())
        (first,) = stage.during(0.2)
        left.process.send_signal(signal.SIGSTOP)
        until(right, "s['troupe']['role'] == 'plays'")
        (second,) = stage.during(0.3)
        assert second != first
        left.process.send_signal(signal.SIGCONT)
        time.sleep(0.2)
        assert stage.during(2.0) == {second}, "the one that was away sends nothing"
        until(right, agrees("left"))
        assert right.state()["troupe"]["role"] == "plays"


def test_a_show_that_ends_is_not_taken_over_and_a_second_engine_stands_by_unasked(
    tmp_path: Path, broker: Mosquitto, stage: Stage
) -> None:
    with (
        engine(tmp_path, broker, stage, "--broker", "left") as left,
        engine(tmp_path, broker, stage, "--broker", "right") as right,
    ):
        until(right, "s['troupe']['role'] == 'stands by'")
        until(left, agrees())
        left.end()
        time.sleep(1.0)
        assert right.state()["troupe"]["role"] == "stands by"


def test_a_broker_that_dies_makes_nobody_take_over(
    tmp_path: Path, broker: Mosquitto, stage: Stage
) -> None:
    with (
        engine(tmp_path, broker, stage, "--broker", "left") as left,
        engine(tmp_path, broker, stage, "--standby", "right") as right,
    ):
        until(left, agrees())
        broker.kill()
        assert len(stage.during(1.0)) == 1, "the show goes on"
        assert right.state()["troupe"]["role"] == "stands by"
        broker.start()
        until(left, f"not s['faults'] and {agrees()}")
        time.sleep(1.0)
        assert right.state()["troupe"]["role"] == "stands by"
        assert left.state()["troupe"]["role"] == "plays"


def test_another_production_is_a_fault_on_both(
    tmp_path: Path, broker: Mosquitto, stage: Stage
) -> None:
    with engine(tmp_path, broker, stage, "--broker", "left") as left:
        other = write_production(tmp_path / "right", head='start = "1"')
        text = (other / "show.toml").read_text(encoding="utf-8").replace("seed = 7", "seed = 8")
        (other / "show.toml").write_text(text, encoding="utf-8")
        with Running("run", other, "--standby", broker.url, "--name", "right") as right:
            for running in (left, right):
                state = until(running, "s['faults']")
                assert state["faults"][0].startswith("standby right: its frames differ")


def test_two_engines_of_one_name_are_refused(
    tmp_path: Path, broker: Mosquitto, stage: Stage
) -> None:
    with engine(tmp_path, broker, stage, "--broker", "left"):
        other = write_production(tmp_path / "other")
        done = show("run", other, "--broker", broker.url, "--name", "left", "--no-browser")
    assert done.returncode == 2
    assert "found another engine named 'left'" in done.stderr


def test_what_the_broker_is_told(tmp_path: Path, broker: Mosquitto, stage: Stage) -> None:
    with (
        engine(tmp_path, broker, stage, "--broker", "left") as left,
        engine(tmp_path, broker, stage, "--standby", "right"),
        Ear(broker) as ear,
    ):
        until(left, agrees())
        assert json.loads(ear.next("stage/claim").payload) == {"epoch": 1, "name": "left"}
        hashes: dict[str, dict[int, str]] = {"left": {}, "right": {}}
        deadline = time.monotonic() + 20
        while not (hashes["left"].keys() & hashes["right"].keys()):
            for name, told in hashes.items():
                presence = json.loads(ear.next(f"stage/engine/{name}").payload)
                if presence["frame"] > 0:
                    told[presence["frame"]] = presence["hash"]
            assert time.monotonic() < deadline
        for frame in hashes["left"].keys() & hashes["right"].keys():
            assert hashes["left"][frame] == hashes["right"][frame]
