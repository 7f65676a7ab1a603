"""Dithering: 16 bits through 8, exactly so in the mean."""

from __future__ import annotations

import numpy as np

from engine.lights.dither import STEPS, Dither


def dithered(values: list[int], frames: range) -> np.ndarray:
    """8-bit values [frames, channels]."""
    dither = Dither((len(values),))
    return np.array([dither(np.array(values, np.uint32), frame).copy() for frame in frames])


def test_the_mean_of_257_frames_is_the_16_bit_value() -> None:
    values = [0, 1, 2, 128, 256, 257, 258, 300, 1000, 30000, 32768, 65000, 65534, 65535]
    for start in (0, 1, 1000):
        mean = dithered(values, range(start, start + STEPS)).mean(axis=0) * STEPS
        assert np.abs(mean - values).max() < 1e-9


def test_a_few_frames_come_close() -> None:
    values = [40, 100, 200, 300, 500, 5000]
    mean = dithered(values, range(16)).mean(axis=0) * STEPS
    assert np.abs(mean - values).max() < STEPS / 8


def test_black_stays_black_and_full_stays_full() -> None:
    seen = dithered([0, 65535], range(2 * STEPS))
    assert (seen == [0, 255]).all()


def test_it_never_strays_by_more_than_a_step() -> None:
    values = list(range(0, 65536, 97))
    seen = dithered(values, range(40))
    assert (np.abs(seen * STEPS - np.array(values)) < STEPS).all()


def test_neighbours_flicker_apart_and_a_frame_has_its_own_bytes() -> None:
    values = [64] * 48
    seen = dithered(values, range(STEPS))
    assert seen.sum(axis=1).max() <= 14  # of 12 that are lit in the mean, not all at once
    assert (dithered(values, range(7, 8)) == seen[7]).all()
