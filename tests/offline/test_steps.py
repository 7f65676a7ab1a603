"""Steps told by the feet: what the network predicts, and the pose that it leads to."""

from __future__ import annotations

import numpy as np
import pytest

from engine import features, skeleton
from offline import steps
from tests.dancing import walking

RATE = 30.0


def encoded(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Vectors [T, 52] of someone who walks, and the bones' lengths."""
    joints = walking(90, RATE, seed=seed)
    lengths = np.median(skeleton.bone_lengths(joints), 0).astype(np.float32)
    vectors, _ = features.encode(joints, RATE, features.Body.of(lengths, lengths))
    return vectors, lengths


def test_a_foot_that_stands_goes_nowhere_while_the_body_moves_over_it() -> None:
    joints = np.repeat(walking(1)[:1], 2, axis=0).astype(np.float64)
    shift = np.array([0.02, 0.01, -0.01])
    moved = [j for j in range(17) if j not in skeleton.FEET]
    joints[1, moved] += shift
    lengths = skeleton.bone_lengths(joints[0]).astype(np.float32)
    vectors, _ = features.encode(joints, RATE, features.Body.of(lengths, lengths))
    # The shank's length has changed a little with the shift: lay it on again.
    way = steps.steps(vectors[:1], vectors[1:], steps.ankle_map(lengths), RATE)[0]
    stretched = np.abs(skeleton.bone_lengths(joints[1]) - lengths).max()
    for at in steps.FEET:
        assert np.abs(way[at : at + 3]).max() <= stretched + 1e-6
    assert way[features.HEIGHT] == pytest.approx(-0.01, abs=1e-6)


def test_a_turn_on_the_spot_carries_the_feet_round() -> None:
    joints = np.stack([walking(1)[0]] * 2)
    joints[:, :, :2] -= joints[:1, :1, :2]
    joints[1] = features.turn(joints[1], np.full(17, 0.1))
    lengths = skeleton.bone_lengths(joints[0]).astype(np.float32)
    vectors, placements = features.encode(joints, RATE, features.Body.of(lengths, lengths))
    way = steps.steps(vectors[:1], vectors[1:], steps.ankle_map(lengths), RATE)[0]
    for at, foot in zip(steps.FEET, skeleton.FEET, strict=True):
        over_floor = features.turn((joints[1] - joints[0])[foot], -placements[0, 2])
        assert way[at : at + 3] == pytest.approx(over_floor, abs=1e-5)


@pytest.mark.parametrize("seed", [0, 1])
def test_the_network_takes_the_very_steps_that_were_measured(seed: int) -> None:
    tf = pytest.importorskip("tensorflow")
    from offline.network import take_step

    vectors, lengths = encoded(seed)
    ankles = steps.ankle_map(lengths)
    way = steps.steps(vectors[:-1], vectors[1:], ankles, RATE)
    theirs = steps.steps(tf.constant(vectors[:-1]), tf.constant(vectors[1:]), ankles, RATE, tf)
    assert np.abs(way - theirs.numpy()).max() < 1e-5
    low, high = vectors.min(0) - 1, vectors.max(0) + 1
    after = take_step(tf.constant(vectors[:-1]), tf.constant(way), lengths, RATE, low, high)
    # A leg is never quite straight again: there a knee is within three centimetres.
    off = np.abs(after.numpy() - vectors[1:])
    bones = vectors[1:, features.DIRECTIONS].reshape(-1, 16, 3)
    bent = [np.vecdot(bones[:, thigh], bones[:, shank]) < 0.997 for _, thigh, shank in steps.LEGS]
    assert off[bent[0] & bent[1]].max() < 2e-4
    assert np.count_nonzero(bent[0] & bent[1]) > len(off) / 2
    assert off.max() < 0.06
    assert np.abs((after.numpy() - vectors[1:])[:, features.DIRECTIONS] @ ankles).max() < 1e-3


def test_bones_keep_their_lengths_wherever_a_foot_is_sent() -> None:
    tf = pytest.importorskip("tensorflow")
    from offline.network import take_step

    vectors, lengths = encoded()
    rng = np.random.default_rng(3)
    way = rng.standard_normal((len(vectors), 52)).astype(np.float32)
    low, high = vectors.min(0) - 1, vectors.max(0) + 1
    after = take_step(tf.constant(vectors), tf.constant(way), lengths, RATE, low, high).numpy()
    bones = after[:, features.DIRECTIONS].reshape(-1, 16, 3)
    assert np.isfinite(after).all()
    assert np.abs(np.linalg.norm(bones, axis=-1) - 1).max() < 1e-4
