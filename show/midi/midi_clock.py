"""MIDI clock with song position: beats in, readings out.

MIDI 1.0 Detailed Specification, System Real Time: 24 clocks a quarter note; start, continue,
stop; the song position in sixteenths. Beats are time at a tempo that is agreed on: at another
one the show runs faster or slower, and every beat keeps its place in it.
"""

from __future__ import annotations

import mido

from show.chase.reading import Reading
from show.timecode import Rate

CLOCKS = 24
"""Clocks of a quarter note."""
SIXTEENTH = CLOCKS // 4
SHARE = 0.1
DOUBLE = 0.25
"""Part of the running interval within which a clock is a double of the last one."""


class MidiClockReader:
    """Reads the clock of one port.

    bpm: quarter notes a minute at which the show is as fast as time. start: timecode of the
    first beat, seconds, at a rate.
    """

    def __init__(self, bpm: float, start: float, rate: Rate) -> None:
        self.rate = rate
        self._each = 60.0 / (bpm * CLOCKS)
        self._start = start
        self._count = 0
        self._running = self._first = False
        self._last: float | None = None
        self._interval = self._each

    def message(self, clock: float, message: mido.Message) -> Reading | None:
        """Take any MIDI message; give where the show is, None where it says nothing of it."""
        match message.type:
            case "clock":
                return self._clock(clock)
            case "start" | "continue":
                if message.type == "start":
                    self._count = 0
                self._running = self._first = True
                return None
            case "stop":
                was, self._running = self._running, False
                return self._reading(clock, 0.0) if was else None
            case "songpos":
                self._count, self._first = message.pos * SIXTEENTH, True
                return None if self._running else self._reading(clock, 0.0)
        return None

    def _clock(self, clock: float) -> Reading | None:
        last, self._last = self._last, clock
        if last is not None:
            passed = clock - last
            if passed < DOUBLE * self._interval:
                self._last = last
                return None
            if passed < 4 * self._interval:
                self._interval += SHARE * (passed - self._interval)
        if not self._running:
            return None
        if self._first:  # the first clock after a start is the beat itself
            self._first = False
        else:
            self._count += 1
        return self._reading(clock, self._each / self._interval)

    def _reading(self, clock: float, speed: float) -> Reading:
        return Reading(clock, self._start + self._count * self._each, speed)
