"""Follow: a soft pool of light under each dancer, or around its joints."""

from __future__ import annotations

from dataclasses import dataclass

from engine.lights import parameter
from engine.lights.color import scaled
from engine.lights.light import Light
from engine.lights.look import Moment, Plain
from engine.lights.looks.pools import PLANES, pools
from engine.lights.parameter import DANCER
from engine.lights.scene import Scene


@dataclass(frozen=True, slots=True)
class Follow(Plain):
    """Pools of `radius` metres; where they meet their light adds up."""

    level: float = parameter.level()
    color: str = parameter.color(DANCER)
    who: tuple[str, ...] = parameter.who()
    at: tuple[str, ...] = parameter.at()
    radius: float = parameter.number(1.2, 0.05, 50.0)
    plane: str = parameter.word("floor", tuple(PLANES))

    def add(self, scene: Scene, moment: Moment, to: Light) -> None:
        """Add the pools of the dancers that are to be seen."""
        colors = {p: scaled(scene.color(self.color, p), self.level) for p in scene.seen(self.who)}
        light = pools(scene, colors, self.at, self.radius, self.plane)
        if light is not None:
            to.put(light)
