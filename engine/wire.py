"""The wire: the binary frame and the hello that precedes it, written down once.

A connection begins with the hello, a JSON text; binary frames follow. Little-endian:

====== ========= ==========================================================
offset type      header, 32 bytes
====== ========= ==========================================================
0      4 bytes   magic ``FGRT``
4      uint8     version, 1
5      uint8     flags: 1 held, 2 blackout, 4 panic, 8 replay
6      uint16    P, the number of performers
8      uint32    index of the frame
12     4 x uint8 timecode: hours, minutes, seconds, frames
16     float64   show time, seconds
24     float64   engine clock when the frame was made, seconds
====== ========= ==========================================================

then for each performer, in the order of the hello, 224 bytes:

====== ========= ==========================================================
0      uint8     state: 0 absent, 1 generated, 2 played, 3 live, 4 held
1      uint8     0
2      uint16    age of the live pose in milliseconds, 65535 for none
4      float32   level, 0 to 1
8      float32   color: red, green, blue, sRGB 0 to 1
20     float32   51 values: x, y, z of 17 joints, metres, stage space
====== ========= ==========================================================

``tests/vectors/wire.json`` holds frames in hexadecimal that the Python and the
TypeScript tests share.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any

import numpy as np

from engine import skeleton
from engine.frame import Frame, FrameFlag

MAGIC = b"FGRT"
VERSION = 1
HEADER = struct.Struct("<4sBBHI4Bdd")
PERFORMER = np.dtype(
    [
        ("state", "u1"),
        ("reserved", "u1"),
        ("age_ms", "<u2"),
        ("level", "<f4"),
        ("color", "<f4", (3,)),
        ("joints", "<f4", (17, 3)),
    ]
)


def pack(frame: Frame) -> bytes:
    """Give the frame's bytes: 32 + 224 for each performer."""
    rows = np.zeros(len(frame.level), PERFORMER)
    rows["state"] = frame.state
    rows["age_ms"] = frame.age_ms
    rows["level"] = frame.level
    rows["color"] = frame.color
    rows["joints"] = frame.joints
    header = HEADER.pack(
        MAGIC,
        VERSION,
        int(frame.flags),
        len(rows),
        frame.index & 0xFFFFFFFF,
        *frame.timecode,
        frame.show_time,
        frame.clock,
    )
    return header + rows.tobytes()


def unpack(data: bytes) -> Frame:
    """Give the frame that `pack` packed.

    Raises ValueError where the bytes are no frame of this version.
    """
    if len(data) < HEADER.size:
        raise ValueError(f"frame: found {len(data)} bytes, expected at least {HEADER.size}")
    magic, version, flags, count, index, hh, mm, ss, ff, show_time, clock = HEADER.unpack_from(data)
    if magic != MAGIC:
        raise ValueError(f"frame: found magic {magic!r}, expected {MAGIC!r}")
    if version != VERSION:
        raise ValueError(f"frame: found version {version}, expected {VERSION}")
    if len(data) != HEADER.size + count * PERFORMER.itemsize:
        raise ValueError(
            f"frame: found {len(data)} bytes, "
            f"expected {HEADER.size + count * PERFORMER.itemsize} for {count} performers"
        )
    rows = np.frombuffer(data, PERFORMER, count, HEADER.size)
    return Frame(
        index=index,
        show_time=show_time,
        clock=clock,
        timecode=(hh, mm, ss, ff),
        flags=FrameFlag(flags),
        joints=rows["joints"],
        level=rows["level"],
        color=rows["color"],
        state=rows["state"],
        age_ms=rows["age_ms"],
    )


def hello(
    *,
    title: str,
    rate: float,
    performers: Sequence[tuple[str, str]],
    stage: tuple[float, float],
    delay: float,
    clock: float,
    timecode_rate: str = "25",
) -> dict[str, Any]:
    """Give the JSON text's object that opens a connection.

    rate: frames a second. performers: (name, color as "#rrggbb") in the order of the
    frame. stage: width (x) and depth (y) in metres. delay: seconds of the engine clock from
    a frame's `clock` to the moment at which every screen and lamp shows it, so that they
    are in step however far away they are. clock: engine clock now, seconds.
    timecode_rate: how the frames' timecode counts, "23.976", "24", "25", "29.97" (drop-frame),
    "29.97ndf" or "30".
    """
    return {
        "type": "hello",
        "wire": VERSION,
        "title": title,
        "rate": rate,
        "timecode_rate": timecode_rate,
        "skeleton": {
            "name": skeleton.NAME,
            "joints": list(skeleton.JOINTS),
            "bones": [list(bone) for bone in skeleton.BONES],
        },
        "performers": [{"name": name, "color": color} for name, color in performers],
        "stage": {"width": stage[0], "depth": stage[1]},
        "delay": delay,
        "clock": clock,
    }
