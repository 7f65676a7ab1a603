"""What is wrong with a clip, in words for whoever filmed or captured it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from engine import skeleton
from offline.cleaning import CLEARANCE, JUMP, Array, length_range

SHORTEST = 1.0
"""Seconds of motion below which a clip teaches nothing."""
FROZEN_WAY = 0.002
"""Metres that no joint leaves in a frozen second; a standing person sways by more."""
FLOATING = 0.15
"""Metres above the floor for a second: longer than any jump."""
SUNK = 0.10
"""Metres into the floor."""
BREATHING = 0.05
"""Metres: skin-deep variation of a bone is 10 mm, a wrong one more than 50."""
FOLDED = 80.0
"""Degrees between hip-spine, spine-thorax and thorax-head; backbends stay below."""
JITTER = 0.004
"""Metres of noise from frame to frame."""
TOO_FAST = 2 * JUMP


def faults(joints: Array, fps: float, varied: float | None = None) -> tuple[str, ...]:
    """Sentences on what is wrong with joints [T, 17, 3] (metres, z up, floor at 0).

    varied: metres by which a bone varied before its length was made constant; measured
    on the joints where it is None.
    """
    checks: tuple[Callable[[], str | None], ...] = (
        lambda: _short(joints, fps),
        lambda: _frozen(joints, fps),
        lambda: _floating(joints, fps),
        lambda: _sunk(joints),
        lambda: _folded(joints),
        lambda: _backwards(joints),
        lambda: _breathing(joints, varied),
        lambda: _jumping(joints, fps),
        lambda: _jittering(joints),
    )
    return tuple(fault for check in checks if (fault := check()))


def _short(joints: Array, fps: float) -> str | None:
    seconds = len(joints) / fps
    return f"too short: {seconds:.2f} s" if seconds < SHORTEST else None


def _frozen(joints: Array, fps: float) -> str | None:
    """Whole seconds in which nothing moves."""
    second = max(2, round(fps))
    still = [
        bool(np.ptp(joints[start : start + second], axis=0).max() < FROZEN_WAY)
        for start in range(0, len(joints) - second + 1, second)
    ]
    return f"frozen for {sum(still)} s" if any(still) else None


def _floating(joints: Array, fps: float) -> str | None:
    """Seconds in which no part of the body comes near the floor."""
    lowest = (joints[..., 2] - CLEARANCE).min(1)
    second = max(1, round(fps))
    heights = [
        float(lowest[start : start + second].min())
        for start in range(0, max(1, len(joints) - second + 1), second)
    ]
    high = [height for height in heights if height > FLOATING]
    return f"floating for {len(high)} s, up to {max(high):.2f} m" if high else None


def _sunk(joints: Array) -> str | None:
    depth = -float(np.percentile((joints[..., 2] - CLEARANCE).min(1), 1))
    return f"sinks {100 * depth:.0f} cm into the floor" if depth > SUNK else None


def _folded(joints: Array) -> str | None:
    """A torso that folds further than a spine can."""
    chain = joints[:, [skeleton.HIP, 7, skeleton.THORAX, skeleton.HEAD]]
    bones = np.diff(chain, axis=1)
    bones = bones / np.maximum(np.linalg.norm(bones, axis=-1, keepdims=True), 1e-9)
    bends = (bones[:, 1:] * bones[:, :-1]).sum(-1).min(1)
    share = float((bends < np.cos(np.deg2rad(FOLDED))).mean())
    return f"broken torso in {100 * share:.0f} % of the frames" if share > 0.01 else None


def _backwards(joints: Array) -> str | None:
    """Knees that bend to the back: left and right exchanged, or a mirrored file."""
    across = joints[:, skeleton.LEFT_HIP] - joints[:, skeleton.RIGHT_HIP]
    trunk = joints[:, skeleton.THORAX] - joints[:, skeleton.HIP]
    forward = np.cross(across, trunk)
    forward = forward / np.maximum(np.linalg.norm(forward, axis=-1, keepdims=True), 1e-9)
    knees = [joints[:, hip + 1] - (joints[:, hip] + joints[:, hip + 2]) / 2 for hip in (1, 4)]
    bend = float(np.mean([(knee * forward).sum(-1).mean() for knee in knees]))
    return "knees bend backwards: left and right exchanged?" if bend < -0.01 else None


def _breathing(joints: Array, varied: float | None) -> str | None:
    varied = float(length_range(joints).max()) if varied is None else varied
    return f"bones breathe by up to {1000 * varied:.0f} mm" if varied > BREATHING else None


def _jumping(joints: Array, fps: float) -> str | None:
    speed = np.linalg.norm(np.diff(joints, axis=0), axis=-1) * fps
    if not speed.size or speed.max() <= TOO_FAST:
        return None
    frame, joint = np.unravel_index(int(speed.argmax()), speed.shape)
    name = skeleton.JOINTS[int(joint)]
    return f"jumps: {name} at {speed.max():.0f} m/s ({int(frame) / fps:.1f} s)"


def _jittering(joints: Array) -> str | None:
    """Noise from frame to frame: second differences of white noise alternate in sign.

    Noise of s metres has a lag-1 covariance of -4 s² there; motion has none or a positive one.
    """
    if len(joints) < 5:
        return None
    bends = np.diff(joints, 2, axis=0)
    lagged = (bends[1:] * bends[:-1]).sum(-1)
    noise = float(np.sqrt(np.clip(-np.median(lagged, axis=0), 0, None) / 4).mean())
    return f"jitter of {1000 * noise:.0f} mm" if noise > JITTER else None
