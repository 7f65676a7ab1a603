"""Footing: the foot that carries the body stands, although the model lets it slide.

What slides is measured on the slower and lower ankle, smoothed, and taken from the root's
way, so bones keep their lengths and the whole body moves with it. A tenth of the slide is
left, and what is faster than the smoothing: real dancers pivot and slip too.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine import skeleton
from engine.features import Body

Float = NDArray[np.float64]
Complex = NDArray[np.complex128]

TAKEN = 0.9
"""Share of the slide that is taken away."""
SMOOTHING = 0.3
"""Share of a step's slide that enters the running one."""
SLOW = 0.3
"""m/s: an ankle that is this much faster than the other bears e times less of the weight."""
LOW = 0.03
"""Metres, likewise, that an ankle is higher."""
STANDING = 0.08
"""Metres: an ankle of the reference body that stands on the floor."""
CONTACT = 0.05
"""Metres above that at which nothing of a foot touches the floor any more."""
_FEET = list(skeleton.FEET)


@dataclass(frozen=True, slots=True)
class Footing:
    """Where P performers' ankles are and how they slide.

    ankles [P, 2]: x + 1j * y, metres. slide [P]: likewise, metres a step.
    """

    ankles: Complex
    slide: Complex

    @classmethod
    def at(cls, placements: Float, unit: Float, body: Body) -> Footing:
        """Give the footing of poses that do not slide: placements [P, 3], unit [P, 16, 3]."""
        ankles = _ankles(placements, unit, body)
        return cls(_places(ankles), np.zeros(len(ankles), np.complex128))

    def copy(self) -> Footing:
        """Give one that can be changed."""
        return Footing(self.ankles.copy(), self.slide.copy())

    def stand(self, p: int, other: Footing) -> None:
        """Take over another's only footing for performer p, in place."""
        self.ankles[p], self.slide[p] = other.ankles[0], other.slide[0]

    def plant(
        self, placements: Float, height: NDArray[np.floating], unit: Float, body: Body, rate: float
    ) -> Footing:
        """Take the slide from placements [P, 3], in place; gives the footing after it.

        height [P]: of the root, metres. unit: bone directions [P, 16, 3]. rate: steps a
        second. One step lies between this footing and the poses.
        """
        ankles = _ankles(placements, unit, body)
        places = _places(ankles)
        ways = places - self.ankles
        high = (ankles[..., 2] + height[:, None]) / body.scale - STANDING
        weight = np.exp(-(np.abs(ways) * (rate / SLOW) + high / LOW))
        slide = (ways * weight).sum(axis=1) / weight.sum(axis=1)
        touch = np.minimum(np.maximum(1 - high.min(axis=1) / CONTACT, 0.0), 1.0)
        slide = self.slide + SMOOTHING * (slide * touch - self.slide)
        back = slide * -TAKEN
        placements[:, :2].view(np.complex128)[:, 0] += back
        return Footing(places + back[:, None], slide)


def _ankles(placements: Float, unit: Float, body: Body) -> Float:
    """Ankles [P, 2, 3], their heights from the root's."""
    ankles: Float = np.matmul(body.spread[_FEET], unit)
    ankles[..., :2] += placements[:, None, :2]
    return ankles


def _places(ankles: Float) -> Complex:
    return ankles[..., 0] + 1j * ankles[..., 1]
