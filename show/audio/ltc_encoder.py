"""The encoder of linear timecode: a position that moves, in whatever way, as sound.

Every word begins with the same polarity, so the level is a function of the position alone:
the same one forward, in reverse, at any speed, and wherever one begins.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from show.audio import ltc
from show.timecode import Rate

Floats = NDArray[np.float64]
HALVES = 2 * ltc.BITS
RISE = 40e-6
"""Seconds from one level to the other (SMPTE 12M-1: 40 ± 10 µs)."""


class LtcEncoder:
    """Encodes the timecode of a rate. level: of the sound, 0 to 1."""

    def __init__(self, rate: Rate, sample_rate: float, level: float = 0.5) -> None:
        self.rate, self.level = rate, level
        self._sample_rate = sample_rate
        self._halves = lru_cache(maxsize=64)(self._make_halves)

    def render(self, positions: Floats) -> NDArray[np.float32]:
        """Give the sound of a position over time, [T] in frames since 00:00:00:00, -1 to 1."""
        if not len(positions):
            return np.empty(0, np.float32)
        speed = abs(float(positions[-1] - positions[0])) / max(len(positions) - 1, 1)
        rise = max(speed * RISE * self._sample_rate, 1e-9)
        first = int(np.floor(positions.min() - rise)) - 1
        last = int(np.floor(positions.max() + rise)) + 1
        levels = np.concatenate([self._halves(n % self.rate.day) for n in range(first, last + 1)])
        area = np.concatenate([[0.0], np.cumsum(levels)]) / HALVES
        at = np.arange(len(area)) / HALVES + first
        over = np.interp(positions + rise / 2, at, area) - np.interp(positions - rise / 2, at, area)
        return (self.level * over / rise).astype(np.float32)

    def _make_halves(self, number: int) -> Floats:
        """Give the level of each half bit of a frame: biphase mark."""
        bits = np.array(ltc.encode(self.rate.timecode(number), self.rate))
        changes = np.ones(HALVES, int)
        changes[1::2] = bits
        return np.where(np.cumsum(changes) % 2, 1.0, -1.0)
