"""Writes levels.json anew: `python -m tests.vectors.make_levels`."""

import json
import tempfile
from pathlib import Path

import numpy as np

from engine.lights import message
from engine.lights.levels import Levels
from show import patch_file

PATCH = """
rig.projection = true
[[fixture]]
channels = "RGBWAUV"
pixels = 2
address = "1.1"
line = [[-1, 0], [1, 0]]
dimmer_max = 51
[[fixture]]
channels = "RrGgBb"
address = "1.40"
at = [0, 2, 3]
dimmer_max = 102
[[fixture]]
channels = "DRGB"
address = "7.10"
at = [0, 2, 1]
gamma = 2.0
[[fixture]]
channels = "D"
address = "7.1"
at = [0, 2, 2]
[[fixture]]
channels = "GRB"
pixels = 2
address = "7.510"
straddle = "channels"
points = [[1, 1], [2, 1]]
"""
LIGHTS = [
    # 51 red and 102 white; 255 UV; 0x8000 green; half of red, dimmed by half, gamma 2; a dimmer;
    # green, and blue in the next universe. What the screen shows: linear red, green, blue.
    [51 / 255 + 102 / 255, 102 / 255, 102 / 255],
    [0.16, 0.01, 0.5],
    [0.0, 0x8000 / 65535, 0.0],
    [(128 / 255) ** 2 * (128 / 255) ** 2, 0.0, 0.0],
    [64 / 255] * 3,
    [0.0, 1.0, 0.0],
    [0.0, 0.0, 1.0],
]
SETS = {
    (1, 1): 51,
    (1, 4): 102,
    (1, 12): 255,
    (1, 42): 0x80,
    (7, 10): 128,
    (7, 11): 128,
    (7, 1): 64,
    (7, 510): 255,
    (8, 3): 255,
}


def vectors() -> dict[str, object]:
    """Give the rig, two messages, and what a page shows of the second one."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "patch.toml"
        path.write_text(PATCH)
        patch = patch_file.read(path)
    data = np.zeros((len(patch.universes), 512), np.uint8)
    for (universe, channel), value in SETS.items():
        data[patch.universes.index(universe), channel - 1] = value
    lit = Levels(12.5, 1000.25, patch.universes, data)
    dark = Levels(0.0, 1000.0, patch.universes, np.zeros_like(data))
    return {
        "rig": message.rig(patch),
        "messages": [
            {
                "showTime": levels.show_time,
                "clock": levels.clock,
                "values": {
                    str(universe): levels.data[row, : patch.lengths[universe]].tolist()
                    for row, universe in enumerate(levels.universes)
                },
                "hex": message.pack(levels, patch.lengths).hex(),
            }
            for levels in (dark, lit)
        ],
        "light": (np.array(LIGHTS) / max(f.dimmer_max for f in patch.fixtures)).tolist(),
    }


if __name__ == "__main__":
    target = Path(__file__).with_name("levels.json")
    target.write_text(json.dumps(vectors(), indent=1) + "\n")
