"""Which joint of a foreign skeleton stands for which part of the body: one table.

To teach a new skeleton add one family to `FAMILIES`. `{Side}` stands for Left or Right,
`{S}` for L or R. Case, spaces, dots, dashes and underscores do not count, nor does a
prefix that all joints share ("mixamorig:", "Bip01 ", "Character1_").
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

LIMBS: tuple[str, ...] = ("hip", "knee", "foot", "shoulder", "elbow", "wrist")
"""Parts that every skeleton must have on both sides; `foot` is the ankle."""

MIDDLE: tuple[str, ...] = ("neck", "head")
"""Parts that are computed where a skeleton lacks them: base of the neck, base of the skull."""

ENDS: dict[str, str] = {"foot": "knee", "wrist": "elbow"}
"""Parts that the end of the bone above them can stand for."""

FAMILIES: dict[str, dict[str, tuple[str, ...]]] = {
    "Mixamo": {
        "hip": ("{Side}UpLeg",),
        "knee": ("{Side}Leg",),
        "foot": ("{Side}Foot",),
        "shoulder": ("{Side}Arm",),
        "elbow": ("{Side}ForeArm",),
        "wrist": ("{Side}Hand",),
        "neck": ("Neck",),
        "head": ("Head",),
    },
    "Rokoko": {
        "hip": ("{Side}Thigh",),
        "knee": ("{Side}Shin",),
        "foot": ("{Side}Foot",),
        "shoulder": ("{Side}Arm", "{Side}UpperArm"),
        "elbow": ("{Side}ForeArm", "{Side}LowerArm"),
        "wrist": ("{Side}Hand",),
        "neck": ("Neck",),
        "head": ("Head",),
    },
    "Xsens MVN": {
        "hip": ("{Side}Hip",),
        "knee": ("{Side}Knee",),
        "foot": ("{Side}Ankle",),
        "shoulder": ("{Side}Shoulder",),
        "elbow": ("{Side}Elbow",),
        "wrist": ("{Side}Wrist",),
        "neck": ("Neck",),
        "head": ("Head",),
    },
    "Xsens MVN segments": {
        "hip": ("{Side}UpperLeg",),
        "knee": ("{Side}LowerLeg",),
        "foot": ("{Side}Foot",),
        "shoulder": ("{Side}UpperArm",),
        "elbow": ("{Side}ForeArm", "{Side}LowerArm"),
        "wrist": ("{Side}Hand",),
        "neck": ("Neck",),
        "head": ("Head",),
    },
    "Bandai-Namco": {
        "hip": ("UpperLeg_{S}",),
        "knee": ("LowerLeg_{S}",),
        "foot": ("Foot_{S}",),
        "shoulder": ("UpperArm_{S}",),
        "elbow": ("LowerArm_{S}",),
        "wrist": ("Hand_{S}",),
        "neck": ("Neck",),
        "head": ("Head",),
    },
    "Poser": {
        "hip": ("{S}Thigh",),
        "knee": ("{S}Shin",),
        "foot": ("{S}Foot",),
        "shoulder": ("{S}Shldr", "{S}Shoulder"),
        "elbow": ("{S}ForeArm", "{S}Elbow"),
        "wrist": ("{S}Hand",),
        "neck": ("Neck",),
        "head": ("Head",),
    },
    "3ds Max Biped": {
        "hip": ("{S} Thigh",),
        "knee": ("{S} Calf",),
        "foot": ("{S} Foot",),
        "shoulder": ("{S} UpperArm",),
        "elbow": ("{S} Forearm",),
        "wrist": ("{S} Hand",),
        "neck": ("Neck",),
        "head": ("Head",),
    },
    "Unreal, Rigify": {
        "hip": ("thigh_{S}",),
        "knee": ("calf_{S}", "shin_{S}"),
        "foot": ("foot_{S}",),
        "shoulder": ("upperarm_{S}",),
        "elbow": ("lowerarm_{S}", "forearm_{S}"),
        "wrist": ("hand_{S}",),
        "neck": ("neck_01", "neck"),
        "head": ("head",),
    },
    "SMPL": {
        "hip": ("{S}_Hip",),
        "knee": ("{S}_Knee",),
        "foot": ("{S}_Ankle",),
        "shoulder": ("{S}_Shoulder",),
        "elbow": ("{S}_Elbow",),
        "wrist": ("{S}_Wrist",),
        "neck": ("Neck",),
        "head": ("Head",),
    },
    "Biovision": {
        "hip": ("{Side}UpLeg", "{Side}Hip", "{Side}Thigh"),
        "knee": ("{Side}LowLeg", "{Side}Knee"),
        "foot": ("{Side}Foot", "{Side}Ankle"),
        "shoulder": ("{Side}UpArm", "{Side}Shoulder"),
        "elbow": ("{Side}LowArm", "{Side}Elbow"),
        "wrist": ("{Side}Hand", "{Side}Wrist"),
        "neck": ("Neck",),
        "head": ("Head",),
    },
}

SMPL_JOINTS: dict[str, int] = {
    "right_hip": 2,
    "right_knee": 5,
    "right_foot": 8,
    "left_hip": 1,
    "left_knee": 4,
    "left_foot": 7,
    "neck": 12,
    "head": 15,
    "left_shoulder": 16,
    "left_elbow": 18,
    "left_wrist": 20,
    "right_shoulder": 17,
    "right_elbow": 19,
    "right_wrist": 21,
}
"""Part -> index among the first 22 joints of SMPL, SMPL+H and SMPL-X."""

SMPL_SPINE: tuple[int, ...] = (3, 6, 9, 12)
"""Spine joints of SMPL from the pelvis up to the base of the neck."""


@dataclass(frozen=True, slots=True)
class JointMap:
    """Joint index of each part ("left_knee", "neck") that a skeleton has.

    family: whose names these are. missing: limbs without a joint of their own.
    """

    family: str
    joints: Mapping[str, int]
    missing: tuple[str, ...]


def match(names: Sequence[str]) -> JointMap:
    """Map joint names by the family that knows most of them, or by all families at once."""
    best = JointMap("", {}, _limbs())
    for spelled in (_simple(names), _without_prefix(_simple(names))):
        maps = [_match_family(spelled, family) for family in FAMILIES]
        maps.append(_match_family(spelled, *FAMILIES))
        for found in maps:
            if len(found.missing) < len(best.missing):
                best = found
    return best


def candidates(part: str) -> str:
    """Some names that a part ("left_knee") is known by, for an error message."""
    side, _, limb = part.rpartition("_")
    names = [_fill(name, side) for parts in FAMILIES.values() for name in parts[limb]]
    return ", ".join(dict.fromkeys(names))


def _match_family(names: Sequence[str], *families: str) -> JointMap:
    """The parts that the names of some families find among simplified joint names."""
    joints = {}
    for part in (*_limbs(), *MIDDLE):
        side, _, limb = part.rpartition("_")
        for family in families:
            wanted = (_simple([_fill(name, side)])[0] for name in FAMILIES[family][limb])
            index = next((names.index(name) for name in wanted if name in names), None)
            if index is not None:
                joints[part] = index
                break
    missing = tuple(part for part in _limbs() if part not in joints)
    return JointMap(families[0] if len(families) == 1 else "mixed names", joints, missing)


def _limbs() -> tuple[str, ...]:
    return tuple(f"{side}_{limb}" for side in ("right", "left") for limb in LIMBS)


def _fill(name: str, side: str) -> str:
    return name.replace("{Side}", side.capitalize()).replace("{S}", side[:1].upper())


def _simple(names: Sequence[str]) -> list[str]:
    """Names without case, namespace and separators."""
    return [re.sub(r"[\s._-]", "", name.rsplit(":", 1)[-1]).lower() for name in names]


def _without_prefix(names: Sequence[str]) -> list[str]:
    """Names without what all of them begin with."""
    joints = [name for name in names if name]
    first, last = min(joints, default=""), max(joints, default="")
    differs = (i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b)
    shared = next(differs, 0)
    return [name[shared:] for name in names]
