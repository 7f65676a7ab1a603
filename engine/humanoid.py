"""A pose as a humanoid's bone rotations, as Unity, VRM and VMC want them.

Space: left-handed, y up, metres; a figure at rest looks along z, its right hand on the
positive side of x. Stage space (x, y, z) becomes (-x, z, -y), so who faces the audience
looks along z. Quaternions are (x, y, z, w). At rest, a T-pose, all rotations are the
identity and bones lie along REST.

Where a pose tells a bone's whole orientation (hips and chest, by the line of the hip or
shoulder joints) that is taken. Elsewhere a pose tells a direction only, and the bone is
turned there from its parent by the shortest way: no twist of its own. That is undefined
for a bone that points against its rest, as no thigh and no arm does for long.

A bone's place is given in its parent's space as well. Placed and turned so, the bones
rebuild the joints exactly; whoever takes the rotations alone dresses a body of their own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.skeleton import LEFT_HIP, LEFT_SHOULDER, RIGHT_HIP, RIGHT_SHOULDER

Float = NDArray[np.float64]

BONES = (
    "Hips",
    "Spine",
    "Chest",
    "Neck",
    "Head",
    "LeftShoulder",
    "LeftUpperArm",
    "LeftLowerArm",
    "LeftHand",
    "RightShoulder",
    "RightUpperArm",
    "RightLowerArm",
    "RightHand",
    "LeftUpperLeg",
    "LeftLowerLeg",
    "LeftFoot",
    "RightUpperLeg",
    "RightLowerLeg",
    "RightFoot",
)
"""Names of Unity's HumanBodyBones that 17 joints can turn."""
PARENTS = (-1, 0, 1, 2, 3, 2, 5, 6, 7, 2, 9, 10, 11, 0, 13, 14, 0, 16, 17)
AT = (0, 0, 7, 8, 9, 8, 11, 12, 13, 8, 14, 15, 16, 4, 5, 6, 1, 2, 3)
"""The joint at which each bone begins."""
ENDS = (-1, 7, 8, 9, 10, 11, 12, 13, -1, 14, 15, 16, -1, 5, 6, -1, 2, 3, -1)
"""The joint to which each bone points; -1 for hands and feet, which go along, and the hips."""

_LEFT, _RIGHT = (-1.0, 0.0, 0.0), (1.0, 0.0, 0.0)
_UP, _DOWN = (0.0, 1.0, 0.0), (0.0, -1.0, 0.0)
# The joint 9 lies before the neck, and shoulders hang below the thorax: a dancer who stands
# straight has them so (means of the salsa clips), which a T-pose is to show as straight.
_NECK = (0.0, 0.947, 0.321)
_LEFT_SHOULDER, _RIGHT_SHOULDER = (-0.917, -0.379, -0.125), (0.917, -0.379, -0.125)
REST: Float = np.array(
    [
        *(_UP, _UP, _UP, _NECK, _UP),
        *(_LEFT_SHOULDER, _LEFT, _LEFT, _LEFT),
        *(_RIGHT_SHOULDER, _RIGHT, _RIGHT, _RIGHT),
        *(_DOWN, _DOWN, _DOWN),
        *(_DOWN, _DOWN, _DOWN),
    ]
)
"""Directions [19, 3] of the bones at rest."""
REST /= np.linalg.norm(REST, axis=1, keepdims=True)

_HIPS, _SPINE, _CHEST = 0, 1, 2
_STEPS = tuple(np.array(bones) for bones in ((3, 5, 9, 13, 16), (4, 6, 10, 14, 17), (7, 11)))
"""Bones that hang on those before them, and are turned together."""
_ALONG = {8: 7, 12: 11, 15: 14, 18: 17}
"""Hands and feet, and what they go along with."""
_PARENTS, _ENDS, _AT = np.array(PARENTS), np.array(ENDS), np.array(AT)


@dataclass(frozen=True, slots=True)
class Humanoid:
    """The bones of P figures: place [P, 19, 3] and turn [P, 19, 4], each in its parent's space.

    Those of the hips are in the space of the stage.
    """

    place: Float
    turn: Float


