"""Windows: the pieces of a sequence that are compared with one another."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

SECONDS = 4.0
"""Length of a window; windows overlap by half."""


def size(fps: float) -> int:
    """Frames of a window."""
    return round(SECONDS * fps)


def starts(frames: int, fps: float) -> NDArray[np.intp]:
    """First frames [N] of the windows that fit into so many frames."""
    long = size(fps)
    return np.arange(0, frames - long + 1, long // 2)


def means(
    values: NDArray[np.number] | NDArray[np.bool_], first: NDArray[np.intp], length: int
) -> NDArray[np.float64]:
    """Means [N, D] over values[first : first + length] of per-frame values [T, D]."""
    total = np.zeros((len(values) + 1, values.shape[1]))
    np.cumsum(values, axis=0, out=total[1:])
    mean: NDArray[np.float64] = (total[first + length] - total[first]) / length
    return mean
