"""What an import mends in motion: a start out of the rest pose, spikes, bones, the floor.

Each step gives the joints and a sentence for the clip's `cleaning`, or None where there was
nothing to mend. The number of frames never changes, so partners stay frame by frame.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine import skeleton

Array = NDArray[np.float64]

JUMP = 6.0
"""m/s. Clean salsa at 60 fps stays below 5.2; a tracker's flip is faster."""
JUMP_ACCELERATION = 250.0
"""m/s². A flip starts and stops within one frame; a fast arm stays well below."""
RESTLESS, RESTLESS_ACCELERATION = 3.0, 120.0
"""m/s and m/s²: what still belongs to a spike on either side of its jump."""
LONGEST_SPIKE = 0.4
SHORTEST_MEND = 0.1
"""Seconds. A jump that does not return is spread over this long."""
LONGEST_START = 0.5
CALM = 1.5

_CLEARANCES = {
    "knee": 0.06,
    "foot": 0.08,
    "thorax": 0.08,
    "neck": 0.08,
    "head": 0.0,
    "shoulder": 0.06,
    "elbow": 0.04,
    "wrist": 0.03,
}
CLEARANCE: Array = np.array(
    [_CLEARANCES.get(name.split("_")[-1], 0.10) for name in skeleton.JOINTS]
)
"""Metres [17] from each joint down to the floor when that part of a body of 1.70 m rests on it.

The ankle of a standing person is 0.08 m high, as in Human3.6M; the hip joints lie 0.10 m deep.
"""
FLOOR_SHARE = 5.0
"""Per cent of the frames that may lie lower: feet of real capture dip into the floor."""


@dataclass(frozen=True, slots=True)
class Cleaned:
    """Joints float64 [T, 17, 3] after mending, and one sentence for each thing mended.

    varied: metres by which the bone that varied most did so before lengths were fixed.
    """

    joints: Array
    cleaning: tuple[str, ...]
    varied: float


def clean(joints: Array, fps: float, keep_lengths: bool = False) -> Cleaned:
    """Mend joints [T, 17, 3] in metres, z up; `keep_lengths` leaves the bones as they are."""
    joints, start = hold_start(joints, fps)
    joints, spikes = remove_spikes(joints, fps)
    varied = float(length_range(joints).max())
    joints, lengths = (joints, None) if keep_lengths else constant_lengths(joints)
    joints, floor = stand_on_floor(joints)
    told = (note for note in (start, spikes, lengths, floor) if note)
    return Cleaned(joints, tuple(told), varied)


def hold_start(joints: Array, fps: float) -> tuple[Array, str | None]:
    """Put the first real pose in place of a swing out of the rest pose."""
    speed = _speed(joints, fps).max(1, initial=0.0)
    fast = np.flatnonzero(speed[: round(LONGEST_START * fps)] > JUMP)
    if not len(fast) or fast[0] > 2:
        return joints, None
    gaps = np.flatnonzero(np.diff(fast) > 3)
    end = int(fast[gaps[0]] if len(gaps) else fast[-1]) + 1
    latest = min(len(speed), end + round(LONGEST_START / 2 * fps))
    while end < latest and speed[end : end + 3].max() > CALM:
        end += 1
    held = joints.copy()
    held[:end] = joints[end]
    return held, f"start: {end} frames out of the rest pose hold the first real pose"


def remove_spikes(joints: Array, fps: float) -> tuple[Array, str | None]:
    """Interpolate joints that flip away for a moment, and spread jumps that stay."""
    mended, times, fastest = joints, [], 0.0
    for first, last, flipped in _spikes(joints, fps):
        span = _good_frames(joints, first, last, flipped, fps)
        if span is None:
            continue
        if mended is joints:
            mended = joints.copy()
        fastest = max(fastest, float(_speed(joints[span[0] : span[1] + 1], fps).max()))
        mended[span[0] : span[1] + 1, flipped] = _hermite(mended, *span, flipped)
        times.append(f"{(first + 1) / fps:.1f} s")
    if not times:
        return joints, None
    shown = ", ".join(times[:6]) + (", …" if len(times) > 6 else "")
    return mended, f"spikes: {len(times)} mended (up to {fastest:.0f} m/s, at {shown})"


def length_range(joints: Array) -> Array:
    """Metres [16] between the 1st and the 99th percentile of each bone's length."""
    lengths = skeleton.bone_lengths(joints)
    low, high = np.percentile(lengths, (1, 99), axis=0)
    return np.asarray(high - low)


