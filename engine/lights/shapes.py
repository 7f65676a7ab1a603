"""Where the pixels of a fixture are: points in stage space, from a few numbers.

All give float32 [n, 3], metres, in the order of the wiring.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Point = tuple[float, float, float]
Points = NDArray[np.float32]


def polyline(corners: Sequence[Point], count: int) -> Points:
    """Give pixels at even distances on a line through corners, the outer ones on its ends."""
    at = np.array(corners, np.float64)
    lengths = np.linalg.norm(np.diff(at, axis=0), axis=1)
    along = np.concatenate([[0.0], np.cumsum(lengths)])
    asked = np.linspace(0.0, along[-1], count) if count > 1 else np.array([along[-1] / 2])
    return np.stack([np.interp(asked, along, at[:, k]) for k in range(3)], 1).astype(np.float32)


def grid(corners: Sequence[Point], columns: int, rows: int, *, snake: bool) -> Points:
    """Give rows of pixels between three corners: the first, the end of its row, the last row's end.

    snake: every other row is wired backwards.
    """
    first, end, last = np.array(corners, np.float64)
    across = np.linspace(0.0, 1.0, columns)[:, None] * (end - first)
    down = np.linspace(0.0, 1.0, rows)[:, None] * (last - end)
    at = first + down[:, None] + across[None]
    if snake:
        at[1::2] = at[1::2, ::-1]
    return np.asarray(at.reshape(-1, 3), np.float32)


def ring(center: Point, radius: float, start: float, count: int) -> Points:
    """Give a level ring; start: degrees of its first pixel, counter-clockwise seen from above."""
    angle = math.radians(start) + np.arange(count) * (2 * math.pi / count)
    offset = np.stack([np.cos(angle), np.sin(angle), np.zeros(count)], 1)
    at: Points = (np.array(center) + radius * offset).astype(np.float32)
    return at
