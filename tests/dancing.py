"""Figures that move as a formula says: for tests that need poses, not dance."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

STANDING = np.array(
    [
        (0.0, 0.0, 0.92),
        (-0.11, 0.0, 0.92),
        (-0.11, -0.02, 0.48),
        (-0.11, 0.04, 0.08),
        (0.11, 0.0, 0.92),
        (0.11, -0.02, 0.48),
        (0.11, 0.04, 0.08),
        (0.0, 0.02, 1.16),
        (0.0, 0.02, 1.4),
        (0.0, -0.04, 1.5),
        (0.0, -0.02, 1.62),
        (0.16, 0.02, 1.38),
        (0.2, 0.03, 1.1),
        (0.22, -0.06, 0.86),
        (-0.16, 0.02, 1.38),
        (-0.2, 0.03, 1.1),
        (-0.22, -0.06, 0.86),
    ]
)
"""Joints [17, 3] of a person who stands at centre stage and faces the audience."""


def walking(frames: int = 90, rate: float = 30.0, seed: int = 0) -> NDArray[np.float64]:
    """Poses [T, 17, 3] of a figure that sways, turns and travels; bones keep their lengths."""
    from engine import features, skeleton

    rng = np.random.default_rng(seed)
    at = np.arange(frames) / rate
    unit = np.tile(features.directions(STANDING[None])[0], (frames, 1, 1))
    phase, speed = rng.uniform(0, 6, 16), rng.uniform(2, 6, 16)
    swing = 0.25 * np.sin(at[:, None] * speed + phase)
    swing[:, [skeleton.BONES.index(bone) for bone in ((0, 1), (0, 4), (8, 11), (8, 14))]] *= 0.1
    c, s = np.cos(swing), np.sin(swing)
    y, z = unit[..., 1].copy(), unit[..., 2].copy()
    unit[..., 1], unit[..., 2] = c * y - s * z, s * y + c * z
    root = np.column_stack(
        [0.3 * np.sin(at), 0.2 * np.sin(0.7 * at + 1), 0.92 + 0.02 * np.sin(3 * at)]
    )
    lengths = skeleton.bone_lengths(STANDING)
    joints = features.build(root, unit, features.Body.of(lengths, lengths)).astype(np.float64)
    yaw = 0.8 * np.sin(0.5 * at)
    turned = features.turn(joints, np.repeat(yaw[:, None], 17, 1))
    return np.asarray(turned)
