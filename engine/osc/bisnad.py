"""The joint array of Daniel Bisig's tools: `/mocap/<n>/joint/pos_world`, n = 0, 1, 2 …

One message a performer and a datagram each, with x, y, z of all 17 joints, z up. His
recordings are in centimetres or millimetres; metres times `scale` are sent. Who is not to
be seen is not sent.
"""

from __future__ import annotations

from engine.frame import Frame
from engine.osc.message import head


class Bisnad:
    """Lays out the messages of a frame of `performers` figures."""

    ports = 1

    def __init__(self, performers: int, scale: float = 1.0) -> None:
        self._scale = scale
        self._heads = [head(f"/mocap/{p}/joint/pos_world", "f" * 51) for p in range(performers)]

    def datagrams(self, frame: Frame) -> list[tuple[int, bytes]]:
        """Give the datagram of each performer who is there, for the port itself."""
        poses = (frame.joints * self._scale).astype(">f4")
        return [
            (0, begins + poses[p].tobytes())
            for p, begins in enumerate(self._heads)
            if frame.level[p] > 0
        ]
