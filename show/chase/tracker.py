"""The tracker: position and speed of something that runs, from readings that jitter.

A second-order phase-locked loop in its optimal form, a Kalman filter with the state
(position, speed) and white acceleration (Bar-Shalom, Li, Kirubarajan: Estimation with
Applications to Tracking and Navigation, 6.2.2). Wide while it knows little, narrow once it
runs evenly. When the readings keep to one side of what it expects, the speed has changed,
and it widens again; one that is far off alone is not believed.
"""

from __future__ import annotations

import math

CALM = 2e-5
"""Spectral density of the acceleration of a timecode that runs evenly, 1/s^3 · s."""
GATE = 4.0
"""Standard deviations beyond which a reading is not believed, unless others say the same."""
LEAN = 0.12
"""Share of a new reading in the running mean of how far readings lie to one side."""
SHIFT = 0.8
"""Standard deviations of that mean from which on the speed is taken to have changed."""
LATE_RUN = 0.06
"""Seconds that readings beyond the gate must last to be a change, where they are late."""
LEAST_NOISE = 1e-5


class Tracker:
    """Follows a position from a first reading on.

    jitter: standard deviation of the readings' clocks, seconds. speed: what is expected at
    the start, and spread, how far it may be from that.
    """

    def __init__(
        self,
        clock: float,
        position: float,
        *,
        jitter: float,
        speed: float = 1.0,
        spread: float = 0.1,
    ) -> None:
        self.clock, self.position, self.speed = clock, position, speed
        self._jitter = jitter
        self._pp, self._ps, self._ss = self._noise(), 0.0, spread * spread
        self._lean = 0.0
        self._beyond = 0
        self._beyond_since = clock

    def at(self, clock: float) -> float:
        """Give the position expected at a clock."""
        return self.position + self.speed * (clock - self.clock)

    @property
    def deviation(self) -> float:
        """Standard deviation of the position."""
        return math.sqrt(self._pp)

    def read(self, clock: float, position: float) -> None:
        """Take in a reading; one that is older than the last is taken as of now."""
        self._predict(max(0.0, clock - self.clock))
        noise = self._noise()
        off = position - self.position
        spread = math.sqrt(self._pp + noise)
        if abs(off) <= GATE * spread:
            self._beyond = 0
            self._lean += LEAN * (off / spread - self._lean)
        elif self._is_change(off):
            self._widen(off)
        else:
            return
        total = self._pp + noise
        gain_p, gain_s = self._pp / total, self._ps / total
        self.position += gain_p * off
        self.speed += gain_s * off
        self._ss -= gain_s * self._ps
        self._ps *= 1.0 - gain_p
        self._pp *= 1.0 - gain_p

    def _predict(self, passed: float) -> None:
        excess = max(0.0, abs(self._lean) - SHIFT)
        density = CALM * (1.0 + 1e3 * excess * excess) ** 2
        self.position += self.speed * passed
        self.clock += passed
        self._pp += passed * (2 * self._ps + passed * self._ss) + density * passed**3 / 3
        self._ps += passed * self._ss + density * passed**2 / 2
        self._ss += density * passed

    def _noise(self) -> float:
        """Variance of a reading's position: what jitters is the clock."""
        return (self._jitter * self.speed) ** 2 + LEAST_NOISE**2

    def _is_change(self, off: float) -> bool:
        """Tell whether readings beyond the gate are a change: the second that is early.

        A message can be late by chance but never early, so late ones must go on for a
        while.
        """
        side = 1 if off > 0 else -1
        if self._beyond * side <= 0:
            self._beyond, self._beyond_since = 0, self.clock
        self._beyond += side
        early = off * self.speed > 0
        wait = 0.0 if early else LATE_RUN
        return abs(self._beyond) >= 2 and self.clock - self._beyond_since >= wait

    def _widen(self, off: float) -> None:
        self._beyond = 0
        self._pp += off * off
        self._ss += (1.0 + abs(self.speed)) ** 2 / 4
