"""Where Human3.6M's neck and head lie in a skeleton that ends at the base of the skull.

Motion-capture skeletons end their head in eyes, in a point of zero length or in the crown,
and their rest poses hold it anyhow. What they share is that a head is carried along the
trunk on the whole: that direction is up for the head, and nods and tilts go around it.
"""

from __future__ import annotations

import numpy as np

from engine.skeleton import HIP, LEFT_SHOULDER, RIGHT_SHOULDER, THORAX
from offline.importers.motion import REFERENCE_HEIGHT, Array

CROWN = 0.236 / REFERENCE_HEIGHT
"""Base of neck to top of head by body height (Human3.6M: 0.121 + 0.115 m of 1.70 m)."""

SHORTEST_HEAD = 0.1 / REFERENCE_HEIGHT
UPSIDE_DOWN = float(np.cos(np.deg2rad(100)))
NECK_SHARE = 0.3
"""Human3.6M's neck (nose) lies this far from the base of the skull to the crown."""


def own_up(joints: Array, rotation: Array) -> Array | None:
    """Up in the head's own space [3], from joints [T, 17, 3] and its rotation [T, 3, 3].

    None where the head turns so much against the trunk that no direction stands out.
    """
    own = np.einsum("tji,tj->ti", rotation, along_trunk(joints)).mean(0)
    return unit(own) if np.linalg.norm(own) > 0.5 else None


def share_flipped(joints: Array, rotation: Array, up: Array | None) -> float:
    """Share of the frames in which the head's own up points down along the trunk.

    A solver flips heads over by 180 degrees; people do not. 1 where no up is known.
    """
    if up is None:
        return 1.0
    return float((((rotation @ up) * along_trunk(joints)).sum(-1) < UPSIDE_DOWN).mean())


def along_trunk(joints: Array) -> Array:
    """Direction [T, 3] from the hip to the base of the neck."""
    return unit(joints[:, THORAX] - joints[:, HIP])


def up_from_positions(joints: Array, skull: Array) -> Array:
    """Up of the head [T, 3] from the base of the skull [T, 3] alone."""
    trunk = along_trunk(joints)
    across = joints[:, LEFT_SHOULDER] - joints[:, RIGHT_SHOULDER]
    side = unit(across - (across * trunk).sum(-1, keepdims=True) * trunk)
    frame = np.stack([side, np.cross(trunk, side), trunk], -1)
    neck = np.einsum("tji,tj->ti", frame, unit(skull - joints[:, THORAX]))
    upright = _rotation_to_z(unit(neck.mean(0)))
    return np.asarray(np.einsum("tij,jk,tk->ti", frame, upright, neck))


def neck_and_head(thorax: Array, skull: Array, up: Array, height: float) -> tuple[Array, Array]:
    """Human3.6M's neck and head [T, 3] above the base of the skull."""
    neck = float(np.median(np.linalg.norm(skull - thorax, axis=-1)))
    crown = max(CROWN * height - neck, SHORTEST_HEAD * height) * up
    return skull + NECK_SHARE * crown, skull + crown


def unit(vectors: Array) -> Array:
    """Vectors [..., 3] of length 1 (zero stays zero)."""
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9))


def _rotation_to_z(direction: Array) -> Array:
    """The smallest rotation that turns a unit direction to z (Rodrigues)."""
    x, y, z = direction
    if z < -0.99:
        return np.eye(3)
    turn = np.array([[0, 0, -x], [0, 0, -y], [x, y, 0]])
    return np.asarray(np.eye(3) + turn + turn @ turn / (1 + z))
