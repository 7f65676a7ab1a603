"""The figures of the timecode chase, on virtual clocks and with fixed seeds."""

from __future__ import annotations

import math

import numpy as np
import pytest

from show.chase.chase import ChaseState
from show.timecode import PAL, RATES, Rate
from tests.show.chase.unsteady import Motion, Seen, Wire, follow, ramp, steady

SEEDS = range(3)
SETTLED = 0.5
rates = pytest.mark.parametrize("rate", RATES.values(), ids=RATES)


def errors(seen: list[Seen], since: float = SETTLED) -> np.ndarray:
    found = np.array([frame.error for frame in seen if frame.clock >= since])
    assert not np.isnan(found).any()
    return np.abs(found)


@rates
@pytest.mark.parametrize("speed", [1.0, 1.001, -1.0])
def test_jitter_losses_and_doubles_leave_a_smooth_time(rate: Rate, speed: float) -> None:
    runs = [follow(rate, steady(speed), seconds=10, seed=seed) for seed in SEEDS]
    for seen in runs:
        locked = next(f.clock for f in seen if f.position.state is ChaseState.LOCKED)
        assert locked <= 0.5
        assert {f.position.state for f in seen if f.clock >= locked} == {ChaseState.LOCKED}
        if speed > 0:
            seconds = [f.position.seconds or 0.0 for f in seen if f.clock >= SETTLED]
            assert min(np.diff(seconds)) > 0.0
    assert np.percentile(np.concatenate([errors(seen) for seen in runs]), 99) <= 0.003


@rates
@pytest.mark.parametrize("speed", [0.25, 0.5, 2.0, 4.0, -0.25, -0.5, -2.0, -4.0])
def test_a_shuttle_stays_within_a_frame(rate: Rate, speed: float) -> None:
    frame = 1.0 / float(rate.real)
    for seed in SEEDS:
        seen = follow(rate, steady(speed), seconds=5, seed=seed)
        assert errors(seen, since=1.0).max() < frame


@pytest.mark.parametrize(
    ("motion", "frames"),
    [
        (ramp(1.0, 4.0, 4.0, 2.0), 1.0),
        (ramp(4.0, 1.0, 4.0, 2.0), 1.0),
        (ramp(1.0, -1.0, 4.0, 2.0), 1.5),
        (ramp(1.0, 4.0, 4.0, 0.0), 1.0),
        (ramp(1.0, -1.0, 4.0, 0.0), 1.0),
        (ramp(1.0, 0.25, 4.0, 0.0), 2.5),
    ],
    ids=["faster", "slower", "through a stop", "faster at once", "turned", "slower at once"],
)
def test_a_change_of_speed(motion: Motion, frames: float) -> None:
    for seed in SEEDS:
        assert errors(follow(PAL, motion, seconds=10, seed=seed)).max() < frames / 25


@pytest.mark.parametrize("seconds", [0.04, 0.09, 0.3])
def test_messages_that_were_held_up_do_not_pull_it_back(seconds: float) -> None:
    wire = Wire(held_up=(4.0, 4.0 + seconds))
    assert errors(follow(PAL, steady(1.0), seconds=8, seed=1, wire=wire)).max() < 0.004


def test_without_jitter_there_is_no_error() -> None:
    seen = follow(PAL, steady(1.0), seconds=4, seed=1, wire=Wire(0.0, 0.0, 0.0))
    assert errors(seen, since=0.1).max() < 1e-6


def test_a_loss_freewheels_and_then_holds() -> None:
    stop = ramp(1.0, 0.0, 4.0, 0.0)
    seen = follow(PAL, stop, seconds=8, seed=1, freewheel=1.5)
    states = [f.position.state for f in seen]
    assert list(dict.fromkeys(states)) == [
        ChaseState.STOPPED,
        ChaseState.LOCKED,
        ChaseState.FREEWHEELING,
    ]
    assert states[-1] is ChaseState.STOPPED
    last = [f.position.seconds or math.nan for f in seen if f.clock > 7.0]
    assert max(last) - min(last) == 0.0
    assert last[0] - seen[0].truth == pytest.approx(5.5, abs=0.02)
