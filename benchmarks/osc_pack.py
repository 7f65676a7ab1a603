"""What the OSC bundle of a frame costs: engine.osc.figurant beside python-osc's builders.

Run: .venv/bin/python benchmarks/osc_pack.py
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

import numpy as np
from pythonosc.osc_bundle_builder import IMMEDIATELY, OscBundleBuilder
from pythonosc.osc_message_builder import OscMessageBuilder

from engine.frame import Frame, FrameFlag
from engine.osc.figurant import Bundle

ROUNDS = 200
PERFORMERS = (1, 3, 8)


def frame(performers: int) -> Frame:
    rng = np.random.default_rng(1)
    return Frame(
        index=1,
        show_time=1.0,
        clock=1.0,
        timecode=(0, 0, 1, 0),
        flags=FrameFlag.NONE,
        joints=rng.normal(size=(performers, 17, 3)).astype(np.float32),
        level=np.ones(performers, np.float32),
        color=np.ones((performers, 3), np.float32),
        state=np.ones(performers, np.uint8),
        age_ms=np.zeros(performers, np.uint16),
    )


def python_osc(names: list[str], shown: Frame) -> bytes:
    bundle = OscBundleBuilder(IMMEDIATELY)
    head = OscMessageBuilder("/figurant/frame")
    head.add_arg(shown.index, "i")
    head.add_arg(shown.show_time, "d")
    head.add_arg("{:02}:{:02}:{:02}:{:02}".format(*shown.timecode), "s")
    bundle.add_content(head.build())
    for name, pose in zip(names, shown.joints, strict=True):
        message = OscMessageBuilder(f"/figurant/{name}/pose")
        for value in pose.ravel().tolist():
            message.add_arg(value, "f")
        bundle.add_content(message.build())
        level = OscMessageBuilder(f"/figurant/{name}/level")
        level.add_arg(1.0, "f")
        bundle.add_content(level.build())
        color = OscMessageBuilder(f"/figurant/{name}/color")
        for _ in range(3):
            color.add_arg(1.0, "f")
        bundle.add_content(color.build())
    clock = OscMessageBuilder("/figurant/clock")
    clock.add_arg(shown.clock, "d")
    clock.add_arg(0.0, "d")
    bundle.add_content(clock.build())
    flags = OscMessageBuilder("/figurant/flags")
    flags.add_arg(int(shown.flags), "i")
    bundle.add_content(flags.build())
    return bytes(bundle.build().dgram)


def cost(pack: Callable[[], bytes]) -> float:
    costs = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        pack()
        costs.append(time.perf_counter() - began)
    return float(np.median(costs))


def main() -> None:
    print("one frame's OSC bundle, microseconds (median)")
    for count in PERFORMERS:
        names = [f"dancer{n}" for n in range(count)]
        shown, bundle = frame(count), Bundle(names)
        assert bundle.pack(shown) == python_osc(names, shown)
        ours = cost(partial(bundle.pack, shown))
        theirs = cost(partial(python_osc, names, shown))
        print(
            f"  {count} performers, {len(bundle.pack(shown))} bytes:"
            f"  engine {ours * 1e6:6.1f}   python-osc {theirs * 1e6:7.1f}   ({theirs / ours:.0f}x)"
        )


if __name__ == "__main__":
    main()
