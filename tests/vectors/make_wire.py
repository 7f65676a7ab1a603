"""Writes wire.json anew: `python tests/vectors/make_wire.py`."""

import json
from pathlib import Path

import numpy as np

from engine import wire
from engine.frame import Frame, FrameFlag


def frames() -> list[Frame]:
    """Three frames: nobody, one performer, three performers with every field in use."""
    made = []
    for count in (0, 1, 3):
        joints = (np.arange(count * 51, dtype=np.float32) / 8 - 3).reshape(count, 17, 3)
        made.append(
            Frame(
                index=70000 * count + 5,
                show_time=12.25 * count,
                clock=1000.5 + count,
                timecode=(count, 2 * count, 3 * count, 4 * count),
                flags=FrameFlag.HELD | FrameFlag.REPLAY if count == 3 else FrameFlag.NONE,
                joints=joints,
                level=np.linspace(0.25, 1, count, dtype=np.float32),
                color=np.full((count, 3), (1, 0.5, 0.25), np.float32),
                state=np.arange(1, count + 1, dtype=np.uint8),
                age_ms=np.array([65535, 40, 0][:count], np.uint16),
            )
        )
    return made


def as_json(frame: Frame) -> dict[str, object]:
    """Give the fields and the bytes of a frame, as the tests compare them."""
    return {
        "index": frame.index,
        "showTime": frame.show_time,
        "clock": frame.clock,
        "timecode": list(frame.timecode),
        "flags": int(frame.flags),
        "performers": [
            {
                "state": int(frame.state[p]),
                "ageMs": int(frame.age_ms[p]),
                "level": float(frame.level[p]),
                "color": frame.color[p].tolist(),
                "joints": frame.joints[p].ravel().tolist(),
            }
            for p in range(len(frame.level))
        ],
        "hex": wire.pack(frame).hex(),
    }


if __name__ == "__main__":
    path = Path(__file__).with_name("wire.json")
    path.write_text(json.dumps([as_json(f) for f in frames()], indent=1) + "\n")
