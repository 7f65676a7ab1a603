from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from show.chase.chase import After, Chase
from show.chase.follower import Follower
from show.chase.reading import Reading
from show.chase.settings import TimecodeSettings
from show.cue_stack import CueStack
from show.midi.mtc_reader import MtcReader
from show.show_clock import ShowClock
from show.stage_manager import StageManager
from show.timecode import NTSC, PAL, RATES, Rate
from tests.show.chase.unsteady import Wire, quarter_frames, steady
from tests.show.cues import cue

CUES = [cue(str(n), timecode=10.0 * n) for n in range(1, 7)]


class Desk:
    """A source that only says what a test wants it to."""

    rate = PAL
    error: str | None = None

    async def open(self) -> None: ...

    async def close(self) -> None: ...


class Rig:
    """A show that follows a timecode, frame by frame, on a clock that the test turns."""

    def __init__(self, settings: TimecodeSettings) -> None:
        self.now = 0.0
        self.cues: list[tuple[float, str]] = []
        self.shown: list[tuple[float, float]] = []
        self.states: list[str] = []
        self.chase = Chase(freewheel=settings.freewheel, after=settings.after, jitter=0.003)
        self.manager = StageManager(
            CueStack(CUES, go_guard=0.5, panic=2.0),
            ShowClock(),
            start=None,
            controls={},
            now=lambda: self.now,
        )
        self.manager.clock.start(0.0)
        self.manager.begin()
        self.desk = Desk()
        self.follower = Follower(
            settings, self.chase, self.desk, self.manager, lambda: self.states.append(self.state)
        )

    @property
    def state(self) -> str:
        return str(self.follower.state()["state"])

    def tick(self, clock: float) -> float:
        self.now = clock
        show_time, events = self.follower.direct(clock)
        self.cues += [(e.show_time, e.name) for e in events if e.kind == "cue"]
        self.shown.append((clock, show_time))
        return show_time

    def run(self, start: float, end: float, *, timecode: float, speed: float = 1.0) -> float:
        """A timecode that runs, a reading and a frame every 10 ms; give the last show time."""
        shown = 0.0
        for n in range(round((end - start) * 100)):
            at = start + n / 100
            self.chase.read(Reading(at, timecode + speed * n / 100, speed))
            shown = self.tick(at)
        return shown

    def wait(self, start: float, end: float) -> float:
        """No timecode; give the last show time."""
        return [self.tick(start + n / 100) for n in range(round((end - start) * 100))][-1]

    def running(self) -> str | None:
        cue = self.manager.stack.running
        return None if cue is None else cue.number


START = PAL.seconds((1, 0, 0, 0))
SETTINGS = TimecodeSettings("mtc:desk", PAL, start=START)


def test_until_a_timecode_comes_the_show_stands() -> None:
    rig = Rig(SETTINGS)
    assert rig.wait(0.0, 5.0) == 0.0
    assert rig.follower.state() == {
        "source": "mtc:desk",
        "state": "stopped",
        "timecode": None,
        "rate": "25",
        "speed": 0.0,
        "freewheel": 1.0,
        "after": "hold",
        "error": None,
    }


def test_show_time_is_timecode_less_its_start() -> None:
    rig = Rig(SETTINGS)
    assert rig.run(0.0, 12.0, timecode=START) == pytest.approx(11.99, abs=1e-3)
    assert rig.cues == [(10.0, "1")]
    assert rig.follower.state()["timecode"] == "01:00:11:24"


def test_before_the_top_the_show_stands_at_the_top() -> None:
    rig = Rig(SETTINGS)
    assert rig.run(0.0, 5.0, timecode=START - 20) == 0.0
    assert rig.run(5.0, 30.0, timecode=START - 15) == pytest.approx(9.99, abs=1e-3)


def test_a_jump_locates_and_gives_none_of_the_cues_between() -> None:
    rig = Rig(SETTINGS)
    rig.run(0.0, 12.0, timecode=START)
    rig.cues.clear()
    assert rig.run(12.0, 13.0, timecode=START + 44.0) == pytest.approx(44.99, abs=1e-3)
    assert rig.running() == "4"
    assert rig.run(13.0, 14.0, timecode=START + 25.0) == pytest.approx(25.99, abs=1e-3)
    assert rig.running() == "2"
    assert rig.run(14.0, 20.0, timecode=START + 26.0) == pytest.approx(31.99, abs=1e-3)
    assert rig.running() == "3"


