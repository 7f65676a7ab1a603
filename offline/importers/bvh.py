"""BVH: any skeleton with known joint names, as Human3.6M joints."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np

from engine.errors import ClipError
from engine.skeleton import HEAD, HIP, JOINTS, LEFT_SHOULDER, NECK, RIGHT_SHOULDER, THORAX
from offline.importers import bvh_file, head, motion
from offline.importers.forward_kinematics import ForwardKinematics
from offline.importers.joint_maps import ENDS, MIDDLE, JointMap, candidates, match
from offline.importers.motion import Array, Motion

SPINE = JOINTS.index("spine")
SPINE_SHARE = 0.2338 / (0.2338 + 0.2571)
"""How far Human3.6M's spine joint lies from the hip to the base of the neck."""
FLIPPED = 0.01
"""Share of the frames with the head upside down from where its rotation is not believed."""


def read(path: Path, fps: float | None = None) -> Motion:
    """Motion of a BVH file; `fps` overrides a header that lies."""
    file = bvh_file.read(path)
    rate = fps or file.fps
    if rate is None:
        found, expected = f"Frame Time: {file.frame_time}", "seconds above 0, or --fps"
        raise ClipError(path, found=found, expected=expected)
    known = match([joint.name for joint in file.joints])
    parts = _with_ends(path, file, known)
    joints, flipped = _joints(file, parts)
    unit, metres = motion.recognise_unit(path, joints)
    axis = motion.up_axis(joints, "+y")
    height = motion.body_height(joints) * metres
    notes = [f"{known.family} names", f"unit {unit} (body {height:.2f} m)"]
    notes += [f"{part} computed" for part in MIDDLE if part not in parts]
    notes += [f"up is {axis}"] if axis != "+y" else []
    if fps is not None and file.fps is not None and abs(fps - file.fps) > 1e-6:
        notes.append(f"{fps:g} fps for the header's {file.fps:g}")
    upside_down = f"broken torso: head upside down in {100 * flipped:.0f} % of the frames"
    return Motion(
        motion.to_stage(joints * metres, axis),
        rate,
        tuple(notes),
        captured=True,
        cleaning=("head: carried upright along the trunk",) if flipped > FLIPPED else (),
        warnings=(upside_down,) if flipped > FLIPPED else (),
    )


def _joints(file: bvh_file.BvhFile, parts: dict[str, int]) -> tuple[Array, float]:
    """Joints [T, 17, 3] in the file's unit and axes, and the share of frames with a flipped head.

    Hip, spine, neck and head lie where Human3.6M has them, whatever joints the file has there.
    """
    solved = ForwardKinematics(file)
    joints = _limbs(solved, parts)
    joints[:, HIP] = motion.hips_middle(joints)
    if "neck" in parts:
        joints[:, THORAX] = solved.position(parts["neck"])
    else:
        joints[:, THORAX] = joints[:, [LEFT_SHOULDER, RIGHT_SHOULDER]].mean(1)
    spine = [solved.position(joint) for joint in _spine(file, parts)]
    joints[:, SPINE] = along([joints[:, HIP], *spine, joints[:, THORAX]], SPINE_SHARE)
    height = motion.body_height(joints)
    up, flipped = head.along_trunk(joints), 0.0
    if "head" in parts:
        skull, turned = solved.position(parts["head"]), solved.rotation(parts["head"])
        own = head.own_up(joints, turned)
        flipped = head.share_flipped(joints, turned, _rest_up(file, parts, own))
        up = up if own is None or flipped > FLIPPED else turned @ own
    else:
        skull = joints[:, THORAX] + head.SHORTEST_HEAD * height * up
    neck_and_head = head.neck_and_head(joints[:, THORAX], skull, up, height)
    joints[:, NECK], joints[:, HEAD] = neck_and_head
    return joints, flipped


def along(points: Sequence[Array], share: float) -> Array:
    """The point [T, 3] at a share (0..1) of the way along a chain of points [T, 3]."""
    bones = list(pairwise(points))
    steps = [float(np.median(np.linalg.norm(b - a, axis=1))) for a, b in bones]
    goal = share * sum(steps)
    for (a, b), step in zip(bones, steps, strict=True):
        if goal <= step:
            return a + (goal / step if step else 0.0) * (b - a)
        goal -= step
    return points[-1]


def _with_ends(path: Path, file: bvh_file.BvhFile, found: JointMap) -> dict[str, int]:
    """The map with end sites standing for hands and feet that are no joints of their own."""
    parts = dict(found.joints)
    for part in found.missing:
        side, _, limb = part.rpartition("_")
        above = parts.get(f"{side}_{ENDS[limb]}") if limb in ENDS else None
        end = None if above is None else file.end_of(above)
        if end is None:
            known = ", ".join(joint.name for joint in file.joints if not joint.end)
            raise ClipError(
                path, part, found=f"joints {known}", expected=f"one of {candidates(part)}"
            )
        parts[part] = end
    return parts


def _limbs(solved: ForwardKinematics, parts: dict[str, int]) -> Array:
    """Joints [T, 17, 3] with arms and legs in place, the rest still zero."""
    limbs = {
        JOINTS.index(part): joint
        for part, joint in parts.items()
        if part in JOINTS[:8] + JOINTS[11:]
    }
    placed = {index: solved.position(joint) for index, joint in limbs.items()}
    joints = np.zeros((len(next(iter(placed.values()))), len(JOINTS), 3))
    for index, position in placed.items():
        joints[:, index] = position
    return joints


def _spine(file: bvh_file.BvhFile, parts: dict[str, int]) -> list[int]:
    """The joints between the pelvis and the base of the neck, upwards."""
    legs = set(file.ancestors(parts["left_hip"])) & set(file.ancestors(parts["right_hip"]))
    left, right = (file.ancestors(parts[f"{side}_shoulder"]) for side in ("left", "right"))
    top = file.ancestors(parts["neck"])[:-1] if "neck" in parts else [j for j in left if j in right]
    return [joint for joint in top if joint not in legs]


def _rest_up(file: bvh_file.BvhFile, parts: dict[str, int], own: Array | None) -> Array | None:
    """Up [3] in the head's space in a rest pose that stands upright, else `own`.

    Other rest poses (Bandai-Namco's bones all lie along x) say nothing about up.
    """

    def rest(part: str) -> Array:
        offsets = [file.joints[joint].offset for joint in file.ancestors(parts[part])]
        return np.asarray(np.sum(offsets, axis=0))

    feet = (rest("left_foot") + rest("right_foot")) / 2
    hips = (rest("left_hip") + rest("right_hip")) / 2
    legs, trunk = head.unit(hips - feet), head.unit(rest("head") - hips)
    stands = float(legs @ trunk) > np.cos(np.deg2rad(20))
    return head.unit(legs + trunk) if stands else own
