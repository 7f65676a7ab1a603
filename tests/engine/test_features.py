"""Poses to model vectors and back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import features, skeleton
from tests.dancing import walking

RATE = 30.0


def body_of(joints: np.ndarray) -> features.Body:
    lengths = skeleton.bone_lengths(joints)[0]
    return features.Body.of(lengths, lengths)


def rebuilt(joints: np.ndarray) -> np.ndarray:
    """Decode what was encoded, integrating from the first placement."""
    body = body_of(joints)
    vectors, placements = features.encode(joints, RATE, body)
    place = placements[:1].copy()
    out = [features.decode(place, vectors[:1], body)[0]]
    for t in range(1, len(joints)):
        features.advance(place, vectors[t : t + 1], 1 / RATE, body.scale)
        out.append(features.decode(place, vectors[t : t + 1], body)[0])
    return np.array(out)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.floats(-np.pi, np.pi), st.floats(-5, 5), st.floats(-5, 5))
def test_decoding_gives_back_the_poses(seed: int, yaw: float, x: float, y: float) -> None:
    joints = walking(seed=seed)
    joints = features.turn(joints, np.full(joints.shape[:2], yaw)) + np.array([x, y, 0.0])
    assert np.abs(rebuilt(joints) - joints).max() < 1e-4


def test_real_clips_survive_encoding(data_dir: Path) -> None:
    from offline.importers import read_motion

    motion = read_motion(data_dir / "mocap" / "cmu131" / "131_01.bvh")
    joints = motion.joints[::4].astype(np.float64)
    lengths = np.median(skeleton.bone_lengths(joints), 0)
    unit = features.directions(joints)
    steady = features.build(joints[:, 0], unit, features.Body.of(lengths, lengths))
    assert np.abs(rebuilt(steady) - steady).max() < 2e-3


def test_bone_lengths_never_change_whatever_the_vector() -> None:
    body = body_of(walking())
    rng = np.random.default_rng(0)
    vectors = rng.standard_normal((200, features.SIZE)).astype(np.float32)
    bones = vectors[:, features.DIRECTIONS].reshape(200, 16, 3)
    bones /= np.linalg.norm(bones, axis=-1, keepdims=True)
    joints = features.decode(rng.standard_normal((200, 3)) * 3, vectors, body)
    assert np.abs(skeleton.bone_lengths(joints) - body.lengths).max() < 2e-6


def test_facing_the_audience_is_yaw_zero_and_left_is_stage_left() -> None:
    pose = walking()[:1]
    assert features.heading(pose)[0] == pytest.approx(0.0, abs=0.2)
    assert pose[0, skeleton.LEFT_SHOULDER, 0] > pose[0, skeleton.RIGHT_SHOULDER, 0]
    quarter = features.turn(pose, np.full(pose.shape[:2], np.pi / 2))
    turned = features.heading(quarter)[0] - features.heading(pose)[0]
    assert turned == pytest.approx(np.pi / 2)


def test_a_taller_body_dances_the_same_in_its_own_size() -> None:
    joints = walking()
    vectors, _ = features.encode(joints, RATE, body_of(joints))
    lengths = skeleton.bone_lengths(joints)[0]
    tall = features.Body.of(1.2 * lengths, lengths)
    assert tall.scale == pytest.approx(1.2)
    taller, _ = features.encode(1.2 * joints, RATE, tall)
    assert np.abs(taller - vectors).max() < 1e-4


def test_mirroring_twice_is_nothing() -> None:
    joints = walking()
    assert np.array_equal(features.mirror(features.mirror(joints)), joints)


def test_mirroring_exchanges_the_sides() -> None:
    joints = walking()
    mirrored = features.mirror(joints)
    left, right = skeleton.LEFT_FOOT, skeleton.RIGHT_FOOT
    assert np.array_equal(mirrored[:, left, 0], -joints[:, right, 0])
    assert np.array_equal(mirrored[:, left, 1:], joints[:, right, 1:])


def test_resampling_takes_frames_as_they_are_where_it_can() -> None:
    joints = walking(frames=61).astype(np.float32)
    assert np.array_equal(features.resample(joints, 60, 30), joints[::2])
    assert np.array_equal(features.resample(joints, 60, 30, 1 / 60), joints[1::2])


def test_resampling_to_another_rate_follows_the_movement() -> None:
    at = np.arange(121) / 60
    joints = np.tile(np.sin(2 * np.pi * at)[:, None, None], (1, 17, 3))
    got = features.resample(joints, 60, 25)
    assert got[:, 0, 0] == pytest.approx(np.sin(2 * np.pi * np.arange(len(got)) / 25), abs=1e-4)


def test_kinetic_energy_of_a_known_speed() -> None:
    joints = np.zeros((50, 17, 3))
    joints[..., 0] = np.arange(50)[:, None] * 2.0 / RATE
    assert features.kinetic_energy(joints, RATE) == pytest.approx(np.full(50, 2.0))
    assert features.running_energy(joints, RATE) == pytest.approx(np.full(50, 2.0))


def test_running_energy_looks_ahead() -> None:
    joints = np.zeros((100, 17, 3))
    joints[50:, :, 0] = np.arange(50)[:, None] * 1.0 / RATE
    energy = features.running_energy(joints, RATE)
    assert energy[20] == 0.0
    assert 0.0 < energy[40] < 0.5
    assert energy[60] == pytest.approx(0.5)


def test_one_frame_cannot_be_encoded() -> None:
    joints = walking()[:1]
    with pytest.raises(ValueError, match="1 frames"):
        features.encode(joints, RATE, body_of(joints))
