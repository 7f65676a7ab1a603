"""Poses as the model sees them, and back: the one implementation, in training and on stage.

A model vector has 52 numbers: the root's height (m), its velocity on the floor in the
dancer's own heading (m/s, to the dancer's left and backwards), the yaw rate (rad/s),
and a unit direction for each of the 16 bones in that heading. Where the dancer stands
and faces is kept beside it as a placement (x, y, yaw), which `advance` integrates.
Decoding lays the body's bone lengths along the directions, so lengths never change.

Heights and velocities are for the reference body that the model was trained with;
`Body.scale` carries them over to another one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine import skeleton

Array = NDArray[np.float32]

HEIGHT = 0
VELOCITY = slice(1, 3)
YAW_RATE = 3
DIRECTIONS = slice(4, 52)
SIZE = 52
VERSION = 1
"""Number of this layout; a model trained on another one is refused."""

MIRROR_JOINTS = np.array(skeleton.MIRROR)
_CHAINS = skeleton.bone_chains()
_PARENTS = np.array([parent for parent, _ in skeleton.BONES])
_LEG_BONES = [skeleton.BONES.index(bone) for bone in ((1, 2), (2, 3), (4, 5), (5, 6))]


@dataclass(frozen=True, slots=True)
class Body:
    """A dancer's bone lengths (float32 [16], metres) and size against the reference body.

    `spread` [17, 16] takes bone directions to joint offsets from the root, in metres;
    `ankles` [2, 16] are its rows of the feet.
    """

    lengths: Array
    scale: float
    spread: NDArray[np.float64]
    ankles: NDArray[np.float64]

    @classmethod
    def of(cls, lengths: NDArray[np.floating], reference: NDArray[np.floating]) -> Body:
        """Give a body; its scale is its legs' length over those of `reference` [16]."""
        own = np.asarray(lengths, np.float32)
        legs = float(np.sum(own[_LEG_BONES]) / np.sum(np.asarray(reference)[_LEG_BONES]))
        spread = (_CHAINS * own).astype(np.float64)
        return cls(own, legs, spread, spread[list(skeleton.FEET)])


def heading(joints: NDArray[np.floating]) -> NDArray[np.float64]:
    """Yaw [...] in radians of poses [..., 17, 3]: 0 faces the audience (-y).

    Counter-clockwise seen from above. The facing is square to the line from the right
    to the left side, hips and shoulders taken together.
    """
    p = joints.astype(np.float64)
    across = (
        p[..., skeleton.LEFT_HIP, :2]
        - p[..., skeleton.RIGHT_HIP, :2]
        + p[..., skeleton.LEFT_SHOULDER, :2]
        - p[..., skeleton.RIGHT_SHOULDER, :2]
    )
    yaw: NDArray[np.float64] = np.arctan2(across[..., 1], across[..., 0])
    return yaw


def turn(xy: NDArray[np.floating], yaw: NDArray[np.floating]) -> NDArray[np.floating]:
    """Rotate vectors [..., 2 or 3] about the vertical by yaw [...] radians."""
    c, s = np.cos(yaw), np.sin(yaw)
    out = xy.copy()
    out[..., 0] = c * xy[..., 0] - s * xy[..., 1]
    out[..., 1] = s * xy[..., 0] + c * xy[..., 1]
    return out


def directions(joints: NDArray[np.floating]) -> NDArray[np.float64]:
    """Unit direction [..., 16, 3] of each bone of poses [..., 17, 3], in stage space."""
    bones = joints[..., 1:, :].astype(np.float64) - joints[..., _PARENTS, :]
    length = np.linalg.norm(bones, axis=-1, keepdims=True)
    unit: NDArray[np.float64] = bones / np.maximum(length, 1e-9)
    return unit


def encode(
    joints: NDArray[np.floating], fps: float, body: Body
) -> tuple[Array, NDArray[np.float64]]:
    """Give model vectors [T, 52] and placements [T, 3] (x, y, yaw) of poses [T, 17, 3].

    Row t's velocity and yaw rate lead from frame t - 1 to t; row 0 repeats row 1's.
    Raises ValueError for fewer than two frames.
    """
    if len(joints) < 2:
        raise ValueError(f"found {len(joints)} frames, expected at least 2")
    yaw = np.unwrap(heading(joints))
    root = joints[:, skeleton.HIP].astype(np.float64)
    vectors = np.empty((len(joints), SIZE), np.float32)
    vectors[:, HEIGHT] = root[:, 2] / body.scale
    velocity = turn(np.diff(root[:, :2], axis=0) * (fps / body.scale), -yaw[:-1])
    vectors[1:, VELOCITY] = velocity
    vectors[1:, YAW_RATE] = np.diff(yaw) * fps
    vectors[0, 1:4] = vectors[1, 1:4]
    local = turn(directions(joints), -yaw[:, None])
    vectors[:, DIRECTIONS] = local.reshape(len(joints), -1)
    placements = np.column_stack([root[:, :2], yaw])
    return vectors, placements


