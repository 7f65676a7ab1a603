"""The foot that carries the body stands."""

from __future__ import annotations

import numpy as np
import pytest

from engine import features, skeleton
from engine.footing import TAKEN, Footing
from tests.dancing import STANDING

RATE = 30.0
LENGTHS = skeleton.bone_lengths(STANDING)
BODY = features.Body.of(LENGTHS, LENGTHS)
UNIT = features.directions(STANDING[None])
HEIGHT = np.array([STANDING[0, 2]])


def glide(speed: float, steps: int, lift: float = 0.0) -> np.ndarray:
    """Let a figure that does not move its legs be carried sideways; gives x at each step."""
    place = np.zeros((1, 3))
    footing = Footing.at(place, UNIT, BODY)
    xs = []
    for _ in range(steps):
        place = place.copy()
        place[0, 0] += speed / RATE
        footing = footing.plant(place, HEIGHT + lift, UNIT, BODY, RATE)
        xs.append(place[0, 0])
    return np.array(xs)


def test_a_sliding_figure_is_stopped_but_for_a_tenth() -> None:
    xs = glide(0.3, 120)
    left = (xs[-1] - xs[-31]) * RATE / 30
    assert left == pytest.approx(0.3 * (1 - TAKEN), rel=0.01)


def test_in_the_air_nothing_is_taken() -> None:
    assert glide(0.3, 60, lift=0.2)[-1] == pytest.approx(0.6)


def test_a_standing_figure_stays_to_the_bit() -> None:
    assert not glide(0.0, 30).any()


def test_a_step_of_one_foot_moves_the_body_on() -> None:
    """The left foot swings forward high and fast; the right one stands, so the root stays."""
    place = np.zeros((1, 3))
    footing = Footing.at(place, UNIT, BODY)
    unit = UNIT.copy()
    leg = skeleton.BONES.index((4, 5))
    for i in range(1, 11):
        angle = -0.07 * i
        unit = UNIT.copy()
        y, z = UNIT[0, leg, 1], UNIT[0, leg, 2]
        unit[0, leg, 1] = np.cos(angle) * y - np.sin(angle) * z
        unit[0, leg, 2] = np.sin(angle) * y + np.cos(angle) * z
        place = place.copy()
        footing = footing.plant(place, HEIGHT, unit, BODY, RATE)
    swung = abs(footing.ankles[0][1] - Footing.at(np.zeros((1, 3)), UNIT, BODY).ankles[0][1])
    assert swung > 0.25
    assert np.hypot(*place[0, :2]) < 0.03


def test_each_performer_has_its_own_footing() -> None:
    places = np.zeros((2, 3))
    footing = Footing.at(places, np.repeat(UNIT, 2, 0), BODY)
    for _ in range(30):
        places = places.copy()
        places[1, 0] += 0.01
        footing = footing.plant(places, np.repeat(HEIGHT, 2), np.repeat(UNIT, 2, 0), BODY, RATE)
    assert not places[0].any()
    assert places[1, 0] > 0


def test_a_copy_can_be_changed_alone() -> None:
    footing = Footing.at(np.zeros((2, 3)), np.repeat(UNIT, 2, 0), BODY)
    other = footing.copy()
    other.stand(1, Footing.at(np.ones((1, 3)), UNIT, BODY))
    assert footing.ankles[1] == footing.ankles[0]
    assert other.ankles[1] != other.ankles[0]
