"""What steers the model: energy, tags and the way home."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.controls import FAR, NEAR, Controls, keep_near, swayed, tag_names

WHOLE = np.linspace(0, 2, 33, dtype=np.float32)
CONTROLS = Controls(("calm", "lively"), WHOLE, np.stack([WHOLE / 2, WHOLE * 2]))


def test_a_row_names_what_it_holds() -> None:
    row = CONTROLS.row(energy=0.25, tags={"lively": 0.5, "unknown": 1.0})
    assert dict(zip(CONTROLS.names, row.tolist(), strict=True)) == {
        "energy": 0.25,
        "home_left": 0.0,
        "home_back": 0.0,
        "calm": 0.0,
        "lively": 0.5,
    }


def test_energy_is_told_as_a_quantile() -> None:
    asked = np.array([0.0, 1.0, 2.0, 9.0])
    assert CONTROLS.quantile(asked, {}) == pytest.approx([0, 0.5, 1, 1])


def test_energy_is_told_beside_the_material_of_its_tags() -> None:
    one = np.array([1.0])
    assert CONTROLS.quantile(one, {"calm": 1.0}) == pytest.approx(1)
    assert CONTROLS.quantile(one, {"lively": 0.3}) == pytest.approx(0.25)
    # Half and half: from 0 to 2.5.
    assert CONTROLS.quantile(one, {"calm": 0.5, "lively": 0.5}) == pytest.approx(0.4)
    assert CONTROLS.quantile(one, {"unknown": 1.0}) == pytest.approx(0.5)


@given(st.floats(-3, 3), st.floats(0, 1), st.floats(0, 1))
def test_more_energy_asked_is_more_at_every_sway(sway: float, a: float, b: float) -> None:
    low, high = sorted((a, b))
    assert 0 <= swayed(low, sway) <= swayed(high, sway) <= 1


def test_half_the_energy_sways_over_the_whole_range() -> None:
    sway = np.random.default_rng(0).standard_normal(4000)
    energies = [swayed(0.5, float(s)) for s in sway]
    assert np.histogram(energies, 4, (0, 1))[0] == pytest.approx(np.full(4, 1000), rel=0.1)


def walk(start: complex, step: complex, steps: int) -> list[float]:
    """Give the distances from home of a dancer who keeps stepping the same way."""
    home = np.zeros((1, 2))
    place = np.array([[start.real, start.imag, 0.0]])
    distances = []
    for _ in range(steps):
        before = place.copy()
        place[0, :2] += step.real, step.imag
        keep_near(before, place, home)
        distances.append(float(np.hypot(*place[0, :2])))
    return distances


def test_nobody_gets_farther_than_far() -> None:
    assert max(walk(0j, 0.05 + 0.02j, 600)) <= FAR + 1e-6


def test_near_home_and_on_the_way_home_nothing_is_taken() -> None:
    assert walk(0j, 0.01 + 0j, 100)[-1] == pytest.approx(1.0)
    assert walk(5 + 0j, -0.01 + 0j, 100)[-1] == pytest.approx(4.0)
    assert walk(complex(NEAR, 0), 0.0 + 0j, 5)[-1] == pytest.approx(NEAR)


def test_tags_that_every_clip_has_say_nothing() -> None:
    assert tag_names([("salsa", "calm"), ("salsa", "lively")]) == ("calm", "lively")
    assert tag_names([]) == ()
