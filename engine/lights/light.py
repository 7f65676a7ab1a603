"""Light: what N pixels give, linear, before it is laid out for their fixtures."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.lights.color import MIXED, Color

Array = NDArray[np.float32]


class Light:
    """Linear light of N pixels, used again and again.

    rows: float32 [9, N], as `color.Color`: a color in red, green, blue, then what was asked
    of single emitters; 1 is the fixture's full. plain: the last six are all 0.
    """

    def __init__(self, count: int) -> None:
        self.rows = np.zeros((9, count), np.float32)
        self.plain = True
        self._scaled = np.zeros(count, np.float32)

    @property
    def used(self) -> Array:
        """The rows that may hold light, [3 or 9, N]."""
        return self.rows[:MIXED] if self.plain else self.rows

    def clear(self) -> None:
        """Make it dark."""
        self.used.fill(0.0)
        self.plain = True

    def fill(self, color: Color, amount: float) -> None:
        """Add one color to every pixel."""
        for row, value in zip(self.rows, color, strict=True):
            if value:
                row += np.float32(value * amount)
        self.plain = self.plain and not any(color[MIXED:])

    def add(self, color: Color, amount: Array) -> None:
        """Add one color, `amount` [N] of it."""
        for row, value in zip(self.rows, color, strict=True):
            if value:
                np.multiply(amount, np.float32(value), out=self._scaled)
                row += self._scaled
        self.plain = self.plain and not any(color[MIXED:])

    def put(self, rows: Array) -> None:
        """Add light [3 or 9, N]."""
        self.rows[: len(rows)] += rows
        self.plain = self.plain and len(rows) == MIXED

    def brighten(self, rows: Array) -> None:
        """Keep of each emitter the brighter, this light or another [3 or 9, N]."""
        np.maximum(self.rows[: len(rows)], rows, out=self.rows[: len(rows)])
        self.plain = self.plain and len(rows) == MIXED

    def cover(self, other: Light, share: float) -> None:
        """Mix in another light; share 1 leaves only that. Linear, so nothing dips between."""
        rows = self.used if self.plain and other.plain else self.rows
        rows *= np.float32(1.0 - share)
        for row, over in zip(rows, other.rows, strict=False):
            np.multiply(over, np.float32(share), out=self._scaled)
            row += self._scaled
        self.plain = self.plain and other.plain
