"""Measures of a body, on motion whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest

from engine import features, skeleton
from offline.evaluation import physical
from tests.dancing import STANDING, walking
from tests.offline.evaluation.motion import RATE, sliding, still


def test_a_frozen_figure_is_frozen_every_second() -> None:
    assert physical.frozen_seconds(still(), RATE, real_mean=0.3) == 5
    assert physical.frozen_seconds(walking(150), RATE, real_mean=0.01) == 0
    assert physical.mean_energy(still(), RATE) == 0


def test_a_gliding_figure_slides_at_its_speed() -> None:
    rest = physical.rest_height(still())
    assert physical.foot_skate(sliding(0.5), RATE, rest) == pytest.approx(50)
    assert physical.support_speed(sliding(0.5), RATE) == pytest.approx(50)
    assert physical.foot_skate(still(), RATE, rest) == 0


def test_a_foot_in_the_air_does_not_slide() -> None:
    joints = sliding(0.5)
    joints[..., 2] += 0.2
    assert physical.foot_skate(joints, RATE, physical.rest_height(still())) == 0


def test_support_speed_is_that_of_the_slower_foot() -> None:
    joints = still()
    joints[:, skeleton.LEFT_FOOT, 0] += np.arange(len(joints)) * 2.0 / RATE
    assert physical.support_speed(joints, RATE) == 0


def test_depth_below_the_floor() -> None:
    joints = still()
    rest = physical.rest_height(joints)
    joints[..., 2] -= 0.03
    assert physical.floor_penetration(joints, rest) == pytest.approx(3.0)
    assert physical.floor_penetration(still(), rest) == 0


def test_jerk_of_a_known_curve() -> None:
    at = np.arange(90) / RATE
    joints = still(90)
    joints[..., 0] += (2.0 * at**3)[:, None]
    assert physical.jerk(joints, RATE) == pytest.approx(12.0, rel=1e-4)


def test_range_in_thirty_seconds() -> None:
    joints = still(1800)
    joints[..., 0] += np.linspace(0, 4, 1800)[:, None]
    assert physical.root_range(joints, RATE) == pytest.approx(2.0, rel=0.01)


def test_bone_length_error_finds_one_long_bone() -> None:
    joints = still(10)
    lengths = skeleton.bone_lengths(STANDING)
    assert physical.bone_length_error(joints, lengths) < 1e-12
    joints[4, skeleton.HEAD] += (joints[4, skeleton.HEAD] - joints[4, skeleton.NECK]) * 0.5
    assert physical.bone_length_error(joints, lengths) == pytest.approx(lengths[9] * 0.5)


def test_a_body_that_slides_without_a_push_has_perfect_contact() -> None:
    assert physical.foot_contact(sliding(0.5), RATE) == pytest.approx(0, abs=1e-6)
    assert physical.foot_contact(still(), RATE) == 0


def test_contact_is_the_push_times_the_ways_of_both_feet() -> None:
    at = np.arange(120) / RATE
    joints = still(120)
    # Falls forwards, ever faster, on feet that slide along: a constant push.
    joints[..., 1] -= (0.5 * at**2)[:, None]
    ways = (at[2:] - 0.5 / RATE) / RATE
    expected = 10_000 * np.mean(ways**2)
    assert physical.foot_contact(joints, RATE) == pytest.approx(expected, rel=1e-6)
    planted = joints.copy()
    planted[:, skeleton.LEFT_FOOT] = joints[0, skeleton.LEFT_FOOT]
    assert physical.foot_contact(planted, RATE) == 0


def test_contact_is_the_same_at_another_rate() -> None:
    slow, fast = walking(300, 30.0), walking(600, 60.0)
    score = physical.foot_contact(slow, 30.0)
    assert physical.foot_contact(fast, 60.0) == pytest.approx(score, rel=0.1)


def test_wander_is_from_the_middle_of_the_way() -> None:
    joints = still(101)
    joints[-1, :, 0] += 3.0
    assert physical.wander(joints) == pytest.approx(3.0)


def test_root_relative_poses_know_neither_place_nor_heading() -> None:
    joints = walking(60)
    moved = features.turn(joints, np.full((60, 17), 1.1)) + np.array([3.0, -2.0, 0.4])
    one, other = physical.root_relative(joints), physical.root_relative(moved)
    assert np.abs(one - other).max() < 1e-5
    assert np.abs(one[:, skeleton.HIP]).max() == 0
