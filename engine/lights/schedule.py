"""The schedule of one output: which levels are to go out at a moment. Pure, all times given.

Levels come before they are due and wait. At each moment the newest of those that are due
go out; older ones are dropped, so that what comes late is shown at once and never followed
by a burst. When nothing comes the last levels are repeated, lest the receiver gives up.
"""

from __future__ import annotations

import math
from collections import deque

from engine.lights.levels import Levels

MOST_WAITING = 256
"""Levels that may wait, four seconds at 60 a second; beyond that the oldest are dropped."""
AT_ONCE = -math.inf


class Schedule:
    """The levels of one output that wait.

    keep_alive: seconds after which the last levels go out again. rate: ticks a second, at
    each of which levels go out, new ones or the last; None to send as they come. dropped:
    levels that never went out.
    """

    def __init__(self, keep_alive: float, rate: float | None = None) -> None:
        self.dropped = 0
        self._interval = keep_alive if rate is None else 1.0 / rate
        self._ticking = rate is not None
        self._waiting: deque[tuple[float, Levels]] = deque()
        self._last: Levels | None = None
        self._again = math.inf

    def put(self, levels: Levels, due: float) -> None:
        """Let levels wait until they are due.

        What waits for a later moment is dropped: it is of a clock that no longer holds.
        """
        while self._waiting and self._waiting[-1][0] > due:
            self._waiting.pop()
            self.dropped += 1
        if len(self._waiting) >= MOST_WAITING:
            self._waiting.popleft()
            self.dropped += 1
        self._waiting.append((due, levels))

    def put_at_once(self, levels: Levels) -> None:
        """Let levels go out now, instead of all that waits."""
        self.dropped += len(self._waiting)
        self._waiting.clear()
        self._waiting.append((AT_ONCE, levels))

    def next(self) -> float:
        """Give the moment at which something has to go out; infinite where there is nothing."""
        due = self._waiting[0][0] if self._waiting else math.inf
        if self._ticking and self._last is not None and due > AT_ONCE:
            return self._again
        return min(due, self._again)

    def take(self, moment: float) -> Levels | None:
        """Give what goes out at a moment, None for nothing."""
        fresh = 0
        while self._waiting and self._waiting[0][0] <= moment:
            self._last = self._waiting.popleft()[1]
            fresh += 1
        self.dropped += max(fresh - 1, 0)
        if self._last is None or (not fresh and moment < self._again):
            return None
        if self._ticking and self._again < math.inf:  # the next tick of the grid
            passed = math.floor((moment - self._again) / self._interval)
            self._again += (passed + 1) * self._interval
        else:
            self._again = moment + self._interval
        return self._last