def advance(
    placements: NDArray[np.float64], vectors: NDArray[np.floating], step: float, scale: float
) -> None:
    """Move placements [P, 3] in place by one step of `step` seconds of vectors [P, 52]."""
    ways = vectors[:, VELOCITY].astype(np.float64).view(np.complex128)[:, 0]
    places = placements[:, :2].view(np.complex128)[:, 0]
    places += ways * np.exp(1j * placements[:, 2]) * (step * scale)
    placements[:, 2] += vectors[:, YAW_RATE] * step


def pose_directions(
    placements: NDArray[np.float64], vectors: NDArray[np.floating]
) -> NDArray[np.float64]:
    """Bone directions [P, 16, 3] in stage space of vectors [P, 52], unit as theirs are."""
    c, s = np.cos(placements[:, 2]), np.sin(placements[:, 2])
    turns = np.zeros((len(vectors), 3, 3))
    turns[:, 0, 0] = turns[:, 1, 1] = c
    turns[:, 0, 1], turns[:, 1, 0] = s, -s
    turns[:, 2, 2] = 1.0
    local = vectors[:, DIRECTIONS].reshape(len(vectors), 16, 3)
    unit: NDArray[np.float64] = np.matmul(local, turns)
    return unit


def build(root: NDArray[np.floating], unit: NDArray[np.floating], body: Body) -> Array:
    """Joints float32 [P, 17, 3] from root positions [P, 3] and directions [P, 16, 3]."""
    joints: Array = (root[:, None, :] + np.matmul(body.spread, unit)).astype(np.float32)
    return joints


def decode(placements: NDArray[np.float64], vectors: NDArray[np.floating], body: Body) -> Array:
    """Give joints float32 [P, 17, 3] in stage space of vectors [P, 52] at placements [P, 3]."""
    root = np.column_stack([placements[:, :2], vectors[:, HEIGHT] * body.scale])
    return build(root, pose_directions(placements, vectors), body)


def resample(joints: NDArray[np.floating], fps: float, rate: float, shift: float = 0.0) -> Array:
    """Poses [T, 17, 3] at `fps` as float32 poses at `rate`, beginning `shift` seconds later.

    Frames are taken as they are where they fall on one, else from a Catmull-Rom spline.
    """
    times = np.arange(shift, (len(joints) - 1) / fps + 1e-9, 1.0 / rate)
    at = np.minimum(times * fps, len(joints) - 1)
    whole = np.rint(at)
    if np.allclose(at, whole, atol=1e-6):
        return np.asarray(joints[whole.astype(int)], np.float32)
    i = np.minimum(at.astype(int), len(joints) - 2)
    u = (at - i)[:, None, None]
    p = joints.astype(np.float64)
    before, here, after = p[np.maximum(i - 1, 0)], p[i], p[i + 1]
    beyond = p[np.minimum(i + 2, len(p) - 1)]
    spline = here + 0.5 * u * (
        after
        - before
        + u
        * (2 * before - 5 * here + 4 * after - beyond + u * (3 * (here - after) + beyond - before))
    )
    return np.asarray(spline, np.float32)


def mirror(joints: NDArray[np.floating]) -> NDArray[np.floating]:
    """Poses [..., 17, 3] with left and right exchanged (x turned round)."""
    out = joints[..., MIRROR_JOINTS, :].copy()
    out[..., 0] *= -1
    return out


def kinetic_energy(joints: NDArray[np.floating], fps: float) -> NDArray[np.float64]:
    """Kinetic energy per unit mass and joint, m²/s², of each of T poses [T, 17, 3].

    Mean over the joints of half the squared speed; frame 0 repeats frame 1.
    """
    energy = half_square_speed(np.diff(joints.astype(np.float64), axis=0), fps)
    return np.concatenate([energy[:1], energy])


def half_square_speed(ways: NDArray[np.floating], fps: float) -> NDArray[np.float64]:
    """Kinetic energy [T], m²/s², of the ways [T, 17, 3] that joints go in one frame."""
    return np.asarray(0.5 * np.mean(np.sum((ways * fps) ** 2, axis=-1), axis=-1), np.float64)


ENERGY_WINDOW = 20
"""Frames of the running average of kinetic energy (as in Deep.Dance)."""


def running_energy(joints: NDArray[np.floating], fps: float) -> NDArray[np.float64]:
    """Kinetic energy [T] averaged over the next 20 frames, m²/s².

    Ahead rather than behind: it is what the dancer is about to do, so that the model
    learns to obey it. At the end the window shrinks.
    """
    energy = kinetic_energy(joints, fps)
    total = np.concatenate([[0.0], np.cumsum(energy)])
    start = np.arange(len(energy))
    stop = np.minimum(start + ENERGY_WINDOW, len(energy))
    average: NDArray[np.float64] = (total[stop] - total[start]) / (stop - start)
    return average
