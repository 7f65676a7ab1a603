"""Deep.Dance's own files: JSON sequences and the folders of its motion database.

JSON: `{"bones": …, "frames": {"0": [[x, y, z] x 17], …}}`, metres, z up, 25 frames a second.
Folders: `<dancer>/<tag>_<tag>_…/pose3d.npz`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from engine.errors import ClipError
from engine.skeleton import JOINTS
from offline.importers import motion
from offline.importers.motion import Array, Motion

FPS = 25.0
POSE_FILE = "pose3d.npz"


def read_json(path: Path, fps: float | None = None) -> Motion:
    """Motion of a sequence; `fps` where it was not 25."""
    try:
        document = json.loads(path.read_text("utf-8-sig"))
    except OSError as error:
        raise ClipError(path, found=error.strerror, expected="a JSON file") from None
    except json.JSONDecodeError as error:
        where = f"{path}:{error.lineno}:{error.colno}"
        raise ClipError(where, found=error.msg, expected="JSON") from None
    except (ValueError, RecursionError) as error:
        raise ClipError(path, found=error, expected="JSON in UTF-8") from None
    joints, apart = motion.with_root(_frames(path, document))
    notes = ["Deep.Dance JSON", "unit m"] + (["hip kept apart: body put on it"] if apart else [])
    if fps is None:
        notes.append(f"{FPS:g} fps assumed")
    return Motion(joints, fps or FPS, tuple(notes))


def described_by_folder(path: Path) -> tuple[str, tuple[str, ...]] | None:
    """Dancer and tags of a pose file in Deep.Dance's folders, None for any other file."""
    if path.name != POSE_FILE:
        return None
    folders = path.resolve().parent
    return folders.parent.name, tuple(tag for tag in folders.name.split("_") if tag)


def _frames(path: Path, document: Any) -> Array:
    """The joints [T, 17, 3] of the document."""
    frames = document.get("frames") if isinstance(document, dict) else None
    if not isinstance(frames, dict) or not frames:
        found = f"keys {', '.join(map(str, document))[:60]}" if isinstance(document, dict) else None
        raise ClipError(
            path, "frames", found=found or "no object", expected='{"0": [[x, y, z] x 17], …}'
        )
    poses = []
    for number in range(len(frames)):
        if str(number) not in frames:
            expected = f"frames 0 to {len(frames) - 1}"
            raise ClipError(path, f"frames · {number}", found="no such frame", expected=expected)
        poses.append(_pose(path, number, frames[str(number)]))
    return np.stack(poses)


def _pose(path: Path, number: int, value: Any) -> Array:
    try:
        pose = np.array(value, np.float64)
    except (ValueError, TypeError, OverflowError):
        pose = np.empty(0)
    if pose.shape != (len(JOINTS), 3) or not np.isfinite(pose).all():
        found = f"{json.dumps(value)[:60]}…" if pose.size == 0 else f"shape {list(pose.shape)}"
        if pose.shape == (len(JOINTS), 3):
            found = "a number that is not finite"
        expected = f"{len(JOINTS)} joints [x, y, z]"
        raise ClipError(path, f"frames · {number}", found=found, expected=expected)
    return pose
