"""The BVH text format: hierarchy, channels and motion, each fault with its line.

Written here because joints with position channels are usual (Bandai-Namco writes them for
all joints, Blender for every Mixamo rig): pybvh refuses them, and bvhio, which reads them,
takes fifty times as long. `benchmarks/import_speed.py` and the tests compare with them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine.errors import ClipError
from offline.importers.motion import Array

CHANNELS: tuple[str, ...] = tuple(
    f"{axis}{kind}" for kind in ("position", "rotation") for axis in "xyz"
)
USUAL_FPS: tuple[float, ...] = (24000 / 1001, 30000 / 1001, 60000 / 1001, 120000 / 1001)


@dataclass(frozen=True, slots=True)
class Joint:
    """A joint or end site: index of its parent (-1: root), offset, channels and their column."""

    name: str
    parent: int
    offset: tuple[float, ...]
    channels: tuple[str, ...]
    column: int
    end: bool


@dataclass(frozen=True, slots=True)
class BvhFile:
    """A file as it is written: motion [T, C] in its own unit and degrees.

    fps: None where the header holds no usable frame time (`frame_time` is what it holds).
    """

    path: Path
    joints: tuple[Joint, ...]
    motion: Array
    fps: float | None
    frame_time: str

    def ancestors(self, joint: int) -> list[int]:
        """The joints from the root down to a joint, that joint included."""
        chain = []
        while joint >= 0:
            chain.append(joint)
            joint = self.joints[joint].parent
        return chain[::-1]

    def end_of(self, joint: int) -> int | None:
        """The end site below a joint."""
        ends = (i for i, j in enumerate(self.joints) if j.end and j.parent == joint)
        return next(ends, None)


def read(path: Path) -> BvhFile:
    """Read a BVH file; ClipError names file, line and cause."""
    try:
        text = path.read_text("utf-8-sig", errors="replace")
    except OSError as error:
        raise ClipError(path, found=error.strerror, expected="a BVH file") from None
    lines = text.splitlines()
    pieces = _pieces(lines)
    joints = _hierarchy(path, pieces)
    width = sum(len(joint.channels) for joint in joints)
    frames, frame_time, first = _motion_header(path, pieces)
    motion = _motion(path, lines, first, width)
    if len(motion) != frames:
        found, expected = f"{len(motion)} lines of motion", f"the {frames} that Frames: announces"
        raise ClipError(f"{path}:{len(lines)}", found=found, expected=expected)
    return BvhFile(path, joints, motion, _fps(frame_time), frame_time)


def _pieces(lines: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Line number and text of each statement or brace."""
    for number, line in enumerate(lines, 1):
        for piece in re.split(r"([{}])", line):
            if piece.strip():
                yield number, piece.strip()


def _hierarchy(path: Path, pieces: Iterator[tuple[int, str]]) -> tuple[Joint, ...]:
    """The joints in file order; leaves `pieces` behind MOTION."""
    joints: list[Joint] = []
    open_joints: list[int] = []
    named: tuple[str, bool] | None = None
    number = 1
    for number, piece in pieces:
        where = f"{path}:{number}"
        word, rest = (*piece.split(None, 1), "")[:2]
        match word.upper():
            case "HIERARCHY":
                pass
            case "ROOT" | "JOINT":
                if (word.upper() == "ROOT") == bool(joints):
                    raise ClipError(where, found=piece, expected="one ROOT, then JOINTs")
                named = (rest, False)
            case "END":
                named = ("", True)
            case "{":
                if named is None:
                    raise ClipError(where, found="{", expected="ROOT, JOINT or End Site before it")
                name, end = named
                if end and not open_joints:
                    raise ClipError(where, found="End Site", expected="a joint around it")
                parent = open_joints[-1] if open_joints else -1
                open_joints.append(len(joints))
                joints.append(Joint(name, parent, (), (), 0, end))
                named = None
            case "}":
                if not open_joints:
                    raise ClipError(where, found="}", expected="an open joint")
                closed = joints[open_joints.pop()]
                if not closed.offset or not (closed.end or closed.channels):
                    found = f"joint {closed.name!r} without OFFSET or CHANNELS"
                    raise ClipError(where, found=found, expected="both before }")
            case "OFFSET" | "CHANNELS" if open_joints:
                joints[open_joints[-1]] = _described(where, joints, open_joints[-1], word, rest)
            case "MOTION":
                break
            case _:
                raise ClipError(
                    where, found=piece[:40], expected="ROOT, JOINT, OFFSET, … or MOTION"
                )
    else:
        raise ClipError(f"{path}:{number}", found="the end of the file", expected="MOTION")
    if open_joints or not joints:
        found = f"{len(open_joints)} open joints" if joints else "no ROOT"
        raise ClipError(
            f"{path}:{number}", found=found, expected="a closed hierarchy before MOTION"
        )
    return tuple(joints)


