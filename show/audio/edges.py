"""Edges: where a sound crosses from one level to the other, however loud it is.

Sample by sample in NumPy, block by block. The sound is smoothed over a part of half a bit, and
the mean of 10 ms is taken away. A change counts that goes about half of the loudness beyond
the middle: less would take noise for edges, where a cheap input lets long levels sag.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
WINDOW = 0.01
"""Seconds over which mean and loudness are taken, at least."""
BEYOND = 0.55
"""Part of the loudness that a change goes beyond the middle."""
LOUD = 0.8
"""Part of all samples that are less loud than what is called the loudness."""
SILENCE = 1e-3
"""Loudness below which nothing counts."""
SMOOTH = 0.55
"""Part of half a bit over which is smoothed."""


class EdgeFinder:
    """Finds the edges in a sound that comes in blocks."""

    def __init__(self, sample_rate: float) -> None:
        self._window = max(8, round(WINDOW * sample_rate))
        self._raw = np.zeros(2 * self._window)
        self._level = 0
        self._before = 0.0
        self._position = 0

    def find(self, block: NDArray[np.float32], half: float) -> Floats:
        """Give where the edges of the next block lie, in samples since the first one.

        half: length of half a bit in samples.
        """
        if not len(block):
            return np.empty(0)
        width = max(1, min(round(SMOOTH * half), self._window))
        raw = np.concatenate([self._raw, block])
        total = np.concatenate([[0.0], np.cumsum(raw, dtype=np.float64)])
        ends = np.arange(self._window, len(raw)) + 1
        middle = (total[ends] - total[ends - self._window]) / self._window
        smooth = (total[ends] - total[ends - width]) / width - middle
        loud = float(np.quantile(np.abs(smooth), LOUD))
        found = self._cross(smooth[-len(block) :], BEYOND * max(loud, SILENCE))
        found += self._position - (width - 1) / 2
        self._raw = raw[-2 * self._window :]
        self._position += len(block)
        return found

    def _cross(self, value: Floats, beyond: float) -> Floats:
        """Give where a value goes beyond the middle on the other side than before."""
        side = np.where(value > beyond, 1, np.where(value < -beyond, -1, 0))
        side = np.concatenate([[self._level], side])
        places = np.where(side != 0, np.arange(len(side)), 0)
        side = side[np.maximum.accumulate(places)]
        at = np.flatnonzero(np.diff(side) != 0)
        before, after = np.concatenate([[self._before], value])[at], value[at]
        step = np.where(after == before, 1.0, after - before)
        part = np.clip((np.copysign(beyond, after) - before) / step, 0.0, 1.0)
        self._level, self._before = int(side[-1]), float(value[-1])
        return np.asarray(at - 1.0 + part)
