from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from engine import clip, skeleton
from engine.humanoid import AT, BONES, ENDS, PARENTS, REST, humanoid, to_unity
from tests.conftest import SALSA
from tests.dancing import STANDING, walking

Float = NDArray[np.float64]
LIMBS = [b for b, name in enumerate(BONES) if ("Arm" in name or "Leg" in name or name == "Head")]


def danced() -> Float:
    """Poses of the clips that ship and of a figure that turns, [T, 17, 3]."""
    clips = [clip.load(path).joints for path in sorted((SALSA / "seeds").glob("*.npz"))]
    return np.concatenate([*clips, walking(300)])


def t_pose() -> Float:
    """A figure that looks at the audience with its arms to the sides, [17, 3], stage space."""
    to_stage = np.array([[-1, 0, 0], [0, 0, -1], [0, 1, 0]])  # x, y, z of Unity are columns
    joints = np.zeros((17, 3))
    joints[0] = (0, 0, 1)
    joints[1], joints[4] = (-0.1, 0, 1), (0.1, 0, 1)
    for bone, end in enumerate(ENDS):
        if end >= 0 and AT[bone] != end:
            joints[end] = joints[AT[bone]] + to_stage @ REST[bone] * 0.3
    return joints


def test_the_space_is_unitys() -> None:
    stage = np.array([[1.0, 2.0, 3.0]])  # a metre to stage left, two upstage, three up
    assert to_unity(stage).tolist() == [[-1.0, 3.0, -2.0]]
    at = to_unity(STANDING)
    assert at[skeleton.RIGHT_SHOULDER, 0] > 0 > at[skeleton.LEFT_SHOULDER, 0]
    assert at[skeleton.NECK, 2] > at[skeleton.THORAX, 2], "the nose is before the neck"


def test_a_t_pose_is_rest() -> None:
    bones = humanoid(t_pose()[None])
    assert np.abs(bones.turn[0, :, 3]) == pytest.approx(np.ones(len(BONES)), abs=1e-9)
    assert np.abs(bones.turn[0, :, :3]).max() < 1e-6


def test_who_turns_to_stage_left_turns_to_the_left_in_unity_too() -> None:
    figure = t_pose()
    turned = figure.copy()
    turned[:, 0], turned[:, 1] = -figure[:, 1], figure[:, 0]  # a quarter, seen from above
    bones = humanoid(turned[None])
    x, y, z, w = bones.turn[0, 0] * np.sign(bones.turn[0, 0, 3])
    # Left-handed and y up: a negative angle about y is counter-clockwise seen from above.
    assert (x, y, z, w) == pytest.approx((0, -np.sqrt(0.5), 0, np.sqrt(0.5)), abs=1e-9)
    assert np.abs(bones.turn[0, 1:, :3]).max() < 1e-6


def test_rotations_are_of_unit_length_and_bones_keep_their_place() -> None:
    bones = humanoid(danced())
    lengths = np.linalg.norm(bones.turn, axis=-1)
    assert lengths == pytest.approx(np.ones_like(lengths), abs=1e-9)
    for bone, name in enumerate(BONES):
        if PARENTS[bone] > 0 and "Neck" not in name:
            along = bones.place[:, bone] / np.linalg.norm(bones.place[:, bone], axis=1)[:, None]
            parent = PARENTS[bone]
            if AT[bone] == ENDS[parent]:
                assert np.abs(along - REST[parent]).max() < 1e-6, name


def test_limbs_have_no_twist_of_their_own() -> None:
    turn = humanoid(danced()).turn[:, LIMBS]
    twist = np.einsum("tbk,bk->tb", turn[..., :3], REST[LIMBS])
    assert np.abs(twist).max() < 1e-9


def test_a_bone_that_points_against_its_rest_is_some_turn_and_no_nan() -> None:
    figure = t_pose()
    for joint in (12, 13):  # the left arm lies across, through the body
        figure[joint] = figure[11] + (figure[11] - figure[joint])
    bones = humanoid(figure[None])
    assert np.isfinite(bones.turn).all()
    assert humanoid(np.zeros((1, 17, 3))).turn.shape == (1, len(BONES), 4)
    assert np.isfinite(humanoid(np.zeros((1, 17, 3))).turn).all()
