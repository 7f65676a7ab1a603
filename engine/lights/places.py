"""The places of a rig's pixels, laid out for looks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]


class Places:
    """N pixels of B fixtures.

    at: float32 [3, N], metres, stage space. starts: of each fixture its first pixel.
    fixture: of each pixel the place of its fixture. number: of each pixel its place in it.
    """

    def __init__(self, positions: Sequence[Array]) -> None:
        """Take the positions [n, 3] of each fixture."""
        sizes = [len(points) for points in positions]
        self.count = sum(sizes)
        self.at: Array = np.ascontiguousarray(np.concatenate(positions).T)
        self.starts: NDArray[np.intp] = np.cumsum([0, *sizes[:-1]])
        self.fixture: NDArray[np.intp] = np.repeat(np.arange(len(sizes)), sizes)
        self.number = (np.arange(self.count) - self.starts[self.fixture]).astype(np.float32)

    def shade(self, points: Array, radius: float, axes: Sequence[int]) -> Array:
        """Give how bright a pool of light around each of K points [K, 3] is: [K, N], 0..1.

        (1 - (distance / radius)²)², which is 1 in the middle and ends without an edge.
        axes: those in which the distance counts.
        """
        scale = np.float32(1.0 / radius)
        total = np.zeros((len(points), self.count), np.float32)
        for axis in axes:
            way = self.at[axis] - points[:, axis, None]
            way *= scale
            way *= way
            total += way
        np.subtract(np.float32(1.0), total, out=total)
        np.maximum(total, np.float32(0.0), out=total)
        total *= total
        return total
