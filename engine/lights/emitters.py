"""From red, green and blue to the emitters that a fixture has, by one stated rule.

All of it in linear light, for a pixel asked for (r, g, b) and by name for (w, a, uv):

1. What was asked by name of an emitter that is not there goes into r, g, b: white as
   (1, 1, 1), amber as AMBER = (1, 0.4, 0), UV as VIOLET = (0.35, 0, 1) times 0.5.
2. Where the largest of r, g, b is above 1, all three are divided by it: the hue stays.
3. White takes s = min(r, g, b), and r, g, b lose s. Then amber takes s = min(r, g / 0.4),
   and r, g lose (s, 0.4 s).
4. UV gets min(b, r / 0.35) in addition: what is violet glows as well. Nothing is taken from
   r or b for it, as UV is hardly seen by itself.
5. A pixel without red, green and blue takes the largest of what is left of them in the
   first of white, amber, UV that it has; a lone dimmer takes the largest of r, g, b.
6. No emitter gives more than 1.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.lights.channels import EMITTERS, Order

Array = NDArray[np.float32]

RED, GREEN, BLUE, WHITE, AMBER_ROW, UV = range(len(EMITTERS))
AMBER = (1.0, 0.4, 0.0)
VIOLET = (0.35, 0.0, 1.0)
FOLDED: dict[int, tuple[float, float, float]] = {
    WHITE: (1.0, 1.0, 1.0),
    AMBER_ROW: AMBER,
    UV: (0.5 * VIOLET[0], 0.0, 0.5 * VIOLET[2]),
}


class Emitters:
    """Lays light out for n pixels of one order; the arrays are used again and again."""

    def __init__(self, order: Order, count: int) -> None:
        self.rows = order.emitters
        self._white = WHITE in self.rows
        self._amber = AMBER_ROW in self.rows
        self._uv = UV in self.rows
        self._colored = any(row in self.rows for row in (RED, GREEN, BLUE))
        self._all = np.zeros((len(EMITTERS), count), np.float32)
        self._spare = np.zeros(count, np.float32)
        self._out = np.zeros((max(len(self.rows), 1), count), np.float32)

    def of(self, light: Array, *, plain: bool) -> Array:
        """Give each emitter's light [E, n], 0..1, in the order of the rows; one for a dimmer.

        light: [6, n]. plain: nothing was asked by name.
        """
        rows, spare = self._all, self._spare
        rows[:] = light
        if not plain:
            for row, color in FOLDED.items():
                if row not in self.rows:
                    for channel, part in zip(rows[:3], color, strict=True):
                        if part:
                            channel += rows[row] * np.float32(part)
        red, green, blue = rows[:3]
        np.maximum(red, green, out=spare)
        np.maximum(spare, blue, out=spare)
        if not self.rows:
            np.minimum(spare, np.float32(1.0), out=self._out[0])
            return self._out
        np.maximum(spare, np.float32(1.0), out=spare)
        rows[:3] /= spare
        if self._white:
            np.minimum(red, green, out=spare)
            np.minimum(spare, blue, out=spare)
            rows[:3] -= spare
            rows[WHITE] += spare
        if self._amber:
            np.multiply(green, np.float32(1.0 / AMBER[1]), out=spare)
            np.minimum(spare, red, out=spare)
            red -= spare
            rows[AMBER_ROW] += spare
            spare *= np.float32(AMBER[1])
            green -= spare
        if self._uv:
            np.multiply(red, np.float32(1.0 / VIOLET[0]), out=spare)
            np.minimum(spare, blue, out=spare)
            rows[UV] += spare
        if not self._colored:
            rows[self.rows[0]] += rows[:3].max(axis=0)
        for out, row in zip(self._out, self.rows, strict=True):
            np.clip(rows[row], 0.0, 1.0, out=out)
        return self._out
