"""Measures of a body in the world: energy, feet, floor, jerk, bones, the way on the stage.

All take poses float [T, 17, 3] in metres, stage space, at `fps` frames a second.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine import features, skeleton

Float = NDArray[np.float64]
Joints = NDArray[np.floating]

FROZEN_SHARE = 0.05
"""A second is frozen when its kinetic energy is below this share of the real mean."""
CONTACT_HEIGHT = 0.05
"""Metres that an ankle may stand above its rest height and still carry the body."""
EDGE_RATE = 30.0
"""Frames a second of EDGE's motion, which its contact score is scaled to."""
LEAST_PUSH = 0.01
"""m/s²: an acceleration of the root that is smaller is rounding."""


def speeds(joints: Joints, fps: float) -> Float:
    """Speed [T - 1, 17] of each joint, m/s."""
    way = np.diff(joints.astype(np.float64), axis=0)
    speed: Float = np.sqrt(np.vecdot(way, way)) * fps
    return speed


def mean_energy(joints: Joints, fps: float) -> float:
    """Mean kinetic energy per unit mass and joint, m²/s²."""
    return float(features.kinetic_energy(joints, fps)[1:].mean())


def energy_by(joints: Joints, fps: float, seconds: float) -> Float:
    """Mean kinetic energy [N], m²/s², of each whole stretch of `seconds`."""
    energy = features.kinetic_energy(joints, fps)
    size = round(seconds * fps)
    means: Float = energy[: len(energy) // size * size].reshape(-1, size).mean(1)
    return means


def frozen_seconds(joints: Joints, fps: float, real_mean: float) -> int:
    """How many whole seconds have less than 5 % of the real mean kinetic energy."""
    return int(np.sum(energy_by(joints, fps, 1.0) < FROZEN_SHARE * real_mean))


def rest_height(joints: Joints) -> float:
    """Height in metres of an ankle that carries the body: 2nd percentile of the lower one."""
    return float(np.percentile(joints[:, skeleton.FEET, 2].min(1), 2))


def foot_skate(joints: Joints, fps: float, rest: float) -> float:
    """Mean horizontal speed in cm/s of ankles less than 5 cm above `rest`; 0 if there is none.

    After Zhang et al., Mode-Adaptive Neural Networks (2018), counted below a fixed height
    rather than weighted by it.
    """
    feet = joints[:, skeleton.FEET].astype(np.float64)
    speed = np.linalg.norm(np.diff(feet[..., :2], axis=0), axis=-1) * fps
    low = (feet[:-1, :, 2] < rest + CONTACT_HEIGHT) & (feet[1:, :, 2] < rest + CONTACT_HEIGHT)
    return float(speed[low].mean() * 100) if low.any() else 0.0


def support_speed(joints: Joints, fps: float) -> float:
    """Mean speed in cm/s of the slower ankle: one foot carries the body at nearly any time.

    It exposes sliding that foot skate misses because the sliding foot is held a little
    too high. Real salsa has 22 to 24.
    """
    return float(speeds(joints[:, skeleton.FEET], fps).min(1).mean() * 100)


def foot_contact(joints: Joints, fps: float) -> float:
    """Physical foot contact score (PFC): 0 is best; without unit, scaled by 10,000 as in EDGE.

    Tseng et al., EDGE: Editable Dance Generation from Music (2023), section 5: a body
    accelerates only while a foot stands. The mean over the frames of |a| |v_left| |v_right|,
    with a the root's acceleration (downwards counts as none) over its largest, v the way of
    a foot on the floor in a thirtieth of a second, m. The ankle stands for the foot, as
    this skeleton has no toes.
    """
    root = joints[:, skeleton.HIP].astype(np.float64)
    push = np.diff(root, n=2, axis=0) * fps**2
    push[:, 2] = np.maximum(push[:, 2], 0)
    effort = np.linalg.norm(push, axis=1)
    feet = joints[1:, skeleton.FEET, :2].astype(np.float64)
    ways = np.linalg.norm(np.diff(feet, axis=0), axis=-1) * (fps / EDGE_RATE)
    score = (effort / max(effort.max(), LEAST_PUSH) * ways[:, 0] * ways[:, 1]).mean()
    return float(score * 10_000)


def floor_penetration(joints: Joints, rest: float) -> float:
    """Mean depth in cm of the lowest ankle below `rest`, over all frames."""
    low = joints[:, skeleton.FEET, 2].min(1)
    return float(np.maximum(rest - low, 0).mean() * 100)


def jerk(joints: Joints, fps: float) -> float:
    """Mean size of the third derivative of the joints' positions, m/s³."""
    third = np.diff(joints.astype(np.float64), n=3, axis=0) * fps**3
    return float(np.sqrt(np.vecdot(third, third)).mean())


def bone_length_error(joints: Joints, lengths: NDArray[np.floating]) -> float:
    """Largest deviation in metres of any bone from `lengths` [16]."""
    return float(np.abs(skeleton.bone_lengths(joints) - lengths).max())


def root_range(joints: Joints, fps: float, seconds: float = 30.0) -> float:
    """Mean diagonal in metres of the box that the root covers in `seconds` (or in all)."""
    root = joints[:, skeleton.HIP, :2]
    size = min(round(seconds * fps), len(root))
    boxes = [np.ptp(root[i : i + size], axis=0) for i in range(0, len(root) - size + 1, size)]
    return float(np.mean(np.linalg.norm(boxes, axis=1)))


def wander(joints: Joints) -> float:
    """Farthest in metres that the root gets from the middle (median) of its way."""
    root = joints[:, skeleton.HIP, :2].astype(np.float64)
    return float(np.linalg.norm(root - np.median(root, 0), axis=1).max())


def root_relative(joints: Joints) -> NDArray[np.float32]:
    """Poses float32 [T, 17, 3] with the hip in the origin and every frame facing -y."""
    away = joints.astype(np.float64) - joints[:, skeleton.HIP, None]
    yaw = features.heading(joints)
    return np.asarray(features.turn(away, -yaw[:, None]), np.float32)
