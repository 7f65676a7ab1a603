"""The offset on simulated networks: every clock and every delay is known here."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from engine.clock_offset import SLEW, ClockOffset

OFFSET = 1234.5


def simulate(
    there: Callable[[], float],
    back: Callable[[], float],
    *,
    seconds: float,
    drift: float = 0.0,
    lost: Callable[[], bool] = lambda: False,
) -> Iterator[tuple[ClockOffset, float, float]]:
    """Ping four times a second; yield the estimator, its offset and the true one."""
    clock = ClockOffset()
    for n in itertools.count():
        sent = n * 0.25
        if sent > seconds:
            return
        delay = there()
        received = sent + delay + back()
        if not lost():
            clock.pong(sent, received, engine(sent + delay, drift))
        found = clock.at(received)
        if found is not None:
            yield clock, found, engine(received, drift) - received


def engine(own: float, drift: float) -> float:
    return OFFSET + own * (1 + drift)


def test_on_a_quiet_network_it_is_exact() -> None:
    for _, found, true in simulate(lambda: 0.001, lambda: 0.001, seconds=5):
        assert found == pytest.approx(true, abs=1e-9)


def test_jitter_hardly_moves_it() -> None:
    rng = random.Random(1)
    errors = [
        found - true
        for _, found, true in simulate(
            lambda: 0.001 + rng.expovariate(1 / 0.005),
            lambda: 0.001 + rng.expovariate(1 / 0.005),
            seconds=120,
            lost=lambda: rng.random() < 0.1,
        )
    ]
    settled = np.abs(errors[40:])
    assert np.percentile(settled, 99) < 0.001
    steps = np.abs(np.diff(errors[40:]))
    assert steps.max() < 0.25 * SLEW * 1.5  # it never jumps once it has settled


def test_wrong_by_half_the_difference_of_the_ways_and_it_says_so() -> None:
    rng = random.Random(2)
    for clock, found, true in simulate(
        lambda: 0.012 + rng.expovariate(1 / 0.002),
        lambda: 0.002 + rng.expovariate(1 / 0.002),
        seconds=60,
    ):
        assert clock.error is not None
        assert abs(found - true) <= clock.error + 0.011  # what is still to be slewed away
    assert found - true == pytest.approx(0.005, abs=0.001)
    assert 0.007 <= clock.error < 0.009


def test_it_follows_a_clock_that_drifts() -> None:
    errors = [
        found - true
        for _, found, true in simulate(lambda: 0.001, lambda: 0.001, seconds=600, drift=100e-6)
    ]
    assert max(map(abs, errors)) < 0.0002


def test_it_follows_a_clock_that_drifts_on_a_network_that_jitters() -> None:
    rng = random.Random(3)
    errors = [
        found - true
        for _, found, true in simulate(
            lambda: 0.001 + rng.expovariate(1 / 0.003),
            lambda: 0.001 + rng.expovariate(1 / 0.003),
            seconds=600,
            drift=20e-6,
        )
    ]
    assert np.percentile(np.abs(errors[40:]), 99) < 0.0015


def test_a_new_engine_is_followed_at_once() -> None:
    clock = ClockOffset()
    clock.pong(0.0, 0.002, 100.0)
    clock.pong(1.0, 1.002, 5.0)
    assert clock.at(1.1) == pytest.approx(5.0 - 1.001)


def test_a_ping_that_waited_long_is_no_new_engine() -> None:
    clock = ClockOffset()
    clock.pong(0.0, 0.002, 100.001)
    clock.pong(1.0, 3.0, 101.9)  # two seconds on its way
    assert clock.at(3.0) == pytest.approx(100.0)


def test_frames_alone_tell_it_until_a_pong_comes() -> None:
    clock = ClockOffset()
    assert clock.at(0.0) is None
    late = (0.004, 0.001, 0.030, 0.002, 0.003)
    for n, delay in enumerate(late):
        clock.arrived(OFFSET + n, n + delay)
    assert clock.at(5.0) == pytest.approx(OFFSET - 0.001)
    assert clock.error is None
    clock.pong(5.0, 5.001, OFFSET + 5.0005)
    assert clock.at(5.001) == pytest.approx(OFFSET, abs=0.0011)
    assert clock.error == pytest.approx(0.0005)


def test_frames_of_another_clock_begin_anew() -> None:
    clock = ClockOffset()
    clock.arrived(100.0, 0.0)
    clock.arrived(7.0, 1.0)
    assert clock.at(1.0) == pytest.approx(6.0)
    clock.arrived(200.0, 2.0)
    assert clock.at(2.0) == pytest.approx(198.0)
    clock.arrived(201.0, 4.0)  # a second late, and no other clock
    assert clock.at(4.0) == pytest.approx(198.0)


def test_a_pong_from_the_future_is_passed_over() -> None:
    clock = ClockOffset()
    clock.pong(2.0, 1.0, 100.0)
    assert clock.at(2.0) is None
