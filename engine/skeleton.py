"""The Human3.6M skeleton: 17 joints, 16 bones, metres, z up.

Stage space is right-handed: x to stage left, y upstage, z up, origin centre stage.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

NAME = "h36m17"

JOINTS: tuple[str, ...] = (
    "hip",
    "right_hip",
    "right_knee",
    "right_foot",
    "left_hip",
    "left_knee",
    "left_foot",
    "spine",
    "thorax",
    "neck",
    "head",
    "left_shoulder",
    "left_elbow",
    "left_wrist",
    "right_shoulder",
    "right_elbow",
    "right_wrist",
)
HIP = 0
RIGHT_HIP, RIGHT_FOOT = 1, 3
LEFT_HIP, LEFT_FOOT = 4, 6
THORAX, NECK, HEAD = 8, 9, 10
LEFT_SHOULDER, RIGHT_SHOULDER = 11, 14
FEET: tuple[int, int] = (RIGHT_FOOT, LEFT_FOOT)

PARENTS: tuple[int, ...] = (-1, 0, 1, 2, 0, 4, 5, 0, 7, 8, 9, 8, 11, 12, 8, 14, 15)
"""Parent of each joint; -1 for the root. Bone b (0..15) ends in joint b + 1."""

BONES: tuple[tuple[int, int], ...] = tuple(
    (parent, joint) for joint, parent in enumerate(PARENTS) if parent >= 0
)

MIRROR: tuple[int, ...] = (0, 4, 5, 6, 1, 2, 3, 7, 8, 9, 10, 14, 15, 16, 11, 12, 13)
"""Joint that takes a joint's place when left and right are exchanged."""


def bone_chains() -> NDArray[np.float32]:
    """Matrix [17, 16]: 1 where a bone lies on the way from the root to a joint.

    Joint positions relative to the root are this matrix times the bone vectors.
    """
    chains = np.zeros((len(JOINTS), len(BONES)), np.float32)
    for joint in range(len(JOINTS)):
        j = joint
        while PARENTS[j] >= 0:
            chains[joint, j - 1] = 1.0
            j = PARENTS[j]
    return chains


def bone_lengths(joints: NDArray[np.floating]) -> NDArray[np.float64]:
    """Length in metres of each bone of poses [..., 17, 3], as [..., 16]."""
    parents = [parent for parent, _ in BONES]
    ends = [joint for _, joint in BONES]
    bones = joints[..., ends, :].astype(np.float64) - joints[..., parents, :]
    lengths: NDArray[np.float64] = np.linalg.norm(bones, axis=-1)
    return lengths
