"""The Virtual Motion Capture protocol, which Unity, Unreal, Blender and VSeeFace read.

A receiver shows one figure and listens at a port, 39539 as a rule; so the first performer
goes to the port itself, the second to the next one, and so on. One bundle a frame:
`/VMC/Ext/OK` 1 (0, and no bones, for who is not to be seen), `/VMC/Ext/T` show time,
`/VMC/Ext/Root/Pos` the origin of the stage, and for each bone of engine.humanoid
`/VMC/Ext/Bone/Pos` name, place and turn in its parent's space. The place of the hips is
that on the stage. Source: protocol.vmc.info, Marionette specification.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

import numpy as np

from engine.frame import Frame
from engine.humanoid import BONES, humanoid
from engine.osc.message import BUNDLE, element

_BONE = "/VMC/Ext/Bone/Pos"
_SEVEN = struct.Struct(">7f")


class Vmc:
    """Lays out the bundles of a frame. performers: rows of the frame, each a port further."""

    def __init__(self, performers: Sequence[int]) -> None:
        self._rows = list(performers)
        self.ports = len(self._rows)
        root = element("/VMC/Ext/Root/Pos", "s" + "f" * 7, _SEVEN.size, "root")
        self._root = root + _SEVEN.pack(0, 0, 0, 0, 0, 0, 1)
        self._ok = element("/VMC/Ext/OK", "i", 4)
        self._time = element("/VMC/Ext/T", "f", 4)
        self._bones = [element(_BONE, "s" + "f" * 7, _SEVEN.size, name) for name in BONES]

    def datagrams(self, frame: Frame) -> list[tuple[int, bytes]]:
        """Give the bundle of each performer with the port it goes to, less the first one's."""
        there = frame.level[self._rows] > 0
        time = self._time + struct.pack(">f", frame.show_time)
        absent = b"".join((BUNDLE, self._ok, struct.pack(">i", 0), time))
        found = [(port, absent) for port in np.flatnonzero(~there).tolist()]
        if there.any():
            ports = np.flatnonzero(there).tolist()
            bones = humanoid(frame.joints[[self._rows[port] for port in ports]])
            numbers = np.concatenate([bones.place, bones.turn], axis=2).astype(">f4")
            begins = b"".join((BUNDLE, self._ok, struct.pack(">i", 1), time, self._root))
            for port, rows in zip(ports, numbers, strict=True):
                parts = [begins]
                for bone, row in zip(self._bones, rows, strict=True):
                    parts += (bone, row.tobytes())
                found.append((port, b"".join(parts)))
        return found
