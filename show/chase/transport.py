"""The transport: what a timecode that is sent does. It runs at a speed, stands, or is set."""

from __future__ import annotations


class Transport:
    """A position in seconds since 00:00:00:00, over an engine clock that is passed in.

    sets: how often it was put somewhere else.
    """

    def __init__(self, clock: float, seconds: float, speed: float = 0.0) -> None:
        self._clock, self._seconds = clock, seconds
        self.speed = speed
        self.sets = 0

    def at(self, clock: float) -> float:
        """Give the position at a clock."""
        return self._seconds + self.speed * (clock - self._clock)

    def run(self, clock: float, speed: float) -> None:
        """Go on at a speed, 0 to stand."""
        self._seconds, self._clock = self.at(clock), clock
        self.speed = speed

    def set(self, clock: float, seconds: float) -> None:
        """Go on from somewhere else."""
        self._seconds, self._clock = seconds, clock
        self.sets += 1

    def steer(self, clock: float, seconds: float, speed: float) -> None:
        """Go on from a position that is near the one it has, at a speed."""
        self._seconds, self._clock, self.speed = seconds, clock, speed
