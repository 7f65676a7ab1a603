"""What every importer gives: 17 joints over time, before anything is mended."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.errors import ClipError
from engine.skeleton import FEET, HIP, LEFT_HIP, LEFT_SHOULDER, RIGHT_HIP, RIGHT_SHOULDER, THORAX

Array = NDArray[np.float64]

REFERENCE_BODY = 0.4424 + 0.4545 + 0.2338 + 0.2571
"""Metres of thigh, shin and trunk (hip to base of neck) of Human3.6M's first subject."""

REFERENCE_HEIGHT = 1.70
"""Metres that such a body is tall."""

UNITS: dict[str, float] = {
    "m": 1.0,
    "cm": 0.01,
    "mm": 0.001,
    "inch": 0.0254,
    "CMU units (inch/0.45)": 0.0254 / 0.45,
}
"""Metres in one unit of length."""

PLAUSIBLE_HEIGHT = (0.9, 2.6)

TO_STAGE: dict[str, tuple[tuple[int, float], tuple[int, float], tuple[int, float]]] = {
    "+y": ((0, 1.0), (2, -1.0), (1, 1.0)),
    "-y": ((0, 1.0), (2, 1.0), (1, -1.0)),
    "+z": ((0, 1.0), (1, 1.0), (2, 1.0)),
    "-z": ((0, 1.0), (1, -1.0), (2, -1.0)),
    "+x": ((1, 1.0), (2, 1.0), (0, 1.0)),
    "-x": ((2, 1.0), (1, 1.0), (0, -1.0)),
}
"""Source axis and sign of stage x, y and z by the source's up axis; every row is a rotation.

Who faces +z in a y-up file faces the audience (-y), as in BVH; camera space (y down, z away
from the camera) keeps the camera where the audience sits.
"""


@dataclass(frozen=True, slots=True)
class Motion:
    """Motion as a file gives it.

    joints: float64 [T, 17, 3], metres, z up, stage axes, the floor anywhere. notes: what
    was recognised (units, axis, names). captured: the roots share a capture space with
    other files of the same session. dancer, tags, take: None where the file does not say.
    cleaning, warnings: what was mended while reading, or earlier, and what is wrong.
    """

    joints: Array
    fps: float
    notes: tuple[str, ...] = ()
    captured: bool = False
    dancer: str | None = None
    tags: tuple[str, ...] | None = None
    take: str | None = None
    cleaning: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def up_axis(joints: Array, default: str) -> str:
    """The axis from the feet to the shoulders, the default where no axis clearly leads."""
    shoulders = joints[:, [LEFT_SHOULDER, RIGHT_SHOULDER]].mean((0, 1))
    rise = shoulders - joints[:, list(FEET)].mean((0, 1))
    order = np.argsort(-np.abs(rise))
    if abs(rise[order[0]]) < 1.5 * abs(rise[order[1]]):
        return default
    return ("+" if rise[order[0]] > 0 else "-") + "xyz"[order[0]]


def to_stage(points: Array, up: str) -> Array:
    """Points [..., 3] of a space with that up axis in stage axes."""
    return np.stack([points[..., axis] * sign for axis, sign in TO_STAGE[up]], -1)


def body_height(joints: Array) -> float:
    """Height of a body in the joints' own unit, told from its legs and trunk."""
    lengths = [
        np.linalg.norm(joints[:, a] - joints[:, b], axis=-1)
        for a, b in ((1, 2), (2, 3), (4, 5), (5, 6), (HIP, THORAX))
    ]
    thigh, shin, thigh2, shin2, trunk = (float(np.median(length)) for length in lengths)
    body = (thigh + shin + thigh2 + shin2) / 2 + trunk
    return body * REFERENCE_HEIGHT / REFERENCE_BODY


def recognise_unit(path: Path, joints: Array) -> tuple[str, float]:
    """Name and metres of the unit that makes the body nearest to a person's height."""
    height = body_height(joints)
    low, high = PLAUSIBLE_HEIGHT
    if not height > 0:
        raise ClipError(path, found="a body without length", expected="a body of 0.9 to 2.6 m")
    name = min(UNITS, key=lambda unit: abs(np.log(height * UNITS[unit] / REFERENCE_HEIGHT)))
    if not low <= height * UNITS[name] <= high:
        found = f"a body {height:.3g} units tall"
        expected = f"a body of {low} to {high} m in {', '.join(UNITS)}"
        raise ClipError(path, found=found, expected=expected)
    return name, UNITS[name]


def hips_middle(joints: Array) -> Array:
    """The point between both hip joints, [T, 3]."""
    return np.asarray(joints[:, [RIGHT_HIP, LEFT_HIP]].mean(1))


def with_root(joints: Array) -> tuple[Array, bool]:
    """Joints with the body put where its hip is, if the file kept the hip's way apart.

    Deep.Dance's hip correction leaves the other joints relative to the hip: the hip joints
    then lie around the origin and not around the hip.
    """
    middle = hips_middle(joints)
    near_hip = np.median(np.linalg.norm(middle - joints[:, HIP], axis=-1))
    if near_hip <= np.median(np.linalg.norm(middle, axis=-1)):
        return joints, False
    whole = joints + joints[:, HIP : HIP + 1]
    whole[:, HIP] = joints[:, HIP]
    return whole, True
