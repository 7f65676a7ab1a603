"""Trail: the path of each dancer, fading behind it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from engine.lights import parameter
from engine.lights.color import scaled
from engine.lights.light import Light
from engine.lights.look import Moment, Plain
from engine.lights.looks.pools import PLANES, pools
from engine.lights.parameter import DANCER
from engine.lights.scene import Scene


@dataclass(frozen=True, slots=True)
class Trail(Plain):
    """Each pixel keeps the brightest light that it had, and loses it within `seconds`.

    After `seconds` a twentieth is left. After a jump the old path fades as it would have.
    """

    level: float = parameter.level()
    color: str = parameter.color(DANCER)
    who: tuple[str, ...] = parameter.who()
    at: tuple[str, ...] = parameter.at()
    radius: float = parameter.number(0.6, 0.05, 50.0)
    plane: str = parameter.word("floor", tuple(PLANES))
    seconds: float = parameter.number(2.5, 0.1, 60.0)

    def add(self, scene: Scene, moment: Moment, to: Light) -> None:
        """Add the paths, the newest light in full."""
        kept = moment.memory
        kept.used[:] *= np.float32(math.exp(-3.0 * scene.passed / self.seconds))
        colors = {p: scaled(scene.color(self.color, p), self.level) for p in scene.seen(self.who)}
        light = pools(scene, colors, self.at, self.radius, self.plane)
        if light is not None:
            kept.brighten(light)
        to.put(kept.used)
