"""What the network predicts: a step, told by where the feet go.

A step from one vector to the next has 52 numbers: how each number of the vector changes,
but in place of the two shanks' directions how far each ankle goes over the floor (metres
of the reference body, in the heading before the step). A foot that stands is then a
number near 0 of which the network is sure, whatever the rest of the body does; in bone
directions its standing would be a sum of nine uncertain ones, and it would slide.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine import features, skeleton

Array = NDArray[np.float32]

LEGS = tuple(
    tuple(joint - 1 for joint in leg)
    for leg in (
        (skeleton.RIGHT_HIP, skeleton.RIGHT_HIP + 1, skeleton.RIGHT_FOOT),
        (skeleton.LEFT_HIP, skeleton.LEFT_HIP + 1, skeleton.LEFT_FOOT),
    )
)
"""Bones of the right and the left leg: half a pelvis, thigh, shank."""
FEET = tuple(features.DIRECTIONS.start + 3 * leg[2] for leg in LEGS)
"""First of the three numbers of a step that belong to the right and the left ankle."""


def ankle_map(lengths: NDArray[np.floating]) -> Array:
    """Matrix [48, 6] from the bone directions of a vector to both ankles, from the root, in m."""
    out = np.zeros((48, 6), np.float32)
    for foot, leg in enumerate(LEGS):
        for bone in leg:
            for axis in range(3):
                out[3 * bone + axis, 3 * foot + axis] = lengths[bone]
    return out


def steps(before: Any, after: Any, ankles: Any, rate: float, xp: Any = np) -> Any:
    """Give the steps [..., 52] from vectors to the next ones [..., 52].

    ankles: of `ankle_map`. rate: steps a second. xp: numpy or tensorflow, of which the
    vectors are.
    """
    start, end = before[..., features.DIRECTIONS] @ ankles, after[..., features.DIRECTIONS] @ ankles
    turn = after[..., features.YAW_RATE : features.YAW_RATE + 1] / rate
    cos, sin = xp.cos(turn), xp.sin(turn)
    left, back = after[..., 1:2] / rate, after[..., 2:3] / rate
    rise = after[..., :1] - before[..., :1]
    change = after - before
    parts, done = [], 0
    for foot, at in enumerate(FEET):
        x, y, z = (end[..., 3 * foot + i : 3 * foot + i + 1] for i in range(3))
        x0, y0, z0 = (start[..., 3 * foot + i : 3 * foot + i + 1] for i in range(3))
        parts += [change[..., done:at], cos * x - sin * y + left - x0]
        parts += [sin * x + cos * y + back - y0, z + rise - z0]
        done = at + 3
    return xp.concat([*parts, change[..., done:]], -1)
