"""Offsets that carry a pose over into new movement."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.transition import SETTLE, Offset, rotate, rotation_between

RATE = 30.0


def units(rng: np.random.Generator, *shape: int) -> np.ndarray:
    vectors = rng.standard_normal((*shape, 3))
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_the_turn_between_two_directions_leads_from_one_to_the_other(seed: int) -> None:
    rng = np.random.default_rng(seed)
    a, b = units(rng, 16), units(rng, 16)
    assert np.abs(rotate(a, rotation_between(a, b)) - b).max() < 1e-9


def test_opposite_and_equal_directions_have_a_turn_too() -> None:
    a = np.array([[0.0, 0, 1], [1.0, 0, 0], [0, 1.0, 0]])
    assert np.abs(rotate(a, rotation_between(a, -a)) + a).max() < 1e-9
    assert np.abs(rotation_between(a, a)).max() == 0.0


def joined(seed: int, fade: float) -> tuple[Offset, tuple, tuple, tuple]:
    rng = np.random.default_rng(seed)
    shown = rng.standard_normal(3), units(rng, 16)
    before = shown[0] - [0.03, 0.01, 0.0], rotate(shown[1], np.full((16, 3), 0.02))
    new = rng.standard_normal(3), units(rng, 16)
    offset = Offset.none(2)
    offset.join(1, shown, before, new, new, RATE)
    offset.settle[:] = SETTLE / fade
    return offset, shown, before, new


def test_at_the_change_the_pose_shown_stays() -> None:
    offset, shown, _, new = joined(3, 1.0)
    root, unit = offset.apply(np.stack([new[0]] * 2), np.stack([new[1]] * 2))
    assert np.abs(root[1] - shown[0]).max() < 1e-9
    assert np.abs(unit[1] - shown[1]).max() < 1e-9
    assert np.abs(root[0] - new[0]).max() == 0.0


def test_the_velocity_goes_on() -> None:
    offset, shown, before, new = joined(3, 1.0)
    small = 1e-4
    root, _ = offset.decayed(small).apply(np.stack([new[0]] * 2), np.stack([new[1]] * 2))
    assert np.abs((root[1] - shown[0]) / small - (shown[0] - before[0]) * RATE).max() < 0.02


def test_after_the_fade_a_hundredth_is_left_and_then_nothing() -> None:
    offset, _, _, _ = joined(5, 2.0)
    offset.root_velocity[:] = offset.turn_velocity[:] = 0.0
    start = np.abs(offset.turn[1]).max()
    for _ in range(60):
        offset = offset.decayed(1 / RATE)
    assert np.abs(offset.turn[1]).max() < 0.0105 * start
    for _ in range(60):
        offset = offset.decayed(1 / RATE)
    assert np.abs(offset.turn[1]).max() < 1e-4 * start


def test_the_decay_does_not_depend_on_the_step() -> None:
    offset, _, _, _ = joined(7, 1.0)
    coarse = offset.decayed(0.4)
    fine = offset
    for _ in range(40):
        fine = fine.decayed(0.01)
    assert np.abs(coarse.turn - fine.turn).max() < 1e-9
    assert np.abs(coarse.root_velocity - fine.root_velocity).max() < 1e-9
