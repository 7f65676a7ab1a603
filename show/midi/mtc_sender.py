"""The sender of MIDI timecode: what a transport does, as quarter frames and full frames."""

from __future__ import annotations

import math
from collections.abc import Callable

import mido

from show.chase.transport import Transport
from show.midi import mtc
from show.timecode import Rate

Send = Callable[[mido.Message], None]
LATE = 4
"""Quarters: what is later than that is left out."""
STILL = 1e-3
"""A transport slower than that stands."""
IDLE = 0.01
"""Seconds between two looks at a transport that stands."""


class MtcSender:
    """Sends the timecode of a transport, one message at a time, when it is asked to.

    A timecode that begins to run does so with its first piece, on a whole frame. Where the
    transport is set elsewhere, or comes to stand, a full frame says so.
    """

    def __init__(self, transport: Transport, rate: Rate, send: Send) -> None:
        self._transport, self._rate, self._send = transport, rate, send
        self._quarters = 4.0 * float(rate.real)
        self._next: int | None = None
        self._reverse = False
        self._sets = -1
        self._stood = False

    def due(self, clock: float) -> float:
        """Give the engine clock at which `send` is to be called next."""
        speed = self._transport.speed
        if abs(speed) < STILL or self._transport.sets != self._sets or self._next is None:
            return clock + (IDLE if self._stood and abs(speed) < STILL else 0.0)
        ahead = self._next / self._quarters - self._transport.at(clock)
        return clock + min(max(ahead / speed, 0.0), 1.0)

    def send(self, clock: float) -> None:
        """Send what is due at a clock."""
        speed, sets = self._transport.speed, self._transport.sets
        position = self._transport.at(clock)
        runs = abs(speed) >= STILL
        if sets != self._sets or (not runs and not self._stood):
            self._set(position)
        self._sets, self._stood = sets, not runs
        if not runs:
            return
        if self._next is None or self._reverse != (speed < 0.0):
            self._begin(position, reverse=speed < 0.0)
            return
        step = -1 if self._reverse else 1
        now = position * self._quarters
        late = (now - self._next) * step
        if late > LATE:
            self._next = math.floor(now) if step > 0 else math.ceil(now)
        if late > -1e-3:
            self._quarter(self._next)
            self._next += step

    def _begin(self, position: float, *, reverse: bool) -> None:
        """Begin at the next whole timecode."""
        self._reverse = reverse
        now = position * self._quarters / 8.0
        self._next = 8 * (math.floor(now + 1e-4) if reverse else math.ceil(now - 1e-4))

    def _quarter(self, quarter: int) -> None:
        piece, digit = mtc.quarter_frame(quarter, self._rate, reverse=self._reverse)
        self._send(mido.Message("quarter_frame", frame_type=piece, frame_value=digit))

    def _set(self, position: float) -> None:
        """Say where the timecode stands now."""
        self._next = None
        data = mtc.full_frame(self._rate.at(position), self._rate)
        self._send(mido.Message("sysex", data=data))
