"""AMASS and other npz files with SMPL's joints, where they hold joint positions."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from engine import clip
from engine.errors import ClipError
from engine.skeleton import HEAD, HIP, JOINTS, NECK, THORAX
from offline.importers import head, motion
from offline.importers.bvh import SPINE, SPINE_SHARE, along
from offline.importers.joint_maps import SMPL_JOINTS, SMPL_SPINE
from offline.importers.motion import Array, Motion

POSITIONS: tuple[str, ...] = ("joints", "jtr", "Jtr", "joints3d", "joint_positions")
FRAME_RATES: tuple[str, ...] = ("mocap_framerate", "mocap_frame_rate", "fps", "frame_rate")
LEAST_JOINTS = 22


def recognises(keys: Iterable[str]) -> bool:
    """Whether these are the keys of an AMASS file."""
    return {"poses", "trans"} <= set(keys)


def read(path: Path, fps: float | None = None) -> Motion:
    """Motion from the joint positions of a file.

    Body-model parameters alone (poses, betas) give no positions: that takes the SMPL body
    model, whose licence keeps it out of any toolchain.
    """
    arrays = clip.read_arrays(path, (*POSITIONS, *FRAME_RATES))
    key = next((key for key in POSITIONS if key in arrays), None)
    if key is None:
        found = "SMPL parameters (poses, trans) without joint positions"
        expected = f"joint positions [T, {LEAST_JOINTS}+, 3] in {', '.join(POSITIONS)}"
        why = "computing them takes the SMPL body model, which is not part of Figurant"
        raise ClipError(path, found=found, expected=f"{expected}; {why}")
    positions = arrays[key].astype(np.float64) if arrays[key].dtype.kind == "f" else arrays[key]
    if positions.ndim != 3 or positions.shape[1] < LEAST_JOINTS or positions.shape[2] != 3:
        found = f"{arrays[key].dtype} {list(positions.shape)}"
        raise ClipError(path, key, found=found, expected=f"float [T, {LEAST_JOINTS}+, 3]")
    joints = clip.check_joints(path, key, _to_h36m(positions))
    rate, note = read_rate(path, arrays, fps)
    unit, metres = motion.recognise_unit(path, joints)
    axis = motion.up_axis(joints, "+z")
    height = motion.body_height(joints) * metres
    notes = ("SMPL joints", f"unit {unit} (body {height:.2f} m)", *note)
    notes += () if axis == "+z" else (f"up is {axis}",)
    return Motion(motion.to_stage(joints * metres, axis), rate, notes, captured=True)


def read_rate(
    path: Path, arrays: dict[str, clip.Numbers], fps: float | None, default: float | None = None
) -> tuple[float, tuple[str, ...]]:
    """Frame rate, and what to say about it: `fps`, else the file's, else the default."""
    key = next((key for key in FRAME_RATES if key in arrays), None)
    if fps is not None:
        written = None if key is None else float(np.ravel(arrays[key])[0])
        if written is None or written == fps:
            return fps, ()
        return fps, (f"{fps:g} fps for the file's {written:g}",)
    if key is not None:
        return clip.check_fps(path, key, arrays[key]), ()
    if default is not None:
        return default, (f"{default:g} fps assumed",)
    expected = f"one of {', '.join(FRAME_RATES)}, or --fps"
    raise ClipError(path, found="no frame rate", expected=expected)


def _to_h36m(positions: Array) -> Array:
    """Joints [T, 17, 3] from SMPL's [T, 22+, 3]."""
    joints = np.zeros((len(positions), len(JOINTS), 3))
    for part, index in SMPL_JOINTS.items():
        if part in JOINTS and part not in ("neck", "head"):
            joints[:, JOINTS.index(part)] = positions[:, index]
    joints[:, THORAX] = positions[:, SMPL_JOINTS["neck"]]
    joints[:, HIP] = motion.hips_middle(joints)
    spine = [positions[:, index] for index in SMPL_SPINE]
    joints[:, SPINE] = along([joints[:, HIP], *spine], SPINE_SHARE)
    skull = positions[:, SMPL_JOINTS["head"]]
    up = head.up_from_positions(joints, skull)
    height = motion.body_height(joints)
    joints[:, NECK], joints[:, HEAD] = head.neck_and_head(joints[:, THORAX], skull, up, height)
    return joints
