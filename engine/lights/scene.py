"""The scene: what looks know of the dance, and of where the pixels are."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from engine.features import half_square_speed
from engine.frame import Frame
from engine.lights.color import WHITE, Color, light, scaled
from engine.lights.parameter import DANCER, EVERYONE, FLOOR
from engine.lights.places import Places
from engine.skeleton import HIP, JOINTS

Array = NDArray[np.float32]

JUMP = 0.5
"""Seconds: frames farther apart are a locate, and what moved between them is no movement."""
SETTLING = 0.5
"""Seconds in which a dancer's energy follows its movement."""
WILDEST = 4.0
"""m²/s²: nobody has more energy than this; what seems to is a fault of the data."""


class Scene:
    """The newest frame with what follows from those before it, for P performers.

    energy: float64 [P], kinetic energy per unit mass and joint in m²/s², smoothed. passed:
    seconds of show time since the last frame, 0 after a jump: then all that a look
    remembers stays, so that a locate does not flash.
    """

    def __init__(self, pixels: Places, performers: Sequence[str]) -> None:
        """Take the performers' names in the order of the frame."""
        self.pixels = pixels
        self.performers = list(performers)
        count = len(self.performers)
        self.show_time = 0.0
        self.passed = 0.0
        self.level = np.zeros(count, np.float32)
        self.energy = np.zeros(count)
        self.joints = np.zeros((count, len(JOINTS), 3), np.float32)
        self.colors: list[Color] = [WHITE] * count
        self._shown: Array | None = None

    def take(self, frame: Frame) -> None:
        """Go on to a frame; one of other performers than the last begins anew."""
        passed = frame.show_time - self.show_time
        self.passed = passed if 0.0 < passed <= JUMP else 0.0
        count = len(self.performers)
        joints, level = frame.joints[:count], frame.level[:count]
        if joints.shape != self.joints.shape:
            self.passed, self.energy = 0.0, np.zeros(len(joints))
        if self.passed:
            energy = half_square_speed(joints - self.joints, 1.0 / self.passed)
            energy = np.minimum(energy, WILDEST)
            energy[(self.level == 0.0) | (level == 0.0)] = 0.0
            self.energy += (energy - self.energy) * -math.expm1(-self.passed / SETTLING)
        self.show_time, self.joints, self.level = frame.show_time, joints, level
        if frame.color is not self._shown:
            self._shown = frame.color
            self.colors = [_linear(color) for color in frame.color[:count].tolist()]

    def seen(self, who: Sequence[str]) -> list[int]:
        """Give those of the named performers who are to be seen, as places in the frame."""
        everyone = EVERYONE in who
        return [
            p
            for p, (name, level) in enumerate(
                zip(self.performers, self.level.tolist(), strict=False)
            )
            if level > 0.0 and (everyone or name in who)
        ]

    def color(self, text: str, p: int) -> Color:
        """Give a color, or the dancer's own, times how much of the dancer is to be seen."""
        own = self.colors[p] if text == DANCER else light(text)
        return scaled(own, float(self.level[p]))

    def point(self, p: int, name: str) -> Array:
        """Give where a joint is, or the floor below the hip: float32 [3]."""
        if name == FLOOR:
            x, y, _ = self.joints[p, HIP]
            return np.array((x, y, 0.0), np.float32)
        at: Array = self.joints[p, JOINTS.index(name)]
        return at


def _linear(color: Sequence[float]) -> Color:
    return light("#" + "".join(f"{round(255 * min(max(value, 0.0), 1.0)):02x}" for value in color))
