"""Gradient: colors that blend into one another across the stage, and may drift."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from engine.lights import parameter
from engine.lights.color import MIXED, light
from engine.lights.light import Light
from engine.lights.look import Moment, Plain
from engine.lights.scene import Scene

STEPS = 2048
"""Colors that a gradient is made of, first to last."""


@dataclass(frozen=True, slots=True)
class Gradient(Plain):
    """Colors over `length` metres, there and back again, beginning at centre stage.

    angle: degrees of its direction seen from above, 0 to stage left, 90 upstage. tilt:
    degrees upwards. rate: turns a second, there and back; negative the other way.
    """

    level: float = parameter.level()
    colors: tuple[str, ...] = parameter.colors("#102060", "#602080")
    length: float = parameter.number(4.0, 0.1, 200.0)
    angle: float = parameter.number(0.0, -360.0, 360.0)
    tilt: float = parameter.number(0.0, -90.0, 90.0)
    rate: float = parameter.number(0.0, -1.0, 1.0)

    def turning(self, flashes: float) -> float:
        """Give the turns a second."""
        return self.rate

    def add(self, scene: Scene, moment: Moment, to: Light) -> None:
        """Add the colors."""
        angle, tilt = math.radians(self.angle), math.radians(self.tilt)
        way = (
            math.cos(angle) * math.cos(tilt),
            math.sin(angle) * math.cos(tilt),
            math.sin(tilt),
        )
        place = (np.array(way, np.float32) / (2.0 * self.length)) @ scene.pixels.at
        place -= np.float32(moment.turns % 1.0)
        place -= np.floor(place)
        place = np.abs(place * 2.0 - 1.0)  # 1 at the first color, 0 at the last
        steps = (STEPS - 1 - place * (STEPS - 1)).astype(np.intp)
        to.put(_table(self.colors)[:, steps] * np.float32(self.level))


@lru_cache(64)
def _table(colors: tuple[str, ...]) -> NDArray[np.float32]:
    """Give the light [3 or 9, STEPS] from the first color to the last."""
    given = np.array([light(text) for text in colors], np.float32)
    places = np.linspace(0, len(colors) - 1, STEPS)
    rows = 9 if given[:, MIXED:].any() else MIXED
    table = [np.interp(places, np.arange(len(colors)), given[:, k]) for k in range(rows)]
    return np.array(table, np.float32)
