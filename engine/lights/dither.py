"""Temporal dithering: 16-bit light through 8-bit channels, in the mean of the frames.

An 8-bit value is 257 steps of 16 bits wide (65535 = 255 * 257), and 257 is prime. In frame
k a channel adds the threshold (159 k + phase) mod 257 before it divides by 257, so in any
257 frames each threshold comes once: the mean is v / 257 exactly. 159 is nearest to
257 / golden ratio, so a few frames come close already. Phases differ from channel to
channel, so that a rig does not flicker as one. 0 stays 0 and 65535 stays 255 in all frames.

It depends on the frame's number alone: a frame has the same bytes whenever it is made.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

STEPS = 257
ADVANCE = 159
SPREAD = 98
"""Thresholds from one channel to the next; coprime to STEPS, and neighbours lie far apart."""


class Dither:
    """Dithers an array of channels of one shape."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        count = int(np.prod(shape))
        self._phase = (np.arange(count, dtype=np.uint32) * SPREAD % STEPS).reshape(shape)
        self._threshold = np.zeros(shape, np.uint32)

    def __call__(self, values: NDArray[np.uint32], frame: int) -> NDArray[np.uint32]:
        """Give 8-bit values for 16-bit ones, for a frame's number."""
        threshold = self._threshold
        np.add(self._phase, np.uint32(frame * ADVANCE % STEPS), out=threshold)
        np.remainder(threshold, np.uint32(STEPS), out=threshold)
        threshold += values
        np.floor_divide(threshold, np.uint32(STEPS), out=threshold)
        return threshold
