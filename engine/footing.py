"""Footing: the foot that carries the body stands, although the model lets it slide.

What slides is measured on the slower and lower ankle, smoothed, and taken from the root's
way, so bones keep their lengths and the whole body moves with it. A tenth of the slide is
left, and what is faster than the smoothing: real dancers pivot and slip too.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.features import Body

Float = NDArray[np.float64]

TAKEN = 0.9
"""Share of the slide that is taken away."""
SMOOTHING = 0.45
"""Share of a step's slide that enters the running one."""
SLOW = 0.3
"""m/s: an ankle that is this much faster than the other bears e times less of the weight."""
LOW = 0.03
"""Metres, likewise, that an ankle is higher."""
STANDING = 0.08
"""Metres: an ankle of the reference body that stands on the floor."""
CONTACT = 0.05
"""Metres above that at which nothing of a foot touches the floor any more."""


@dataclass(frozen=True, slots=True)
class Footing:
    """Where P performers' ankles are and how they slide.

    ankles: of each performer right and left, as x + 1j * y, metres. slide: likewise,
    metres a step. Plain numbers: for a handful of dancers that is faster than arrays.
    """

    ankles: list[tuple[complex, complex]]
    slide: list[complex]

    @classmethod
    def at(cls, placements: Float, unit: Float, body: Body) -> Footing:
        """Give the footing of poses that do not slide: placements [P, 3], unit [P, 16, 3]."""
        ankles = [
            (complex(x + ax, y + ay), complex(x + bx, y + by))
            for (x, y, _), ((ax, ay, _), (bx, by, _)) in zip(
                placements.tolist(), np.matmul(body.ankles, unit).tolist(), strict=True
            )
        ]
        return cls(ankles, [0j] * len(ankles))

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

        height [P]: of the root, metres of the reference body. unit: bone directions
        [P, 16, 3]. rate: steps a second. One step lies between this footing and the poses.
        """
        ankles, slides, roots = [], [], []
        for (x, y, _), z, ((ax, ay, az), (bx, by, bz)), (a_before, b_before), slide in zip(
            placements.tolist(),
            height.tolist(),
            np.matmul(body.ankles, unit).tolist(),
            self.ankles,
            self.slide,
            strict=True,
        ):
            a, b = complex(x + ax, y + ay), complex(x + bx, y + by)
            a_way, b_way = a - a_before, b - b_before
            a_high, b_high = z + az / body.scale - STANDING, z + bz / body.scale - STANDING
            # The share of the weight that the right foot bears, by how much slower and lower.
            lighter = (abs(a_way) - abs(b_way)) * rate / SLOW + (a_high - b_high) / LOW
            right = 1 / (1 + math.exp(min(max(lighter, -50.0), 50.0)))
            touch = min(max(1 - min(a_high, b_high) / CONTACT, 0.0), 1.0)
            now = (b_way + right * (a_way - b_way)) * touch
            slide = slide + SMOOTHING * (now - slide)
            back = -TAKEN * slide
            ankles.append((a + back, b + back))
            slides.append(slide)
            roots.append((x + back.real, y + back.imag))
        placements[:, :2] = roots
        return Footing(ankles, slides)
