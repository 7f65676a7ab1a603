"""BVH files as the usual products write them, with the joints' true places.

The body is the same in all of them; names, tree, channels and rest frames are the product's.
Its places come from turning a T-pose directly, not from any forward kinematics of a file.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

Array = NDArray[np.float64]

# Centimetres, y up, facing +z, left at +x: a T-pose.
T_POSE: dict[str, tuple[float, float, float]] = {
    "hips": (0, 95, 0),
    "spine": (0, 106, 0),
    "chest": (0, 120, -1),
    "neck": (0, 146, -1),
    "head": (0, 155, 1),
    "crown": (0, 173, 1),
    "left_collar": (3, 141, 0),
    "left_shoulder": (17, 141, 0),
    "left_elbow": (45, 141, 0),
    "left_wrist": (70, 141, 0),
    "left_hip": (9, 90, 0),
    "left_knee": (9, 48, 0),
    "left_foot": (9, 8, 0),
    "left_toe": (9, 1, 14),
}
T_POSE |= {
    name.replace("left", "right"): (-x, y, z)
    for name, (x, y, z) in T_POSE.items()
    if name.startswith("left")
}
PARENTS: dict[str, str] = {
    "spine": "hips",
    "chest": "spine",
    "neck": "chest",
    "head": "neck",
    "crown": "head",
}
for _side in ("left", "right"):
    _chain = ["chest", *(f"{_side}_{part}" for part in ("collar", "shoulder", "elbow", "wrist"))]
    PARENTS |= dict(zip(_chain[1:], _chain, strict=False))
    _chain = ["hips", *(f"{_side}_{part}" for part in ("hip", "knee", "foot", "toe"))]
    PARENTS |= dict(zip(_chain[1:], _chain, strict=False))


@dataclass(frozen=True)
class Product:
    """How a product writes a body; parts without a name are end sites at most."""

    names: dict[str, str]
    order: str
    positions_everywhere: bool
    along_bones: bool = False
    above_hips: str | None = None


def _sided(pattern: dict[str, str]) -> dict[str, str]:
    filled = {}
    for part, name in pattern.items():
        for side in ("left", "right"):
            full = name.replace("{Side}", side.capitalize()).replace("{S}", side[0].upper())
            filled[part.replace("side", side)] = full
    return filled


PRODUCTS: dict[str, Product] = {
    # As Blender writes a Mixamo rig: position channels for every joint.
    "mixamo": Product(
        _sided(
            {
                "hips": "mixamorig:Hips",
                "spine": "mixamorig:Spine",
                "chest": "mixamorig:Spine2",
                "neck": "mixamorig:Neck",
                "head": "mixamorig:Head",
                "crown": "mixamorig:HeadTop_End",
                "side_collar": "mixamorig:{Side}Shoulder",
                "side_shoulder": "mixamorig:{Side}Arm",
                "side_elbow": "mixamorig:{Side}ForeArm",
                "side_wrist": "mixamorig:{Side}Hand",
                "side_hip": "mixamorig:{Side}UpLeg",
                "side_knee": "mixamorig:{Side}Leg",
                "side_foot": "mixamorig:{Side}Foot",
                "side_toe": "mixamorig:{Side}ToeBase",
            }
        ),
        "XYZ",
        positions_everywhere=True,
    ),
    "rokoko": Product(
        _sided(
            {
                "hips": "Hips",
                "spine": "Spine1",
                "chest": "Spine4",
                "neck": "Neck",
                "head": "Head",
                "side_collar": "{Side}Shoulder",
                "side_shoulder": "{Side}Arm",
                "side_elbow": "{Side}ForeArm",
                "side_wrist": "{Side}Hand",
                "side_hip": "{Side}Thigh",
                "side_knee": "{Side}Shin",
                "side_foot": "{Side}Foot",
                "side_toe": "{Side}Toe",
            }
        ),
        "YXZ",
        positions_everywhere=False,
    ),
    "mvn": Product(
        _sided(
            {
                "hips": "Hips",
                "spine": "Chest",
                "chest": "Chest4",
                "neck": "Neck",
                "head": "Head",
                "side_collar": "{Side}Collar",
                "side_shoulder": "{Side}Shoulder",
                "side_elbow": "{Side}Elbow",
                "side_wrist": "{Side}Wrist",
                "side_hip": "{Side}Hip",
                "side_knee": "{Side}Knee",
                "side_foot": "{Side}Ankle",
                "side_toe": "{Side}Toe",
            }
        ),
        "YXZ",
        positions_everywhere=False,
    ),
    # A root above the hips, positions everywhere, and a rest pose along the bones' x axes.
    "bandai": Product(
        _sided(
            {
                "hips": "Hips",
                "spine": "Spine",
                "chest": "Chest",
                "neck": "Neck",
                "head": "Head",
                "side_collar": "Shoulder_{S}",
                "side_shoulder": "UpperArm_{S}",
                "side_elbow": "LowerArm_{S}",
                "side_wrist": "Hand_{S}",
                "side_hip": "UpperLeg_{S}",
                "side_knee": "LowerLeg_{S}",
                "side_foot": "Foot_{S}",
                "side_toe": "Toes_{S}",
            }
        ),
        "ZXY",
        positions_everywhere=True,
        along_bones=True,
        above_hips="joint_Root",
    ),
}


def turns(frames: int) -> dict[str, Rotation]:
    """What each part does beyond the T-pose, [T] rotations in the world before the hips turn.

    The right arm points up and sways, the left hangs, the right knee is lifted in front.
    """
    time = np.linspace(0, 1, frames)
    sway = 10 * np.sin(2 * np.pi * time)
    still = np.zeros(frames)

    def about(axis: str, degrees: Array) -> Rotation:
        return Rotation.from_euler(axis, degrees[:, None], degrees=True)

    moved = {part: about("y", still) for part in T_POSE}
    for part in ("right_shoulder", "right_elbow", "right_wrist"):
        moved[part] = about("z", sway - 90)
    for part in ("left_shoulder", "left_elbow", "left_wrist"):
        moved[part] = about("z", sway - 85)
    moved["right_hip"] = about("x", -50 + sway)
    moved["right_knee"] = about("x", 20 + sway)
    return moved


def true_places(frames: int, yaw: float = 0.0, unit: float = 0.01) -> dict[str, Array]:
    """Places [T, 3] of every part in a BVH's own space: y up, facing +z for yaw 0."""
    moved, hips = turns(frames), Rotation.from_euler("y", yaw, degrees=True)
    way = np.stack([np.linspace(0, 30, frames), np.full(frames, 95.0), np.zeros(frames)], -1)
    places = {"hips": way}
    for part, parent in PARENTS.items():
        bone = np.subtract(T_POSE[part], T_POSE[parent])
        places[part] = places[parent] + (hips * moved[parent]).apply(bone)
    return {part: place * 0.01 / unit for part, place in places.items()}


