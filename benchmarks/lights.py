"""What the light of a frame costs: looks and output stage, from 1 to 64 universes.

Rigs of RGB pixels, 170 a universe, on a grid over the stage; three dancers who walk. Beside
a lower bound, what a script for one color would do: a plain NumPy fill of all channels with
one color times a master, 8 bits, no looks, gamma, limits or dithering.

Run: .venv/bin/python benchmarks/lights.py
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from engine.frame import Frame, FrameFlag
from engine.lights.rig import Rig
from engine.lights.state import Layer, LightState, Use
from show import patch_file

UNIVERSES = (1, 2, 4, 8, 16, 32, 64)
FRAMES = 240
EACH = 170
RATE = 60.0
LOOKS = """
[[look]]
name = "pools"
kind = "follow"
[[look]]
name = "paths"
kind = "trail"
[[look]]
name = "night"
kind = "gradient"
rate = 0.1
[[look]]
name = "windows"
kind = "window"
[[look]]
name = "heat"
kind = "energy"
radius = 2.0
"""
NAMES = ("red", "green", "blue")
CASES = {
    "pools": ((Use("pools"),),),
    "pools+paths+night": ((Use("pools"), Use("paths"), Use("night")),),
    "crossfade": ((Use("pools"), Use("night")), (Use("heat"), Use("windows"))),
}
MOST_MS = 2.0
"""Milliseconds that 32 universes may cost a frame."""


def rig(universes: int, more: str = "") -> Rig:
    """Give a rig of so many universes; more: keys of every fixture."""
    fixtures = [
        f'[[fixture]]\naddress = "{u + 1}.1"\n'
        f"line = [[-4, {-3 + 6 * u / universes:.3f}], [4, {-3 + 6 * u / universes:.3f}]]\n"
        for u in range(universes)
    ]
    kind = f'[type.strip]\nchannels = "RGB"\npixels = {EACH}\n{more}\n'
    supply = "[supply.all]\nwatts = 3000\n"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "patch.toml"
        path.write_text(supply + kind + "".join(fixtures) + LOOKS)
        return Rig(patch_file.read(path), NAMES)


def frames() -> list[Frame]:
    """Give frames of three who walk."""
    rng = np.random.default_rng(1)
    body = rng.normal(scale=0.4, size=(3, 17, 3)).astype(np.float32)
    walk = np.array([[1.0, 0.2, 0.0], [-0.6, 0.5, 0.0], [0.1, -0.9, 0.0]], np.float32)
    return [
        Frame(
            index=n,
            show_time=n / RATE,
            clock=n / RATE,
            timecode=(0, 0, 0, 0),
            flags=FrameFlag.NONE,
            joints=body + walk[:, None] * np.float32(n / RATE),
            level=np.ones(3, np.float32),
            color=np.eye(3, dtype=np.float32),
            state=np.ones(3, np.uint8),
            age_ms=np.zeros(3, np.uint16),
        )
        for n in range(FRAMES)
    ]


def fill(universes: int) -> Callable[[int], None]:
    """Give the lower bound: one color on every channel."""
    color = np.tile(np.array([1.0, 0.5, 0.25], np.float32), EACH)

    def work(n: int) -> None:
        data = np.zeros((universes, 512), np.uint8)
        data[:, : 3 * EACH] = color * np.float32(255 * (n % 100) / 100)

    return work


def timed(work: Callable[[int], object]) -> tuple[float, float]:
    """Give median and p99 of what a frame costs, in milliseconds."""
    for n in range(20):
        work(n)
    costs = []
    for n in range(FRAMES):
        began = time.perf_counter()
        work(n)
        costs.append(time.perf_counter() - began)
    p50, p99 = np.percentile(costs, (50, 99))
    return float(p50) * 1e3, float(p99) * 1e3


def of(rig: Rig, state: LightState, shown: list[Frame]) -> tuple[float, float]:
    return timed(lambda n: rig.levels(shown[n], state))


def main() -> None:
    shown = frames()
    states = {}
    for name, layers in CASES.items():
        fading = [Layer(uses, 0.0, 0.0 if i == 0 else 1e6) for i, uses in enumerate(layers)]
        states[name] = LightState(tuple(fading))
    print(f"a frame's looks and output stage, {FRAMES} frames, ms: median (p99)\n")
    head = "".join(f"{name:>22}" for name in (*CASES, "one-color fill"))
    print(f"{'universes':>9} {'channels':>8}{head}   us for each more")
    before = (0, 0.0)
    for universes in UNIVERSES:
        made = rig(universes)
        row = [of(made, state, shown) for state in states.values()]
        row.append(timed(fill(universes)))
        cells = "".join(f"{f'{p50:.3f} ({p99:.3f})':>22}" for p50, p99 in row)
        each = (row[1][0] - before[1]) / (universes - before[0]) * 1e3
        before = universes, row[1][0]
        print(f"{universes:>9} {universes * 512:>8}{cells}   {each:>6.1f}")
    print("\n32 universes, pools+paths+night, with more of the output stage:")
    for name, more in {
        "gamma": "gamma = 2.2",
        "a supply at its limit": 'supply = "all"\nwatts = 1.0',
        "no dithering": "dither = false",
        "all three": 'gamma = 2.2\nsupply = "all"\nwatts = 1.0\ndimmer_max = 200',
    }.items():
        p50, p99 = of(rig(32, more), states["pools+paths+night"], shown)
        print(f"{name:>22} {p50:>6.3f} ({p99:.3f}) of {MOST_MS:g} that it may take")


if __name__ == "__main__":
    main()
