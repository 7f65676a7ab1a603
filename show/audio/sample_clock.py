"""The sample clock: at which engine clock a sample was, or will be, at the device."""

from __future__ import annotations

from show.chase.tracker import Tracker

JITTER = 0.002
"""Standard deviation of the clocks that a device gives with its blocks, seconds."""
LOST = 0.1
"""Seconds by which a block may be off: more is a gap, and all begins anew."""


class SampleClock:
    """Follows a device whose blocks come with clocks that jitter. rate: samples a second."""

    def __init__(self, rate: float) -> None:
        self.rate = rate
        self._tracker: Tracker | None = None

    def block(self, clock: float, sample: int) -> None:
        """Take in that a sample is at the device at a clock."""
        seconds = sample / self.rate
        tracker = self._tracker
        if tracker is None or abs(seconds - tracker.at(clock)) > LOST:
            self._tracker = Tracker(clock, seconds, jitter=JITTER, spread=0.001)
        else:
            tracker.read(clock, seconds)

    def at(self, sample: float) -> float:
        """Give the clock of a sample, near those that came last."""
        assert self._tracker is not None
        off = sample / self.rate - self._tracker.position
        return self._tracker.clock + off / self._tracker.speed