def write(
    path: Path,
    product: Product,
    frames: int = 40,
    fps: float = 30,
    yaw: float = 0.0,
    unit: float = 0.01,
) -> dict[str, Array]:
    """Write a file of that product in a unit of so many metres; gives the true places."""
    places = true_places(frames, yaw, unit)
    moved, hips = turns(frames), Rotation.from_euler("y", yaw, degrees=True)
    parts = [part for part in T_POSE if part in product.names]
    rest = {part: _frame(part) if product.along_bones else Rotation.identity() for part in parts}
    world = {part: hips * moved[part] * rest[part] for part in parts}
    text: list[str] = ["HIERARCHY"]
    columns: list[Array] = []

    def channels(everything: bool) -> str:
        turning = " ".join(f"{axis}rotation" for axis in product.order)
        if everything:
            return f"CHANNELS 6 Xposition Yposition Zposition {turning}"
        return f"CHANNELS 3 {turning}"

    def joint(part: str, parent: str | None, depth: int) -> None:
        indent = "  " * depth
        if parent is None:
            offset = np.array(T_POSE[part]) * 0.01 / unit
            place, turn = places[part], world[part]
        else:
            offset = (
                rest[parent].inv().apply(np.subtract(T_POSE[part], T_POSE[parent])) * 0.01 / unit
            )
            place, turn = np.tile(offset, (frames, 1)), world[parent].inv() * world[part]
        everything = parent is None or product.positions_everywhere
        word = "JOINT" if depth else "ROOT"
        text.extend([f"{indent}{word} {product.names[part]}", indent + "{"])
        text.append(f"{indent}  OFFSET {' '.join(f'{value:.6f}' for value in offset)}")
        text.append(f"{indent}  {channels(everything)}")
        columns.extend([place] if everything else [])
        columns.append(turn.as_euler(product.order, degrees=True))
        below = [child for child in parts if PARENTS.get(child) == part]
        for child in below:
            joint(child, part, depth + 1)
        if not below:
            beyond = next((child for child, above in PARENTS.items() if above == part), part)
            end = rest[part].inv().apply(np.subtract(T_POSE[beyond], T_POSE[part])) * 0.01 / unit
            text.extend([f"{indent}  End Site", f"{indent}  {{"])
            text.append(f"{indent}    OFFSET {' '.join(f'{value:.6f}' for value in end)}")
            text.append(f"{indent}  }}")
        text.append(indent + "}")

    if product.above_hips:
        text.extend([f"ROOT {product.above_hips}", "{", "  OFFSET 0 0 0", f"  {channels(True)}"])
        columns.append(np.zeros((frames, 6)))
    joint("hips", None, 1 if product.above_hips else 0)
    text.extend(["}"] if product.above_hips else [])
    text.extend(["MOTION", f"Frames: {frames}", f"Frame Time: {1 / fps:.6f}"])
    rows = np.concatenate(columns, axis=1)
    text.extend(" ".join(f"{value:.6f}" for value in row) for row in rows)
    path.write_text("\n".join(text) + "\n")
    return places


def _frame(part: str) -> Rotation:
    """A rest frame whose x axis lies along the part's first bone."""
    child = next((child for child, parent in PARENTS.items() if parent == part), None)
    bone = np.array([1.0, 0, 0]) if child is None else np.subtract(T_POSE[child], T_POSE[part])
    return Rotation.align_vectors([bone / np.linalg.norm(bone)], [[1.0, 0, 0]])[0]
