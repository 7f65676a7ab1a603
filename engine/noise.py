"""Noise that is a function of (seed, performer, step), so that any step can be had again.

Philox is a counter-based generator (Salmon et al., Parallel Random Numbers: As Easy as
1, 2, 3, 2011): a block of steps is drawn from a key and a counter, with no history.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.motion_model import NOISE

BLOCK = 64
"""Steps that are drawn at once."""


class Noise:
    """Rows of noise [53] for each performer; keeps the block that each is in."""

    def __init__(self, performers: int) -> None:
        self._rows: list[NDArray[np.float32]] = [np.empty((0, NOISE), np.float32)] * performers
        self._drawn: list[tuple[int, int] | None] = [None] * performers

    def fill(self, out: NDArray[np.float32], performer: int, seed: int, step: int) -> None:
        """Write the noise of a step into out[performer]: a uniform, then 52 normals."""
        block, row = divmod(step, BLOCK)
        if self._drawn[performer] != (seed, block):
            self._rows[performer] = draw(seed, performer, block)
            self._drawn[performer] = (seed, block)
        out[performer] = self._rows[performer][row]


def draw(seed: int, performer: int, block: int) -> NDArray[np.float32]:
    """Draw the noise float32 [64, 53] of a block of steps."""
    philox = np.random.Philox(key=seed & (2**64 - 1), counter=[0, 0, performer, block])
    generator = np.random.Generator(philox)
    rows = np.empty((BLOCK, NOISE), np.float32)
    rows[:, 0] = generator.random(BLOCK)
    rows[:, 1:] = generator.standard_normal((BLOCK, NOISE - 1))
    return rows
