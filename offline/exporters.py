"""Clips as files for others: Deep.Dance's JSON, and the clip format itself."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from engine import clip as clip_file
from engine.clip import Clip

LIMBS = {
    "rightLeg": [0, 1, 2, 3],
    "leftLeg": [0, 4, 5, 6],
    "spine": [0, 7, 8],
    "rightArm": [8, 14, 15, 16],
    "leftArm": [8, 11, 12, 13],
    "head": [8, 9, 10],
}
"""Chains of joints that Deep.Dance's JSON calls bones."""


def write_deepdance(clip: Clip, path: Path) -> None:
    """Write Deep.Dance's JSON: metres, z up, frames by number; it does not know the rate."""
    frames = {
        str(i): [[round(float(v), 4) for v in joint] for joint in pose]
        for i, pose in enumerate(clip.joints)
    }
    partial = path.with_name(path.name + ".partial")
    partial.write_text(json.dumps({"bones": LIMBS, "frames": frames}))
    partial.replace(path)


EXPORTERS: dict[str, Callable[[Clip, Path], None]] = {
    ".json": write_deepdance,
    ".npz": clip_file.save,
}
"""What writes a file of each ending."""
