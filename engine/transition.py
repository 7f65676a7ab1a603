"""Transitions: what a dancer was doing dies away while the new movement is already there.

Inertialization (Bollo, Inertialization: High-Performance Animation Transitions, 2018): at
a change, the difference between the pose shown and the new pose, and between their
velocities, becomes an offset that decays like a critically damped spring. Only the new
movement has to be generated, position and velocity stay continuous, and since offsets
are rotations of bone directions, bone lengths stay exact.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]
Pose = tuple[Float, Float]
"""Root [3] and bone directions [16, 3]."""

SETTLE = 6.6
"""Time constants of a critically damped spring until 1 % of the offset is left."""


@dataclass(slots=True)
class Offset:
    """What is left of the transitions of P performers.

    root [P, 3], metres; turn [P, 16, 3], rotation vectors of the bones, radians; each with
    its velocity. settle [P]: decay in 1/s. until: step after which nothing can be seen.
    """

    root: Float
    root_velocity: Float
    turn: Float
    turn_velocity: Float
    settle: Float
    until: int

    @classmethod
    def none(cls, performers: int) -> Offset:
        """Give one in which nothing is left."""
        n = performers
        return cls(
            np.zeros((n, 3)),
            np.zeros((n, 3)),
            np.zeros((n, 16, 3)),
            np.zeros((n, 16, 3)),
            np.full(n, SETTLE),
            0,
        )

    def copy(self) -> Offset:
        """Give one that can be changed."""
        return Offset(
            self.root.copy(),
            self.root_velocity.copy(),
            self.turn.copy(),
            self.turn_velocity.copy(),
            self.settle.copy(),
            self.until,
        )

    def clear(self, p: int) -> None:
        """Drop what is left of performer p's transition."""
        for part in (self.root, self.root_velocity, self.turn, self.turn_velocity):
            part[p] = 0.0

    def join(
        self, p: int, shown: Pose, shown_before: Pose, new: Pose, new_before: Pose, rate: float
    ) -> None:
        """Make performer p's offset what leads from the pose shown to a new movement's pose.

        The poses `before` are one step earlier and give the velocities; rate: steps a second.
        """
        root, root_before = shown[0] - new[0], shown_before[0] - new_before[0]
        turn = rotation_between(new[1], shown[1])
        turn_before = rotation_between(new_before[1], shown_before[1])
        self.root[p], self.root_velocity[p] = root, (root - root_before) * rate
        self.turn[p], self.turn_velocity[p] = turn, (turn - turn_before) * rate

    def decayed(self, step: float) -> Offset:
        """Give what is left after `step` seconds."""
        left = self.copy()
        _decay(left.root, left.root_velocity, self.settle[:, None], step)
        _decay(left.turn, left.turn_velocity, self.settle[:, None, None], step)
        return left

    def apply(self, root: Float, unit: Float) -> tuple[Float, Float]:
        """Give roots [P, 3] and directions [P, 16, 3] with the offset on them."""
        return root + self.root, rotate(unit, self.turn)


def _decay(offset: Float, velocity: Float, rate: Float, step: float) -> None:
    """Advance critically damped springs in place."""
    pull = velocity + rate * offset
    fall = np.exp(-rate * step)
    offset += pull * step
    offset *= fall
    velocity -= rate * pull * step
    velocity *= fall


def rotation_between(a: Float, b: Float) -> Float:
    """Rotation vectors [..., 3] (radians) of the smallest turn from unit vectors a to b."""
    axis = np.cross(a, b)
    sine = np.sqrt(np.einsum("...k,...k->...", axis, axis))
    angle = np.arctan2(sine, np.einsum("...k,...k->...", a, b))
    # Opposite directions have no smallest turn: any axis square to a will do.
    opposite = (sine < 1e-9) & (angle > 1)
    if opposite.any():
        aside = np.cross(a, np.where(np.abs(a[..., :1]) < 0.9, [1.0, 0, 0], [0, 1.0, 0]))
        aside /= np.linalg.norm(aside, axis=-1, keepdims=True)
        axis = np.where(opposite[..., None], aside, axis)
        sine = np.where(opposite, 1.0, sine)
    turn: Float = axis * (angle / np.maximum(sine, 1e-12))[..., None]
    return turn


def cross(a: Float, b: Float) -> Float:
    """Cross products [..., 3]; numpy.cross takes several times as long for a few vectors."""
    ax, ay, az = a[..., 0], a[..., 1], a[..., 2]
    bx, by, bz = b[..., 0], b[..., 1], b[..., 2]
    out = np.empty(np.broadcast_shapes(a.shape, b.shape))
    out[..., 0] = ay * bz - az * by
    out[..., 1] = az * bx - ax * bz
    out[..., 2] = ax * by - ay * bx
    return out


def rotate(unit: Float, turn: Float) -> Float:
    """Turn unit vectors [..., 3] by rotation vectors [..., 3] (Rodrigues' formula)."""
    angle = np.sqrt(np.einsum("...k,...k->...", turn, turn))[..., None]
    axis = turn / np.maximum(angle, 1e-12)
    c, s = np.cos(angle), np.sin(angle)
    along = np.einsum("...k,...k->...", axis, unit)[..., None]
    out: Float = unit * c + cross(axis, unit) * s + axis * along * (1 - c)
    return out
