"""Wash: one color everywhere."""

from __future__ import annotations

from dataclasses import dataclass

from engine.lights import parameter
from engine.lights.color import light
from engine.lights.light import Light
from engine.lights.look import Moment, Plain
from engine.lights.scene import Scene


@dataclass(frozen=True, slots=True)
class Wash(Plain):
    """All pixels in one color."""

    level: float = parameter.level()
    color: str = parameter.color("#ffffff")

    def add(self, scene: Scene, moment: Moment, to: Light) -> None:
        """Add the color."""
        to.fill(light(self.color), self.level)
