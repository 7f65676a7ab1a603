"""From red, green and blue to the emitters that a fixture has, by one stated rule.

All of it in linear light, for a pixel asked for the color (r, g, b), and for single
emitters by name:

1. What was asked by name of an emitter that is not there goes into the color: white as
   (1, 1, 1), amber as AMBER = (1, 0.4, 0), UV as VIOLET = (0.35, 0, 1) times 0.5; red,
   green and blue as themselves.
2. Where the largest of r, g, b is above 1, all three are divided by it: the hue stays.
3. White takes s = min(r, g, b), and r, g, b lose s. Then amber takes s = min(r, g / 0.4),
   and r, g lose (s, 0.4 s).
4. UV gets min(b, r / 0.35) in addition: what is violet glows as well. Nothing is taken from
   r or b for it, as UV is hardly seen by itself.
5. A pixel without red, green and blue takes the largest of what is left of them in the
   first of white, amber, UV that it has; a lone dimmer takes the largest of r, g, b.
6. What was asked by name is added to its emitter, and none gives more than 1.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.lights.channels import EMITTERS, Order
from engine.lights.color import MIXED

Array = NDArray[np.float32]

RED, GREEN, BLUE, WHITE, AMBER_ROW, UV = range(len(EMITTERS))
AMBER = (1.0, 0.4, 0.0)
VIOLET = (0.35, 0.0, 1.0)
FOLDED: dict[int, tuple[float, float, float]] = {
    RED: (1.0, 0.0, 0.0),
    GREEN: (0.0, 1.0, 0.0),
    BLUE: (0.0, 0.0, 1.0),
    WHITE: (1.0, 1.0, 1.0),
    AMBER_ROW: AMBER,
    UV: (0.5 * VIOLET[0], 0.0, 0.5 * VIOLET[2]),
}
"""The color that stands in for an emitter that is not there."""


class Emitters:
    """Lays light out for n pixels of one order; the arrays are used again and again."""

    def __init__(self, order: Order, count: int) -> None:
        self.rows = order.emitters
        self._missing = [row for row in FOLDED if row not in self.rows]
        self._colored = any(row in self.rows for row in (RED, GREEN, BLUE))
        self._made = np.zeros((len(EMITTERS), count), np.float32)
        self._spare = np.zeros(count, np.float32)
        self._out = np.zeros((max(len(self.rows), 1), count), np.float32)

    def of(self, light: Array, *, plain: bool) -> Array:
        """Give each emitter's light [E, n], 0..1, in the order of the rows; one for a dimmer.

        light: [9, n]. plain: nothing was asked by name.
        """
        made, spare = self._made, self._spare
        made[:MIXED] = light[:MIXED]
        color = made[:MIXED]
        if not plain:
            self._fold(light[MIXED:], color)
        np.max(color, axis=0, out=spare)
        if not self.rows:
            np.minimum(spare, np.float32(1.0), out=self._out[0])
            return self._out
        np.maximum(spare, np.float32(1.0), out=spare)
        color /= spare
        self._share(made)
        for out, row in zip(self._out, self.rows, strict=True):
            if plain:
                np.minimum(made[row], np.float32(1.0), out=out)
            else:
                np.add(made[row], light[MIXED + row], out=out)
                np.minimum(out, np.float32(1.0), out=out)
        return self._out

    def _fold(self, named: Array, color: Array) -> None:
        """Add to the color what was asked of emitters that are not there."""
        for row in self._missing:
            for channel, part in zip(color, FOLDED[row], strict=True):
                if part:
                    channel += named[row] * np.float32(part)

    def _share(self, made: Array) -> None:
        """Let white, amber and UV take their parts of the color."""
        spare = self._spare
        red, green, blue = made[:MIXED]
        if WHITE in self.rows:
            np.min(made[:MIXED], axis=0, out=made[WHITE])
            made[:MIXED] -= made[WHITE]
        if AMBER_ROW in self.rows:
            amber = made[AMBER_ROW]
            np.multiply(green, np.float32(1.0 / AMBER[1]), out=amber)
            np.minimum(amber, red, out=amber)
            red -= amber
            np.multiply(amber, np.float32(AMBER[1]), out=spare)
            green -= spare
        if UV in self.rows:
            np.multiply(red, np.float32(1.0 / VIOLET[0]), out=made[UV])
            np.minimum(made[UV], blue, out=made[UV])
        if not self._colored:
            np.max(made[:MIXED], axis=0, out=spare)
            made[self.rows[0]] += spare
