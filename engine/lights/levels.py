"""The levels: what every output sends, DMX values of all universes at one show time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

CHANNELS = 512
"""Channels of a universe (ANSI E1.11, DMX512-A)."""


@dataclass(frozen=True, slots=True)
class Levels:
    """DMX values of U universes, made once a frame for every output.

    show_time: of the frame, seconds since the top of the show. clock: seconds of the
    engine's clock when the frame was made. universes: their numbers, ascending. data:
    uint8 [U, 512], channel 1 first; nobody writes to it any more.
    """

    show_time: float
    clock: float
    universes: tuple[int, ...]
    data: NDArray[np.uint8]
