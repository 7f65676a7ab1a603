"""Overrides: a hand on single pixels, over the looks, as Deep.Dance's HTTP call has it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from engine.lights.color import Emission
from engine.lights.state import Override

ROWS = 7
"""Of each pixel: the weight of the hand, and the light of six emitters times the weight."""
NOTHING = (0.0,) * ROWS


class Overrides:
    """The hands on N pixels. Times are those of the engine's clock, so a held show obeys too."""

    def __init__(self, count: int) -> None:
        self._before = np.zeros((ROWS, count), np.float32)
        self._after = np.zeros((ROWS, count), np.float32)
        self._start = np.zeros(count)
        self._seconds = np.zeros(count)
        self._settled = 0.0

    def set(
        self, first: int, last: int, color: Emission | None, seconds: float, clock: float
    ) -> None:
        """Fade pixels `first` to `last`, counted from 1, to a color; None lets them go."""
        chosen = slice(first - 1, last)
        self._before[:, chosen] = self.at(clock)[:, chosen]
        after = NOTHING if color is None else (1.0, *color)
        self._after[:, chosen] = np.array(after, np.float32)[:, None]
        self._start[chosen], self._seconds[chosen] = clock, seconds
        self._settled = max(self._settled, clock + seconds)

    def take(self, told: Sequence[Override]) -> None:
        """Take over what `told` gave; pixels that are not there are passed over."""
        self._before[:], self._after[:], self._settled = 0.0, 0.0, 0.0
        for override in told:
            chosen = slice(max(override.first - 1, 0), override.last)
            self._before[:, chosen] = np.array(override.before, np.float32)[:, None]
            self._after[:, chosen] = np.array(override.after, np.float32)[:, None]
            self._start[chosen], self._seconds[chosen] = override.start, override.seconds
            self._settled = max(self._settled, override.start + override.seconds)

    def idle(self, clock: float) -> bool:
        """Tell whether no hand is on any pixel."""
        return clock >= self._settled and not self._after[0].any()

    def at(self, clock: float) -> NDArray[np.float32]:
        """Give weight and light [7, N] at an engine clock."""
        if clock >= self._settled:
            return self._after
        passed = (clock - self._start) / np.maximum(self._seconds, 1e-6)
        part = np.clip(passed, 0.0, 1.0).astype(np.float32)
        now: NDArray[np.float32] = self._before + (self._after - self._before) * part
        return now

    def told(self, clock: float) -> tuple[Override, ...]:
        """Give the hands that are on, neighbours with the same fade as one."""
        active = self._after[0] > 0
        active |= (self._before[0] > 0) & (clock < self._start + self._seconds)
        rows = np.concatenate([[self._start], [self._seconds], self._before, self._after])
        same = (rows[:, 1:] == rows[:, :-1]).all(0) & active[1:] & active[:-1]
        firsts = np.flatnonzero(active & ~np.concatenate([[False], same]))
        lasts = np.flatnonzero(active & ~np.concatenate([same, [False]]))
        return tuple(
            Override(
                first + 1,
                last + 1,
                float(self._start[first]),
                float(self._seconds[first]),
                tuple(self._before[:, first].tolist()),
                tuple(self._after[:, first].tolist()),
            )
            for first, last in zip(firsts.tolist(), lasts.tolist(), strict=True)
        )
