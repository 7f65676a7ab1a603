"""How couples stand to each other."""

from __future__ import annotations

import numpy as np
import pytest

from engine import features
from offline.evaluation import duet
from tests.dancing import walking


def couple(apart: float, turned: float) -> tuple[np.ndarray, np.ndarray]:
    """Two who do the same, the other so far away, and turned so far round itself."""
    one = walking(60).astype(np.float64)
    one[..., :2] -= one[:, :1, :2]
    other = features.turn(one, np.full(one.shape[:2], turned)) + np.array([apart, 0.0, 0.0])
    return one, other


def test_distance_and_facing_are_what_they_were_made_to_be() -> None:
    made = couple(0.7, np.pi - 0.2)
    assert duet.distance(made) == pytest.approx(np.full(60, 0.7))
    assert duet.facing(made) == pytest.approx(np.full(60, 180 - np.degrees(0.2)))


def test_couples_are_measured_by_how_far_they_are_from_others() -> None:
    real = [couple(0.7, np.pi)]
    same = duet.compare(real, real)
    assert (same.distance_off, same.facing_off) == (0, 0)
    off = duet.compare([couple(1.0, np.pi / 2)], real)
    assert off.distance_off == pytest.approx(30.0)
    assert off.facing_off == pytest.approx(90.0)
    assert off.distance == pytest.approx(1.0)