def constant_lengths(joints: Array) -> tuple[Array, str | None]:
    """Rebuild the joints from the hip with each bone at its median length."""
    lengths = skeleton.bone_lengths(joints)
    varied = float(length_range(joints).max())
    typical = np.median(lengths, axis=0)
    if np.abs(lengths - typical).max() < 5e-4:
        return joints, None
    rebuilt = joints.copy()
    for bone, (parent, joint) in enumerate(skeleton.BONES):
        direction = joints[:, joint] - joints[:, parent]
        scale = typical[bone] / np.maximum(lengths[:, bone, None], 1e-6)
        rebuilt[:, joint] = rebuilt[:, parent] + direction * scale
    return rebuilt, f"bone lengths made constant (varied by up to {1000 * varied:.0f} mm)"


def floor_height(joints: Array) -> float:
    """Where the floor is: what the lowest part of the body rests on, less the lowest dips."""
    legs = skeleton.bone_lengths(joints[:: max(1, len(joints) // 100)])[:, [1, 2, 4, 5]]
    scale = float(np.median(legs.sum(1))) / (2 * (0.4424 + 0.4545))
    lowest = (joints[..., 2] - CLEARANCE * scale).min(1)
    return float(np.percentile(lowest, FLOOR_SHARE))


def stand_on_floor(joints: Array) -> tuple[Array, str | None]:
    """Shift the clip up or down so that its floor is at z = 0."""
    floor = floor_height(joints)
    shifted = joints - np.array([0.0, 0.0, floor])
    return shifted, f"floor: moved by {-100 * floor:+.1f} cm" if abs(floor) >= 1e-3 else None


def _speed(joints: Array, fps: float) -> Array:
    """Metres a second [T - 1, 17] from each frame to the next."""
    return np.asarray(np.linalg.norm(np.diff(joints, axis=0), axis=-1) * fps)


def _spikes(joints: Array, fps: float) -> Iterator[tuple[int, int, NDArray[np.intp]]]:
    """First and last step of each spike, and the joints that take part."""
    if len(joints) < 4:
        return
    speed = _speed(joints, fps)
    force = np.zeros((len(joints), joints.shape[1]))
    force[1:-1] = np.linalg.norm(np.diff(joints, 2, axis=0), axis=-1) * fps**2
    force = np.maximum(force[:-1], force[1:])
    jumps = np.asarray(((speed > JUMP) & (force > JUMP_ACCELERATION)).any(1))
    restless = (speed > RESTLESS) & (force > RESTLESS_ACCELERATION)
    steps = np.flatnonzero(restless.any(1) | jumps)
    gap = max(3, round(0.06 * fps))
    for group in np.split(steps, np.flatnonzero(np.diff(steps) > gap) + 1):
        if len(group) and jumps[group].any():
            yield int(group[0]), int(group[-1]), np.flatnonzero(restless[group].any(0))


def _good_frames(
    joints: Array, first: int, last: int, flipped: NDArray[np.intp], fps: float
) -> tuple[int, int] | None:
    """The frames around a spike to interpolate between; None where no short span is calm."""
    before, after = first, last + 1
    longest = round(LONGEST_SPIKE * fps)
    while after - before <= longest:
        way = float(np.linalg.norm(joints[after, flipped] - joints[before, flipped], axis=-1).max())
        if after - before >= SHORTEST_MEND * fps and way * fps / (after - before) < JUMP / 2:
            return before, after
        if before == 0 and after == len(joints) - 1:
            return None
        before, after = max(0, before - 1), min(len(joints) - 1, after + 1)
    return None


def _hermite(joints: Array, before: int, after: int, flipped: NDArray[np.intp]) -> Array:
    """Smooth way [after - before + 1, J, 3] that leaves and arrives at the speeds outside."""
    span = after - before
    t = np.linspace(0.0, 1.0, span + 1)[:, None, None]
    start, end = joints[before, flipped], joints[after, flipped]
    leaving = (start - joints[max(0, before - 2), flipped]) / 2 * span
    arriving = (joints[min(len(joints) - 1, after + 2), flipped] - end) / 2 * span
    way = (2 * t**3 - 3 * t**2 + 1) * start + (t**3 - 2 * t**2 + t) * leaving
    return np.asarray(way + (3 * t**2 - 2 * t**3) * end + (t**3 - t**2) * arriving)
