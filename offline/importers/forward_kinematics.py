"""Where the joints of a BVH file are: positions and rotations in its world."""

from __future__ import annotations

import numpy as np

from offline.importers.bvh_file import BvhFile, Joint
from offline.importers.motion import Array


class ForwardKinematics:
    """Positions [T, 3] and rotations [T, 3, 3] of the joints asked for and those above them."""

    def __init__(self, file: BvhFile) -> None:
        """Take a file as it was read; nothing is computed yet."""
        self._file = file
        self._world: dict[int, tuple[Array, Array]] = {}

    def position(self, joint: int) -> Array:
        """World positions [T, 3] in the file's unit."""
        return self._solve(joint)[0]

    def rotation(self, joint: int) -> Array:
        """World rotations [T, 3, 3], applied to column vectors."""
        return self._solve(joint)[1]

    def _solve(self, joint: int) -> tuple[Array, Array]:
        for index in self._file.ancestors(joint):
            if index not in self._world:
                self._world[index] = self._step(self._file.joints[index])
        return self._world[joint]

    def _step(self, joint: Joint) -> tuple[Array, Array]:
        """One joint from its parent; channels turn in the order in which they are listed."""
        frames = len(self._file.motion)
        values = self._file.motion[:, joint.column : joint.column + len(joint.channels)]
        if joint.parent < 0:
            position, rotation = np.zeros((frames, 3)), np.broadcast_to(np.eye(3), (frames, 3, 3))
        else:
            position, rotation = self._world[joint.parent]
        position = position + np.einsum("tij,tj->ti", rotation, _translation(joint, values))
        turns = [
            _turn("xyz".index(channel[0]), np.deg2rad(values[:, i]))
            for i, channel in enumerate(joint.channels)
            if channel.endswith("rotation")
        ]
        for turn in turns:
            rotation = rotation @ turn
        return position, rotation


def _translation(joint: Joint, values: Array) -> Array:
    """Place [T, 3] in the parent's space.

    Position channels stand for OFFSET, but below the root some writers leave them zero or
    write what comes on top of OFFSET: whichever lies nearer to OFFSET is meant.
    """
    place = np.tile(np.array(joint.offset, np.float64), (len(values), 1))
    moved = [i for i, channel in enumerate(joint.channels) if channel.endswith("position")]
    if not moved:
        return place
    written = np.zeros_like(place)
    for i in moved:
        written[:, "xyz".index(joint.channels[i][0])] = values[:, i]
    away = np.median(np.linalg.norm(written - place, axis=1))
    if joint.parent >= 0 and away > np.median(np.linalg.norm(written, axis=1)):
        return place + written
    axes = ["xyz".index(joint.channels[i][0]) for i in moved]
    place[:, axes] = written[:, axes]
    return place


def _turn(axis: int, angle: Array) -> Array:
    """Rotations [T, 3, 3] about one axis (0 x, 1 y, 2 z) by radians [T]."""
    matrix = np.zeros((len(angle), 3, 3))
    matrix[:, axis, axis] = 1.0
    i, j = (axis + 1) % 3, (axis + 2) % 3
    cos, sin = np.cos(angle), np.sin(angle)
    matrix[:, i, i], matrix[:, j, j] = cos, cos
    matrix[:, i, j], matrix[:, j, i] = -sin, sin
    return matrix