def humanoid(joints: NDArray[np.floating]) -> Humanoid:
    """Give the bones of poses [P, 17, 3], metres, stage space."""
    at = to_unity(joints)
    world = np.empty((len(at), len(BONES), 4))
    world[:, _HIPS] = _upright(at[:, 7] - at[:, 0], at[:, RIGHT_HIP] - at[:, LEFT_HIP])
    world[:, _SPINE] = world[:, _HIPS]
    world[:, _CHEST] = _upright(at[:, 8] - at[:, 7], at[:, RIGHT_SHOULDER] - at[:, LEFT_SHOULDER])
    for bones in _STEPS:
        parents = world[:, _PARENTS[bones]]
        way = at[:, _ENDS[bones]] - at[:, _AT[bones]]
        world[:, bones] = multiply(_shortest(rotate(parents, REST[bones]), _unit(way)), parents)
    for bone, other in _ALONG.items():
        world[:, bone] = world[:, other]
    back = world[:, _PARENTS[1:]] * _CONJUGATE
    place, turn = at[:, _AT], world
    hips_place, hips_turn = place[:, :1], turn[:, :1]
    inner = rotate(back, place[:, 1:] - place[:, _PARENTS[1:]])
    return Humanoid(
        np.concatenate([hips_place, inner], axis=1),
        np.concatenate([hips_turn, multiply(back, turn[:, 1:])], axis=1),
    )


def to_unity(points: NDArray[np.floating]) -> Float:
    """Give points or directions [..., 3] of the stage in the space of Unity."""
    turned: Float = points[..., [0, 2, 1]].astype(np.float64) * _TO_UNITY
    return turned


def multiply(a: Float, b: Float) -> Float:
    """Give the quaternions [..., 4] that turn by b and then by a."""
    av, aw, bv, bw = a[..., :3], a[..., 3:], b[..., :3], b[..., 3:]
    product = np.empty(np.broadcast_shapes(a.shape, b.shape))
    product[..., :3] = aw * bv + bw * av + _cross(av, bv)
    product[..., 3] = aw[..., 0] * bw[..., 0] - np.vecdot(av, bv)
    return product


def rotate(q: Float, v: Float) -> Float:
    """Give vectors [..., 3] turned by quaternions [..., 4]."""
    axis = q[..., :3]
    t = 2.0 * _cross(axis, v)
    return v + q[..., 3:] * t + _cross(axis, t)


_CONJUGATE = np.array([-1.0, -1.0, -1.0, 1.0])
_TO_UNITY = np.array([-1.0, 1.0, -1.0])
_NEXT, _AFTER = np.array([1, 2, 0]), np.array([2, 0, 1])


def _cross(a: Float, b: Float) -> Float:
    """Give cross products; numpy's own takes several times as long for so few."""
    product: Float = a[..., _NEXT] * b[..., _AFTER] - a[..., _AFTER] * b[..., _NEXT]
    return product


def _unit(v: Float) -> Float:
    length: Float = np.sqrt(np.vecdot(v, v))[..., None]
    return v / np.maximum(length, 1e-12)


def _shortest(a: Float, b: Float) -> Float:
    """Give the shortest turns from unit vectors to others; of opposite ones, one of many."""
    q = np.empty((*a.shape[:-1], 4))
    q[..., :3] = _cross(a, b)
    q[..., 3] = 1.0 + np.vecdot(a, b)
    opposite = q[..., 3] < 1e-9
    if opposite.any():
        across = _cross(a, np.where(np.abs(a[..., :1]) < 0.9, (1.0, 0.0, 0.0), (0.0, 1.0, 0.0)))
        q[opposite, :3], q[opposite, 3] = across[opposite], 0.0
    return _unit(q)


def _upright(up: Float, right: Float) -> Float:
    """Give the turns [P, 4] that bring y to `up`, and x as near to `right` as that allows."""
    y = _unit(up)
    q = _shortest(np.broadcast_to(_Y, y.shape), y)
    x = rotate(q, np.broadcast_to(_X, y.shape))
    half = np.arctan2(np.vecdot(_cross(x, right), y), np.vecdot(x, right)) / 2.0
    about = np.concatenate([y * np.sin(half)[:, None], np.cos(half)[:, None]], axis=1)
    return multiply(about, q)


_X, _Y = np.array(_RIGHT), np.array(_UP)
