"""The show clock: show time from the engine's clock, which is passed in.

A hold does not stop dancers dead: the show's speed goes to 0 over a short ramp, and back
when it goes on. A timecode from outside steers the clock; a locate sets it. Otherwise show
time never runs backwards.
"""

from __future__ import annotations

import math

RAMP = 0.3
"""Seconds from full speed to standing still."""


class ShowClock:
    """Show time in seconds, which runs, is held and runs on."""

    def __init__(self, show_time: float = 0.0, *, held: bool = False) -> None:
        """Stand at a show time until `start`."""
        self._clock, self._show_time = math.inf, show_time
        self._held, self._running = held, 1.0
        self._speed = self._target = 0.0 if held else 1.0

    def start(self, clock: float) -> None:
        """Run, or stand where the show is held, from an engine clock on."""
        self._clock = clock

    @property
    def held(self) -> bool:
        """Whether the show stands still by a hold, or is about to."""
        return self._held

    def at(self, clock: float) -> float:
        """Give the show time at an engine clock not before the last change."""
        passed = max(0.0, clock - self._clock)
        ramp = min(passed, abs(self._target - self._speed) * RAMP)
        sign = 1.0 if self._target > self._speed else -1.0
        during = self._speed * ramp + sign * ramp * ramp / (2.0 * RAMP)
        return self._show_time + during + self._target * (passed - ramp)

    def hold(self, clock: float, *, held: bool) -> None:
        """Hold the show, or let it run on; saying it twice is harmless."""
        if held != self._held:
            self._show_time, self._speed = self.at(clock), self._speed_at(clock)
            self._clock = max(clock, self._clock)
            self._held, self._target = held, 0.0 if held else self._running

    def locate(self, clock: float, show_time: float) -> None:
        """Go to a show time, and on from there at the speed the show has now."""
        self._speed = self._speed_at(clock)
        self._show_time, self._clock = show_time, max(clock, self._clock)

    def steer(self, clock: float, show_time: float, speed: float) -> None:
        """Go on from a show time at a speed, until told otherwise; a held show stays held."""
        self._running = speed
        if not self._held:
            self._clock, self._show_time = clock, show_time
            self._speed = self._target = speed

    def _speed_at(self, clock: float) -> float:
        change = max(0.0, clock - self._clock) / RAMP
        if self._target > self._speed:
            return min(self._target, self._speed + change)
        return max(self._target, self._speed - change)
