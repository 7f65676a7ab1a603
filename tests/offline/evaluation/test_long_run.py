"""Long runs: alive, frozen, fading, drifting away."""

from __future__ import annotations

import numpy as np
import pytest

from offline.evaluation import long_run, physical
from tests.dancing import walking
from tests.offline.evaluation.motion import RATE, still

MINUTE = 1800


def dance(minutes: int, seed: int = 0) -> np.ndarray:
    return walking(minutes * MINUTE, seed=seed)


def test_a_dance_that_goes_on_as_it_began() -> None:
    dances = [dance(6, seed) for seed in range(3)]
    real = np.mean([physical.mean_energy(d, RATE) for d in dances])
    found = long_run.measure(dances, RATE, real)
    assert found.minutes == 6
    assert found.frozen == [0, 0, 0]
    assert found.nan == [0, 0, 0]
    assert np.shape(found.energy) == (3, 6)
    assert np.mean(found.energy) == pytest.approx(1, rel=0.01)
    assert not found.trending
    assert found.drift < 2 * found.drift_by_chance


def test_a_dance_that_freezes_is_told_by_seconds_trend_and_drift() -> None:
    dances = [np.concatenate([dance(3, seed), still(3 * MINUTE)]) for seed in range(3)]
    found = long_run.measure(dances, RATE, physical.mean_energy(dance(3), RATE))
    # All seconds but that of the jump into the still pose.
    assert found.frozen == [179] * 3
    assert found.trending
    assert found.trend is not None
    assert found.trend < -1
    assert found.drift > 2 * found.drift_by_chance


def test_frames_that_are_no_number_are_counted() -> None:
    one = dance(1)
    one[100:103, 4, 1] = np.nan
    assert long_run.measure([one], RATE, 0.3).nan == [3]


def test_a_trend_of_a_tenth_in_ten_minutes() -> None:
    at = np.arange(30)
    rng = np.random.default_rng(0)
    steady = 1 + 0.02 * rng.standard_normal((5, 30)) + np.linspace(-0.3, 0.3, 5)[:, None]
    slope, low, high, p = long_run.trend(steady + 0.01 * (at - 14.5))
    assert slope == pytest.approx(0.1, abs=0.01)
    assert low < 0.1 < high
    assert p < 1e-6
    flat = long_run.trend(steady)
    assert flat[1] < 0 < flat[2]
    assert long_run.trend(steady[:, :2]) is None


def test_chance_is_as_often_below_its_limit_as_it_should_be() -> None:
    rng = np.random.default_rng(1)
    fewer = sum(
        long_run.trend(1 + 0.1 * rng.standard_normal((5, 30)))[3] < 0.05 for _ in range(400)
    )
    assert 5 <= fewer <= 40
