"""Measures of motion, on motion whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest

from engine import skeleton
from offline import metrics
from tests.dancing import STANDING, walking

RATE = 30.0


def still(frames: int = 150) -> np.ndarray:
    return np.tile(STANDING, (frames, 1, 1))


def sliding(speed: float) -> np.ndarray:
    """A standing figure that glides to the side at a speed in m/s."""
    joints = still()
    joints[..., 0] += (np.arange(len(joints)) * speed / RATE)[:, None]
    return joints


def test_a_frozen_figure_is_frozen_every_second() -> None:
    assert metrics.frozen_seconds(still(), RATE, real_mean=0.3) == 5
    assert metrics.frozen_seconds(walking(150), RATE, real_mean=0.01) == 0
    assert metrics.mean_energy(still(), RATE) == 0


def test_a_gliding_figure_slides_at_its_speed() -> None:
    rest = metrics.rest_height(still())
    assert metrics.foot_skate(sliding(0.5), RATE, rest) == pytest.approx(50)
    assert metrics.support_speed(sliding(0.5), RATE) == pytest.approx(50)
    assert metrics.foot_skate(still(), RATE, rest) == 0


def test_a_foot_in_the_air_does_not_slide() -> None:
    joints = sliding(0.5)
    joints[..., 2] += 0.2
    assert metrics.foot_skate(joints, RATE, metrics.rest_height(still())) == 0


def test_support_speed_is_that_of_the_slower_foot() -> None:
    joints = still()
    joints[:, skeleton.LEFT_FOOT, 0] += np.arange(len(joints)) * 2.0 / RATE
    assert metrics.support_speed(joints, RATE) == 0


def test_depth_below_the_floor() -> None:
    joints = still()
    rest = metrics.rest_height(joints)
    joints[..., 2] -= 0.03
    assert metrics.floor_penetration(joints, rest) == pytest.approx(3.0)
    assert metrics.floor_penetration(still(), rest) == 0


def test_jerk_of_a_known_curve() -> None:
    at = np.arange(90) / RATE
    joints = still(90)
    joints[..., 0] += (2.0 * at**3)[:, None]
    assert metrics.jerk(joints, RATE) == pytest.approx(12.0, rel=1e-4)


def test_range_in_thirty_seconds() -> None:
    joints = still(1800)
    joints[..., 0] += np.linspace(0, 4, 1800)[:, None]
    assert metrics.root_range(joints, RATE) == pytest.approx(2.0, rel=0.01)


def test_bone_length_error_finds_one_long_bone() -> None:
    joints = still(10)
    lengths = skeleton.bone_lengths(STANDING)
    assert metrics.bone_length_error(joints, lengths) < 1e-12
    joints[4, skeleton.HEAD] += (joints[4, skeleton.HEAD] - joints[4, skeleton.NECK]) * 0.5
    assert metrics.bone_length_error(joints, lengths) == pytest.approx(lengths[9] * 0.5)


def test_a_set_is_at_no_distance_from_itself_and_noise_is_far() -> None:
    clips = [walking(300, seed=seed) for seed in range(20)]
    rng = np.random.default_rng(0)
    noisy = [clip + 0.01 * rng.standard_normal(clip.shape) for clip in clips]

    def features_of(poses: list[np.ndarray]) -> np.ndarray:
        cut = metrics.windows(poses, RATE)
        return np.array([metrics.kinetic_features(window, RATE) for window in cut])

    real = features_of(clips)
    assert metrics.frechet_distance(real, real) == pytest.approx(0, abs=1e-4)
    other = features_of([walking(300, seed=seed) for seed in range(20, 40)])
    near = metrics.frechet_distance(other, real)
    assert near < metrics.frechet_distance(features_of(noisy), real) / 10


def test_frechet_distance_of_known_gaussians() -> None:
    rng = np.random.default_rng(1)
    a = rng.standard_normal((200_000, 2))
    b = 2 * rng.standard_normal((200_000, 2)) + [3.0, 0.0]
    # |3|^2 + trace(1 + 4 - 2 * 2) over two dimensions
    assert metrics.frechet_distance(a, b) == pytest.approx(9 + 2 * 1, rel=0.02)


def test_windows_overlap_by_half() -> None:
    assert [len(w) for w in metrics.windows([still(300)], RATE)] == [120] * 4
