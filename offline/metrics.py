"""Measures of motion: what makes generated dance look alive, or wrong.

All take poses float [T, 17, 3] in metres, stage space, at `fps` frames a second. Sources:
kinetic features after fairmotion (Gopinath and Won, 2020) and Onuma et al., FMDistance
(2008); foot skate after Zhang et al., Mode-Adaptive Neural Networks (2018), counted
below a fixed height.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import linalg

from engine import features, skeleton

Float = NDArray[np.float64]
Joints = NDArray[np.floating]

FROZEN_SHARE = 0.05
"""A second is frozen when its kinetic energy is below this share of the real mean."""
CONTACT_HEIGHT = 0.05
"""Metres that an ankle may stand above its rest height and still carry the body."""


def speeds(joints: Joints, fps: float) -> Float:
    """Speed [T - 1, 17] of each joint, m/s."""
    speed: Float = np.linalg.norm(np.diff(joints.astype(np.float64), axis=0), axis=-1) * fps
    return speed


def mean_energy(joints: Joints, fps: float) -> float:
    """Mean kinetic energy per unit mass and joint, m²/s²."""
    return float(features.kinetic_energy(joints, fps)[1:].mean())


def frozen_seconds(joints: Joints, fps: float, real_mean: float) -> int:
    """How many whole seconds have less than 5 % of the real mean kinetic energy."""
    energy = features.kinetic_energy(joints, fps)
    second = round(fps)
    whole = energy[: len(energy) // second * second].reshape(-1, second).mean(1)
    return int(np.sum(whole < FROZEN_SHARE * real_mean))


def rest_height(joints: Joints) -> float:
    """Height in metres of an ankle that carries the body: 2nd percentile of the lower one."""
    return float(np.percentile(joints[:, skeleton.FEET, 2].min(1), 2))


def foot_skate(joints: Joints, fps: float, rest: float) -> float:
    """Mean horizontal speed in cm/s of ankles less than 5 cm above `rest`; 0 if there is none."""
    feet = joints[:, skeleton.FEET].astype(np.float64)
    speed = np.linalg.norm(np.diff(feet[..., :2], axis=0), axis=-1) * fps
    low = (feet[:-1, :, 2] < rest + CONTACT_HEIGHT) & (feet[1:, :, 2] < rest + CONTACT_HEIGHT)
    return float(speed[low].mean() * 100) if low.any() else 0.0


def support_speed(joints: Joints, fps: float) -> float:
    """Mean horizontal speed in cm/s of the slower ankle."""
    feet = joints[:, skeleton.FEET, :2].astype(np.float64)
    speed = np.linalg.norm(np.diff(feet, axis=0), axis=-1) * fps
    return float(speed.min(1).mean() * 100)


def floor_penetration(joints: Joints, rest: float) -> float:
    """Mean depth in cm of the lowest ankle below `rest`, over all frames."""
    low = joints[:, skeleton.FEET, 2].min(1)
    return float(np.maximum(rest - low, 0).mean() * 100)


def jerk(joints: Joints, fps: float) -> float:
    """Mean size of the third derivative of the joints' positions, m/s³."""
    third = np.diff(joints.astype(np.float64), n=3, axis=0) * fps**3
    return float(np.linalg.norm(third, axis=-1).mean())


def bone_length_error(joints: Joints, lengths: NDArray[np.floating]) -> float:
    """Largest deviation in metres of any bone from `lengths` [16]."""
    return float(np.abs(skeleton.bone_lengths(joints) - lengths).max())


def root_range(joints: Joints, fps: float, seconds: float = 30.0) -> float:
    """Mean diagonal in metres of the box that the root covers in `seconds` (or in all)."""
    root = joints[:, skeleton.HIP, :2]
    size = min(round(seconds * fps), len(root))
    boxes = [np.ptp(root[i : i + size], axis=0) for i in range(0, len(root) - size + 1, size)]
    return float(np.mean(np.linalg.norm(boxes, axis=1)))


def kinetic_features(joints: Joints, fps: float) -> Float:
    """Kinetic features [51]: of each joint its horizontal and vertical energy and acceleration.

    Mean squared horizontal speed (m²/s²), mean squared vertical speed, mean size of the
    acceleration (m/s²).
    """
    velocity = np.diff(joints.astype(np.float64), axis=0) * fps
    acceleration = np.diff(velocity, axis=0) * fps
    horizontal = (velocity[..., :2] ** 2).sum(-1).mean(0)
    vertical = (velocity[..., 2] ** 2).mean(0)
    effort = np.linalg.norm(acceleration, axis=-1).mean(0)
    return np.stack([horizontal, vertical, effort], 1).ravel()


def windows(clips: Sequence[Joints], fps: float, seconds: float = 4.0) -> list[Joints]:
    """Cut clips into windows of `seconds` that overlap by half."""
    size = round(seconds * fps)
    return [c[i : i + size] for c in clips for i in range(0, len(c) - size + 1, size // 2)]


def frechet_distance(a: Float, b: Float) -> float:
    """Fréchet distance of two sets of features [N, D] taken as Gaussians (Heusel et al., 2017)."""
    mean = a.mean(0) - b.mean(0)
    ca, cb = np.cov(a.T), np.cov(b.T)
    # The trace of (ca cb)^1/2 by the eigenvalues of the product, which are not negative.
    root = np.sqrt(np.maximum(linalg.eigvals(ca @ cb).real, 0)).sum()
    return max(float(mean @ mean + np.trace(ca) + np.trace(cb) - 2 * root), 0.0)
