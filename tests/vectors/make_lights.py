"""Writes lights.json anew: `python -m tests.vectors.make_lights`.

Golden universes: the bytes that go out for fixed frames, for every kind of look, a crossfade,
a hand, a power limit, and a blackout.
"""

import json
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np

from engine.frame import Frame, FrameFlag
from engine.lights import message
from engine.lights.overrides import Overrides
from engine.lights.patch import Patch
from engine.lights.rig import Rig
from engine.lights.state import Layer, LightState, Use
from show import patch_file
from tests.dancing import STANDING

PATCH = """
[supply.bench]
watts = 20
[[fixture]]
channels = "RGBWAUV"
pixels = 6
address = "1.1"
line = [[-2, 0], [2, 0]]
dimmer_max = 100
[[fixture]]
channels = "RGB"
pixels = 6
address = "1.37"
line = [[-2, 1], [2, 1]]
gamma = 2.2
[[fixture]]
channels = "DRGB"
pixels = 2
address = "2.1"
line = [[-1, 2], [1, 2]]
dither = false
[[fixture]]
channels = "RrGgBb"
address = "2.20"
at = [0, 2, 2]
[[fixture]]
name = "bench"
channels = "RGBW"
pixels = 4
address = "2.30"
line = [[-1, -1], [1, -1]]
supply = "bench"
watts = 8
"""
LOOKS = {
    "follow": 'kind = "follow"\nradius = 1.6',
    "hands": 'kind = "follow"\nat = ["left_wrist", "right_wrist"]\nplane = "space"\nradius = 2.5',
    "window": 'kind = "window"',
    "energy": 'kind = "energy"\nradius = 2.0',
    "mean": 'kind = "energy"\ncolors = ["#000000300000", "#ff0000000080"]',
    "trail": 'kind = "trail"\nseconds = 1.0',
    "wash": 'kind = "wash"\ncolor = "#ff9a30"',
    "gradient": 'kind = "gradient"\nrate = 0.4',
    "pulse": 'kind = "pulse"\nbpm = 90\ncolor = "#ff2080"',
    "positions": 'kind = "positions"\nfile = "leds.json"',
    "keys": 'kind = "key frames"\nfile = "leds.json"',
}
LEDS = {
    "positions": {str(f): [1 + f // 4 % 19] for f in range(0, 50, 2)},
    "colors": {
        "0": "ff0000000000",
        "12": {"all": "00ff00008000", "3-9": "#3040ff"},
        "40": "#000000",
    },
}
FRAMES = (0, 20, 45)
"""Frames that are kept, of those that are made."""
RATE = 30.0
NAMES = ("red", "green", "blue")


def states() -> dict[str, LightState]:
    """Give what the lights are asked to do, by name."""
    found = {name: _using(name) for name in LOOKS}
    layers = (Layer((Use("wash"),), 0.0, 0.0), Layer((Use("follow"), Use("gradient")), 0.5, 1.0))
    found["crossfade"] = LightState(layers, master=0.8)
    hands = Overrides(19)
    hands.set(2, 9, (1.0, 0.5, 0.0, 0.25, 0.0, 1.0), 0.0, 100.0)
    hands.set(5, 12, (0.0, 0.0, 1.0, 0.0, 0.0, 0.0), 1.0, 100.4)
    found["hand"] = replace(_using("wash"), overrides=hands.told(100.4))
    found["blackout"] = replace(_using("wash"), blackout=True)
    return found


def frames() -> list[Frame]:
    """Give frames of three who walk across the stage at different speeds."""
    made: list[Frame] = []
    for n in range(max(FRAMES) + 1):
        joints = np.tile(STANDING, (3, 1, 1))
        for p, (x, speed) in enumerate(((-1.5, 1.5), (0.25, -0.25), (1.0, 0.0))):
            joints[p, :, 0] += x + speed * n / RATE
            joints[p, :, 1] += 0.5 * p
        made.append(
            Frame(
                index=n,
                show_time=n / RATE,
                clock=100.0 + n / RATE,
                timecode=(0, 0, 0, 0),
                flags=FrameFlag.NONE,
                joints=joints.astype(np.float32),
                level=np.array([1.0, 0.75, 0.5], np.float32),
                color=np.array([[1, 0.3, 0.37], [0.24, 0.86, 0.52], [0.3, 0.55, 1]], np.float32),
                state=np.ones(3, np.uint8),
                age_ms=np.zeros(3, np.uint16),
            )
        )
    return made


def vectors() -> dict[str, dict[str, str]]:
    """Give the messages of the kept frames in hexadecimal, for each state."""
    with tempfile.TemporaryDirectory() as folder:
        patch = _patch(Path(folder))
    made = frames()
    found = {}
    for name, state in states().items():
        rig = Rig(patch, NAMES)
        packed = [message.pack(rig.levels(frame, state), patch.lengths) for frame in made]
        found[name] = {str(n): packed[n].hex() for n in FRAMES}
    return found


def _using(look: str) -> LightState:
    return LightState((Layer((Use(look),), 0.0, 0.0),))


def _patch(folder: Path) -> Patch:
    looks = "".join(f'[[look]]\nname = "{name}"\n{text}\n' for name, text in LOOKS.items())
    (folder / "leds.json").write_text(json.dumps(LEDS))
    (folder / "patch.toml").write_text(PATCH + looks)
    return patch_file.read(folder / "patch.toml")


if __name__ == "__main__":
    target = Path(__file__).with_name("lights.json")
    target.write_text(json.dumps(vectors(), indent=1) + "\n")
