"""The reader of linear timecode: sound with its clocks in, readings out."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from show.audio.ltc_decoder import LtcDecoder
from show.audio.sample_clock import SampleClock
from show.chase.reading import Reading
from show.timecode import Rate


class LtcReader:
    """Reads one input. sample_rate: its own. hint: the rate expected."""

    def __init__(self, sample_rate: float, hint: Rate) -> None:
        self._decoder = LtcDecoder(sample_rate, hint)
        self._clock = SampleClock(sample_rate)
        self._samples = 0

    @property
    def rate(self) -> Rate:
        """The rate that the timecode has, as far as it says."""
        return self._decoder.rate

    def block(self, clock: float, sound: NDArray[np.float32]) -> list[Reading]:
        """Give what the next block says; clock: of its first sample.

        A frame has just passed when it is read: forward the next one begins there, in
        reverse its own beginning is there.
        """
        self._clock.block(clock, self._samples)
        self._samples += len(sound)
        readings = []
        for frame in self._decoder.decode(sound):
            rate = self._decoder.rate
            number = rate.number(frame.timecode) + (0 if frame.reverse else 1)
            speed = self._clock.rate / (frame.samples * float(rate.real))
            readings.append(
                Reading(
                    self._clock.at(frame.end),
                    float(number / rate.real),
                    -speed if frame.reverse else speed,
                )
            )
        return readings
