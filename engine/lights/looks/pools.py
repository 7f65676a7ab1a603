"""Pools of light around dancers: what several looks are made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from engine.lights.color import MIXED, Color
from engine.lights.scene import Scene

PLANES = {"floor": (0, 1), "wall": (0, 2), "space": (0, 1, 2)}
"""Axes in which a distance counts: seen from above, seen from the front, or all three."""


def pools(
    scene: Scene, colors: Mapping[int, Color], at: Sequence[str], radius: float, plane: str
) -> NDArray[np.float32] | None:
    """Give the light [3 or 9, N] of a pool for each dancer and each name in `at`.

    colors: by the dancer's place in the frame. None where there is no dancer. Where pools
    meet, their light adds up.
    """
    if not colors:
        return None
    points = np.array([scene.point(p, name) for p in colors for name in at], np.float32)
    shade = scene.pixels.shade(points, radius, PLANES[plane])
    paint = np.array([color for color in colors.values() for _ in at], np.float32)
    rows = 9 if paint[:, MIXED:].any() else MIXED
    light: NDArray[np.float32] = paint[:, :rows].T @ shade
    return light
