"""Energy: brightness and color from how lively the dancers are."""

from __future__ import annotations

from dataclasses import dataclass

from engine.lights import parameter
from engine.lights.color import Color, light, mixed, scaled
from engine.lights.light import Light
from engine.lights.look import Moment, Plain
from engine.lights.looks.pools import PLANES, pools
from engine.lights.scene import Scene


@dataclass(frozen=True, slots=True)
class Energy(Plain):
    """Kinetic energy from `calm` to `lively` (m²/s², a mean joint) goes through the colors.

    Brightness goes with it from `rest` to 1. radius: of a pool around each dancer; 0 for
    all pixels in the mean of the dancers.
    """

    level: float = parameter.level()
    colors: tuple[str, ...] = parameter.colors("#2030ff", "#ff3a8a", "#ffb020")
    who: tuple[str, ...] = parameter.who()
    calm: float = parameter.number(0.05, 0.0, 4.0)
    lively: float = parameter.number(0.6, 0.01, 4.0)
    rest: float = parameter.number(0.15, 0.0, 1.0)
    radius: float = parameter.number(0.0, 0.0, 50.0)
    plane: str = parameter.word("floor", tuple(PLANES))

    def add(self, scene: Scene, moment: Moment, to: Light) -> None:
        """Add the light of the dancers that are to be seen."""
        seen = scene.seen(self.who)
        colors = {p: scaled(self._of(scene.energy[p]), float(scene.level[p])) for p in seen}
        if self.radius:
            pooled = pools(scene, colors, ("floor",), self.radius, self.plane)
            if pooled is not None:
                to.put(pooled)
        elif colors:
            to.fill(tuple(map(sum, zip(*colors.values(), strict=True))), 1.0 / len(colors))

    def _of(self, energy: float) -> Color:
        """Give the color of an energy."""
        part = (energy - self.calm) / max(self.lively - self.calm, 0.01)
        part = min(max(part, 0.0), 1.0)
        place = part * (len(self.colors) - 1)
        i = min(int(place), len(self.colors) - 2)
        color = mixed(light(self.colors[i]), light(self.colors[i + 1]), place - i)
        return scaled(color, self.level * (self.rest + (1.0 - self.rest) * part))
