"""npz files with Human3.6M's 17 joints: VideoPose3D's and Deep.Dance's pose3d, and alike."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from engine import clip
from engine.errors import ClipError
from engine.skeleton import JOINTS
from offline.importers import deepdance, motion
from offline.importers.amass import FRAME_RATES, read_rate
from offline.importers.motion import Motion

POSITIONS: tuple[str, ...] = (
    "joints",
    "positions_3d",
    "arr_0",
    "pose3d",
    "poses_3d",
    "joints_3d",
    "keypoints_3d",
)


def read(path: Path, fps: float | None = None) -> Motion:
    """Motion of an array [T, 17, 3], [1, T, 17, 3] or [T, 51] under one of the usual keys."""
    arrays = clip.read_arrays(path, (*POSITIONS, *FRAME_RATES))
    key = next((key for key in POSITIONS if key in arrays), None)
    if key is None:
        found = f"keys {', '.join(clip.array_names(path)) or 'none'}"
        raise ClipError(path, found=found, expected=f"joints in one of {', '.join(POSITIONS)}")
    array = arrays[key]
    if array.ndim == 4 and len(array) == 1:
        array = array[0]
    if array.ndim == 2 and array.shape[1] == 3 * len(JOINTS):
        array = array.reshape(len(array), len(JOINTS), 3)
    checked = clip.check_joints(path, key, array).astype(np.float64)
    # An unnamed array is what VideoPose3D wrote for Deep.Dance, whose videos have 25 fps.
    rate, note = read_rate(path, arrays, fps, deepdance.FPS if key == "arr_0" else None)
    joints, apart = motion.with_root(checked)
    unit, metres = motion.recognise_unit(path, joints)
    axis = motion.up_axis(joints, "+z")
    height = motion.body_height(joints) * metres
    notes = ("Human3.6M joints", f"unit {unit} (body {height:.2f} m)", *note)
    notes += () if axis == "+z" else (f"up is {axis}",)
    notes += ("hip kept apart: body put on it",) if apart else ()
    dancer, tags = deepdance.described_by_folder(path) or (None, None)
    return Motion(motion.to_stage(joints * metres, axis), rate, notes, dancer=dancer, tags=tags)
