"""Figurant's own format: one bundle a frame.

The bundle holds `/figurant/frame` index (i), show time (d), timecode (s), then for each
performer `/figurant/<performer>/pose` with 51 floats (x, y, z of 17 joints, metres, stage
space), `/figurant/<performer>/level` with one, from 0 (not to be seen) to 1, and
`/figurant/<performer>/color` with three, sRGB 0 to 1; last `/figurant/clock`, the engine
clock at the frame and the seconds after it at which it is shown everywhere (d, d), and
`/figurant/flags`, those of the wire (i). A bundle of 8 performers has about 3.2 kB, far
below UDP's limit of 65,507 bytes.

With an address for each joint, `/figurant/<performer>/joint/<joint>` with three floats
takes the place of the pose; still one bundle, so that no frame mixes with the next.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

from engine import skeleton
from engine.frame import Frame
from engine.osc.message import BUNDLE, element, head, string

FRAME = struct.Struct(">id")
LEVEL = struct.Struct(">f")
CLOCK = struct.Struct(">dd")


class Bundle:
    """Lays out the bundle of a frame; what does not change is laid out once.

    performers: their names in the order of the frame. delay: seconds from a frame's clock
    to its showing. joints: an address for each joint.
    """

    ports = 1

    def __init__(
        self, performers: Sequence[str], delay: float = 0.0, *, joints: bool = False
    ) -> None:
        self._delay = delay
        self._joints = joints
        self._frame_head = head("/figurant/frame", "ids")
        self._clock_head = element("/figurant/clock", "dd", CLOCK.size)
        self._flags_head = element("/figurant/flags", "i", 4)
        self._heads = [
            (
                element(f"/figurant/{name}/pose", "f" * 51, 51 * 4),
                element(f"/figurant/{name}/level", "f", LEVEL.size),
                element(f"/figurant/{name}/color", "fff", 3 * 4),
            )
            for name in performers
        ]
        self._joint_heads = [
            [element(f"/figurant/{name}/joint/{joint}", "fff", 3 * 4) for joint in skeleton.JOINTS]
            for name in performers
        ]

    def pack(self, frame: Frame) -> bytes:
        """Give the bundle's bytes; the frame's index wraps to 31 bits, as OSC's int."""
        timecode = string("{:02}:{:02}:{:02}:{:02}".format(*frame.timecode))
        message = (
            self._frame_head + FRAME.pack(frame.index & 0x7FFFFFFF, frame.show_time) + timecode
        )
        parts = [BUNDLE, struct.pack(">i", len(message)), message]
        poses, colors = frame.joints.astype(">f4"), frame.color.astype(">f4")
        for p, (pose, level, color) in enumerate(self._heads):
            if self._joints:
                for joint, begins in enumerate(self._joint_heads[p]):
                    parts += (begins, poses[p, joint].tobytes())
            else:
                parts += (pose, poses[p].tobytes())
            parts += (level, LEVEL.pack(frame.level[p]), color, colors[p].tobytes())
        parts += (self._clock_head, CLOCK.pack(frame.clock, self._delay))
        parts += (self._flags_head, struct.pack(">i", frame.flags))
        return b"".join(parts)

    def datagrams(self, frame: Frame) -> list[tuple[int, bytes]]:
        """Give the frame's one datagram, for the port itself."""
        return [(0, self.pack(frame))]
