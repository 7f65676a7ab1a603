"""Motion in from the files of others: BVH, Deep.Dance, AMASS, Human3.6M, Figurant."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from engine import clip
from engine.errors import ClipError
from offline.importers import amass, bvh, deepdance, h36m
from offline.importers.motion import Motion

SUFFIXES: tuple[str, ...] = (".bvh", ".json", ".npz")
"""What is picked up from a folder; a file named by itself may be called anything."""


def read_motion(path: Path, fps: float | None = None) -> Motion:
    """Read a motion file, whose kind is told by its content.

    fps: overrides what the file says. Raises ClipError with file, line or key, and cause.
    """
    try:
        with path.open("rb") as file:
            start = file.read(256)
    except OSError as error:
        raise ClipError(path, found=error.strerror, expected="a motion file") from None
    text = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text[:9].upper() == b"HIERARCHY":
        return bvh.read(path, fps)
    if text[:1] == b"{":
        return deepdance.read_json(path, fps)
    if start[:2] == b"PK" or path.suffix.lower() == ".npz":
        return _read_npz(path, fps)
    found = f"a file that begins with {start[:12]!r}" if start else "an empty file"
    expected = "BVH (HIERARCHY …), Deep.Dance JSON or npz"
    raise ClipError(path, found=found, expected=expected)


def _read_npz(path: Path, fps: float | None) -> Motion:
    """Motion of an archive of arrays, by the keys it has."""
    keys = clip.array_names(path)
    if "skeleton" in keys:
        return _read_clip(path, fps)
    if amass.recognises(keys) or _has_smpl_joints(path):
        return amass.read(path, fps)
    return h36m.read(path, fps)


def _has_smpl_joints(path: Path) -> bool:
    arrays = clip.read_arrays(path, amass.POSITIONS)
    return any(a.ndim == 3 and a.shape[1] >= amass.LEAST_JOINTS for a in arrays.values())


def _read_clip(path: Path, fps: float | None) -> Motion:
    """A clip of Figurant's own, with all that it says of itself."""
    loaded = clip.load(path)
    motion = Motion(
        loaded.joints.astype(np.float64),
        loaded.fps,
        ("Figurant clip",),
        dancer=loaded.dancer,
        tags=loaded.tags,
        take=loaded.take,
        cleaning=loaded.cleaning,
    )
    return motion if fps is None else replace(motion, fps=fps)
