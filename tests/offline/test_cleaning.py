"""What an import mends, and what it leaves alone."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from engine import skeleton
from engine.skeleton import FEET, HIP, JOINTS
from offline import cleaning
from tests.offline.bvh_bodies import true_places

FPS = 60.0
ANKLE = 0.08 * 0.84 / 0.8969
WRIST = JOINTS.index("left_wrist")


def dancing(frames: int = 180, floor: float = 0.0) -> NDArray[np.float64]:
    """A body [T, 17, 3] that stands on `floor` on its left foot and sways.

    Its legs are 0.84 m long, so its ankle stands at 0.08 m x 0.84 / 0.8969.
    """
    places = {
        part: np.stack([place[:, 0], -place[:, 2], place[:, 1]], -1) * 0.01
        for part, place in true_places(frames).items()
    }
    places |= {"hip": (places["left_hip"] + places["right_hip"]) / 2, "spine": places["chest"]}
    places |= {"thorax": places["neck"], "head": places["crown"]}
    places["neck"] = (places["thorax"] + places["head"]) / 2
    joints = np.stack([places[name] for name in JOINTS], 1)
    joints[..., 2] += floor - joints[:, list(FEET), 2].min() + ANKLE
    return joints


def speed(joints: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.linalg.norm(np.diff(joints, axis=0), axis=-1) * FPS)


def test_good_motion_stays_as_it_is() -> None:
    cleaned = cleaning.clean(dancing(), FPS)
    np.testing.assert_allclose(cleaned.joints, dancing(), atol=2e-3)
    assert cleaned.cleaning == ("floor: moved by -0.2 cm",)  # 5 % of its frames may lie lower
    assert cleaned.varied < 1e-3


@pytest.mark.parametrize("floor", [-0.05, 0.3, 1.0])
def test_the_standing_ankle_comes_to_its_height(floor: float) -> None:
    joints, note = cleaning.stand_on_floor(dancing(floor=floor))
    assert joints[:, list(FEET), 2].min() == pytest.approx(ANKLE, abs=2e-3)
    assert note is not None
    assert float(note.split()[3]) == pytest.approx(-100 * floor, abs=0.3)


def test_a_foot_that_dips_for_a_moment_does_not_move_the_floor() -> None:
    joints = dancing()
    joints[90:94, FEET[1], 2] -= 0.3
    assert cleaning.floor_height(joints) == pytest.approx(0.0, abs=5e-3)


def test_who_lies_on_the_back_lies_on_the_floor_and_not_below() -> None:
    x, y, z = np.moveaxis(dancing(), -1, 0)
    lying = np.stack([x, z, -y + 0.5], -1)  # on the back, head to the audience's left
    joints, _ = cleaning.stand_on_floor(lying)
    assert 0.0 <= joints[..., 2].min() < 0.11


def test_a_flip_of_some_frames_is_interpolated_and_the_rest_left_alone() -> None:
    joints = dancing()
    joints[100:103, WRIST] += [0.5, 0.3, 0.2]
    mended, note = cleaning.remove_spikes(joints, FPS)
    assert np.linalg.norm(mended - dancing(), axis=-1).max() < 0.01
    others = [joint for joint in range(17) if joint != WRIST]
    np.testing.assert_array_equal(mended[:, others], joints[:, others])
    assert note == "spikes: 1 mended (up to 37 m/s, at 1.7 s)"


def test_a_jump_that_stays_is_spread() -> None:
    joints = dancing()
    joints[90:] += [0.2, 0.0, 0.0]
    mended, note = cleaning.remove_spikes(joints, FPS)
    assert speed(joints).max() > 10
    assert speed(mended).max() < cleaning.JUMP
    np.testing.assert_array_equal(mended[:80], joints[:80])
    np.testing.assert_array_equal(mended[100:], joints[100:])
    assert note is not None


def test_a_fast_arm_is_no_spike() -> None:
    joints = dancing(60)
    swing = np.sin(np.linspace(0, 2 * np.pi, 60))[:, None]  # 0.9 m at 2 Hz: 7 m/s
    joints[:, WRIST] += np.array([[0.0, 0.9, 0.0]]) * swing
    joints = joints[::2]
    assert np.linalg.norm(np.diff(joints[:, WRIST], axis=0), axis=-1).max() * FPS > cleaning.JUMP
    mended, note = cleaning.remove_spikes(joints, FPS)
    assert note is None
    assert mended is joints


def test_a_dancer_who_leaves_for_good_is_not_called_back() -> None:
    joints = dancing()
    joints[90:] += [9.0, 0.0, 0.0]
    assert cleaning.remove_spikes(joints, FPS)[1] is None


def test_a_swing_out_of_the_rest_pose_becomes_the_first_pose() -> None:
    joints = dancing()
    fade = np.array([1.0, 0.2, 0.05, 0.01])[:, None]
    joints[:4, WRIST] += fade * [0.6, 0.0, 0.6]
    held, note = cleaning.hold_start(joints, FPS)
    assert speed(held)[:10].max() < 1.5
    assert len(held) == len(joints)
    np.testing.assert_array_equal(held[6:], joints[6:])
    assert note is not None
    assert note.startswith("start: 3 frames")


def test_a_start_in_motion_is_kept() -> None:
    joints = dancing()
    assert cleaning.hold_start(joints, FPS) == (joints, None)


def test_bones_become_constant_from_the_hip_outwards() -> None:
    joints = dancing()
    breath = 1 + 0.02 * np.sin(np.linspace(0, 20, len(joints)))[:, None, None]
    joints = joints[:, [HIP]] + (joints - joints[:, [HIP]]) * breath
    rebuilt, note = cleaning.constant_lengths(joints)
    lengths = skeleton.bone_lengths(rebuilt)
    assert np.ptp(lengths, axis=0).max() < 1e-9
    np.testing.assert_allclose(lengths[0], np.median(skeleton.bone_lengths(joints), 0))
    np.testing.assert_array_equal(rebuilt[:, HIP], joints[:, HIP])
    for parent, joint in skeleton.BONES:
        old, new = (motion[:, joint] - motion[:, parent] for motion in (joints, rebuilt))
        assert np.linalg.norm(np.cross(old, new), axis=-1).max() < 1e-9
    assert note is not None
    assert "varied by up to" in note


def test_lengths_can_be_kept() -> None:
    joints = dancing()
    joints[::2, WRIST, 2] += 0.03
    cleaned = cleaning.clean(joints, 10.0, keep_lengths=True)
    assert np.ptp(skeleton.bone_lengths(cleaned.joints), axis=0).max() > 0.02
    assert cleaned.varied > 0.02


@pytest.mark.parametrize("frames", [1, 2, 3])
def test_a_clip_of_few_frames(frames: int) -> None:
    assert cleaning.clean(dancing(frames), FPS).joints.shape == (frames, 17, 3)


def test_a_bone_without_length_is_no_crash() -> None:
    joints = dancing()
    joints[10, WRIST] = joints[10, WRIST - 1]
    assert np.isfinite(cleaning.clean(joints, FPS).joints).all()