def test_in_reverse_show_time_runs_back_and_cues_with_it() -> None:
    rig = Rig(SETTINGS)
    rig.run(0.0, 3.0, timecode=START + 30)
    assert rig.running() == "3"
    back = rig.run(3.0, 9.0, timecode=START + 33, speed=-2.0)
    assert back == pytest.approx(33 - 12, abs=0.05)
    assert rig.running() == "2"
    times = [show_time for clock, show_time in rig.shown if clock >= 3.1]
    assert max(np.diff(times)) < 0.0


@pytest.mark.parametrize(
    ("after", "rest", "states", "panicking"),
    [
        (After.HOLD, 6.0, ["locked", "freewheeling", "stopped"], False),
        (After.STOP, 6.0, ["locked", "freewheeling", "stopped"], True),
        (After.INTERNAL, 10.0, ["locked", "freewheeling", "internal"], False),
    ],
)
def test_a_loss(after: After, rest: float, states: list[str], panicking: bool) -> None:
    rig = Rig(replace(SETTINGS, after=after))
    rig.run(0.0, 5.0, timecode=START)
    assert rig.wait(5.0, 10.0) == pytest.approx(rest, abs=0.02)
    assert rig.states == states
    assert rig.manager.stack.panicking is panicking
    assert rig.run(10.0, 11.0, timecode=START + 20) == pytest.approx(20.99, abs=1e-3)
    assert rig.states[-1] == "locked"


def test_a_hold_by_hand_is_caught_up_with() -> None:
    rig = Rig(SETTINGS)
    rig.run(0.0, 5.0, timecode=START)
    rig.manager.command("hold", {"value": True})
    assert rig.run(5.0, 9.0, timecode=START + 5) == pytest.approx(5.15, abs=0.02)
    rig.manager.command("hold", {"value": False})
    assert rig.run(9.0, 10.0, timecode=START + 9) == pytest.approx(9.99, abs=1e-3)


def test_what_comes_late_is_made_up_for() -> None:
    rig = Rig(replace(SETTINGS, latency=0.25))
    assert rig.run(0.0, 5.0, timecode=START) == pytest.approx(5.24, abs=1e-3)


def test_what_is_wrong_is_said() -> None:
    rig = Rig(SETTINGS)
    rig.desk.error, rig.desk.rate = "no such MIDI input, there are none at all", NTSC
    rig.run(0.0, 1.0, timecode=START)
    rig.wait(1.0, 1.5)
    assert rig.follower.faults() == [
        "mtc:desk: no such MIDI input, there are none at all",
        "mtc:desk: the timecode is lost, freewheeling",
        "mtc:desk: found a timecode at 29.97ndf, expected 25",
    ]


@pytest.mark.parametrize("rate", RATES.values(), ids=RATES)
def test_an_unsteady_timecode_gives_every_cue_once_and_no_other(rate: Rate) -> None:
    """The whole way of the figures: quarter frames that jitter, show time, cues."""
    start = rate.seconds((1, 0, 0, 0))
    rig, reader = Rig(TimecodeSettings("mtc:desk", rate, start=start)), MtcReader(rate)
    arriving = list(
        quarter_frames(rate, 4 * rate.number((1, 0, 0, 0)), steady(1.0), 33.0, Wire(), seed=5)
    )
    for n in range(33 * 60):
        while arriving and arriving[0].clock <= n / 60:
            coming = arriving.pop(0)
            reading = reader.quarter_frame(coming.clock, coming.piece, coming.digit)
            if reading is not None:
                rig.chase.read(reading)
        rig.tick(n / 60)
    assert rig.cues == [(10.0, "1"), (20.0, "2"), (30.0, "3")]
    assert rig.states == ["locked"]
    settled = np.array([both for both in rig.shown if both[0] > 0.5])
    assert np.percentile(np.abs(settled[:, 1] - settled[:, 0]), 99) <= 0.003
    assert min(np.diff(settled[:, 1])) > 0.0
