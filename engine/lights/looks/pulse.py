"""Pulse: light that swells and falls with the beat, never fast enough to hurt."""

from __future__ import annotations

import math
from dataclasses import dataclass

from engine.lights import parameter
from engine.lights.color import light
from engine.lights.light import Light
from engine.lights.look import Moment, Plain
from engine.lights.scene import Scene


@dataclass(frozen=True, slots=True)
class Pulse(Plain):
    """A cosine between `low` and full, brightest on every `beats`-th beat of `bpm`.

    The beats are counted from the top of the show, thus with its timecode; offset: part of
    a pulse later. Where that is more flashes a second than the patch allows (3 unless it
    says otherwise), every second one is left out, or three of four, and so on.
    """

    level: float = parameter.level()
    color: str = parameter.color("#ffffff")
    bpm: float = parameter.number(60.0, 0.0, 300.0)
    beats: float = parameter.number(1.0, 0.25, 64.0)
    offset: float = parameter.number(0.0, -1.0, 1.0)
    low: float = parameter.number(0.1, 0.0, 1.0)

    def turning(self, flashes: float) -> float:
        """Give the flashes a second."""
        rate = self.bpm / 60.0 / self.beats
        return rate / 2 ** max(0, math.ceil(math.log2(rate / flashes))) if rate else 0.0

    def add(self, scene: Scene, moment: Moment, to: Light) -> None:
        """Add the color as bright as it is now."""
        wave = 0.5 + 0.5 * math.cos(2.0 * math.pi * (moment.turns - self.offset))
        to.fill(light(self.color), self.level * (self.low + (1.0 - self.low) * wave))
