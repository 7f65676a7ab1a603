"""Noise that is a function of (seed, performer, step), so that any step can be had again.

Philox is a counter-based generator (Salmon et al., Parallel Random Numbers: As Easy as
1, 2, 3, 2011): a block of steps is drawn from a key and a counter, with no history.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from engine.motion_model import NOISE

BLOCK = 64
"""Steps that are drawn at once."""
SWAY_STEPS = 45
"""Steps from one drawn value of the sway to the next."""


class Noise:
    """Rows of noise [53] for each performer; keeps the block that each is in."""

    def __init__(self, performers: int) -> None:
        self._rows: list[NDArray[np.float32]] = [np.empty((0, NOISE), np.float32)] * performers
        self._drawn: list[tuple[int, int] | None] = [None] * performers
        self._swayed: list[tuple[int, int] | None] = [None] * performers
        self._knots = [(0.0, 0.0)] * performers

    def fill(self, out: NDArray[np.float32], performer: int, seed: int, step: int) -> None:
        """Write the noise of a step into out[performer]: a uniform, then 52 normals."""
        block, row = divmod(step, BLOCK)
        if self._drawn[performer] != (seed, block):
            self._rows[performer] = draw(seed, performer, block)
            self._drawn[performer] = (seed, block)
        out[performer] = self._rows[performer][row]

    def sway(self, performer: int, seed: int, step: int) -> float:
        """Give a slow normal number of a step: it leads from one drawn value to the next.

        On a circle, so that its spread is 1 everywhere between them.
        """
        knot, way = divmod(step, SWAY_STEPS)
        if self._swayed[performer] != (seed, knot):
            self._knots[performer] = _knot(seed, performer, knot), _knot(seed, performer, knot + 1)
            self._swayed[performer] = (seed, knot)
        here, after = self._knots[performer]
        angle = math.pi / 2 * way / SWAY_STEPS
        return math.cos(angle) * here + math.sin(angle) * after


def _knot(seed: int, performer: int, knot: int) -> float:
    return float(_generator(seed, 1, performer, knot).standard_normal())


def _generator(seed: int, kind: int, performer: int, index: int) -> np.random.Generator:
    philox = np.random.Philox(key=seed & (2**64 - 1), counter=[0, kind, performer, index])
    return np.random.Generator(philox)


def draw(seed: int, performer: int, block: int) -> NDArray[np.float32]:
    """Draw the noise float32 [64, 53] of a block of steps."""
    generator = _generator(seed, 0, performer, block)
    rows = np.empty((BLOCK, NOISE), np.float32)
    rows[:, 0] = generator.random(BLOCK)
    rows[:, 1:] = generator.standard_normal((BLOCK, NOISE - 1))
    return rows
