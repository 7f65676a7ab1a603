"""The kinds of looks, one a file, by the names that patch.toml gives them."""

from __future__ import annotations

from engine.lights.look import Look
from engine.lights.looks.energy import Energy
from engine.lights.looks.follow import Follow
from engine.lights.looks.gradient import Gradient
from engine.lights.looks.key_frames import KeyFrames
from engine.lights.looks.positions import Positions
from engine.lights.looks.pulse import Pulse
from engine.lights.looks.trail import Trail
from engine.lights.looks.wash import Wash
from engine.lights.looks.window import Window

KINDS: dict[str, type[Look]] = {
    "follow": Follow,
    "window": Window,
    "energy": Energy,
    "trail": Trail,
    "wash": Wash,
    "gradient": Gradient,
    "pulse": Pulse,
    "positions": Positions,
    "key frames": KeyFrames,
}