def _described(where: str, joints: list[Joint], index: int, word: str, rest: str) -> Joint:
    """The joint with its OFFSET or CHANNELS line added."""
    joint, values = joints[index], rest.split()
    if word.upper() == "OFFSET":
        try:
            offset = tuple(float(value) for value in values)
        except ValueError:
            offset = ()
        if len(offset) != 3 or not all(math.isfinite(value) for value in offset):
            raise ClipError(where, found=f"OFFSET {rest}", expected="three numbers")
        return Joint(joint.name, joint.parent, offset, joint.channels, joint.column, joint.end)
    channels = tuple(value.lower() for value in values[1:])
    wrong = [value for value in channels if value not in CHANNELS]
    if wrong or joint.end or joint.channels or not values or values[0] != str(len(channels)):
        found, expected = f"CHANNELS {rest}", "a count and as many of Xposition … Zrotation"
        raise ClipError(where, found=found, expected=expected)
    column = sum(len(other.channels) for other in joints)
    return Joint(joint.name, joint.parent, joint.offset, channels, column, joint.end)


def _motion_header(path: Path, pieces: Iterator[tuple[int, str]]) -> tuple[int, str, int]:
    """Number of frames, text of the frame time, and index of the first line of motion."""
    found: list[str] = []
    number = 0
    for pattern, expected in (
        (r"Frames\s*:\s*(\d+)$", "Frames: and their number"),
        (r"Frame\s+Time\s*:\s*(\S+)$", "Frame Time: and seconds"),
    ):
        number, piece = next(pieces, (number, "the end of the file"))
        matched = re.match(pattern, piece, re.IGNORECASE)
        if matched is None:
            raise ClipError(f"{path}:{number}", found=piece[:40], expected=expected)
        found.append(matched[1])
    if int(found[0]) < 1:
        raise ClipError(f"{path}:{number - 1}", found="Frames: 0", expected="at least one frame")
    return int(found[0]), found[1], number


def _motion(path: Path, lines: Sequence[str], first: int, width: int) -> Array:
    """The numbers [T, width]; a bad line is looked for only where reading fails."""
    if not any(line.strip() for line in lines[first:]):
        raise ClipError(f"{path}:{len(lines)}", found="no motion", expected="a line for each frame")
    try:
        motion = np.loadtxt(lines[first:], ndmin=2, comments=None)
        if motion.shape[1] == width and np.isfinite(motion).all():
            return motion
    except ValueError:
        pass
    for number, line in enumerate(lines[first:], first + 1):
        values = line.split()
        if values and len(values) != width:
            found, expected = f"{len(values)} values", f"{width}, one for each channel"
            raise ClipError(f"{path}:{number}", found=found, expected=expected)
        for value in values:
            try:
                finite = math.isfinite(float(value))
            except ValueError:
                finite = False
            if not finite:
                raise ClipError(f"{path}:{number}", found=repr(value[:40]), expected="a number")
    raise ClipError(path, found="motion that is no table", expected=f"{width} numbers a line")


def _fps(frame_time: str) -> float | None:
    """Frames a second; times cut short ("0.033333") are taken for the usual rate they mean."""
    try:
        seconds = float(frame_time)
    except ValueError:
        return None
    if not (math.isfinite(seconds) and seconds > 0):
        return None
    exact = 1 / seconds
    usual = min((*USUAL_FPS, float(max(1, round(exact)))), key=lambda rate: abs(rate - exact))
    return usual if abs(usual - exact) < 5e-4 * exact else exact
