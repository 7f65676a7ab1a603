"""Whether a dance is where it was asked to be."""

from __future__ import annotations

import numpy as np
import pytest

from engine.motion_model import MotionModel
from offline.evaluation import steering
from offline.evaluation.conditions import cast
from offline.evaluation.reference import Reference
from offline.evaluation.steering import Steering, position
from offline.generate import Asked
from tests.offline.evaluation.motion import RATE, couples


def test_the_place_between_two_sets_and_beyond_them() -> None:
    rng = np.random.default_rng(0)
    spread = np.array([1.0, 10.0, 0.1])
    without = rng.standard_normal((400, 3)) * spread
    way = np.array([2.0, 20.0, 0.0])
    there = without + way
    for part in (-0.5, 0.0, 0.25, 1.0, 1.5):
        # What lies across the way does not count.
        danced = without + part * way + [0.0, 0.0, 3.0]
        assert position(danced, without, there, spread) == pytest.approx(part)


def test_monotone_is_more_at_each_level() -> None:
    def danced(*energy: float) -> bool:
        return Steering([0.0] * len(energy), list(energy), 1.0, [], {}).monotone

    assert danced(0.1, 0.2, 0.4)
    assert not danced(0.1, 0.1, 0.4)
    assert not danced(0.1, 0.3, 0.2)


def test_each_tag_is_turned_and_each_energy_asked_for(salsa_model: MotionModel) -> None:
    clips = couples(3)
    reference = Reference(clips[2:], clips[:2], RATE)
    dancers = cast(salsa_model, reference.clips, 3, Asked(), None)
    found = steering.measure(salsa_model, reference, clips[2:], dancers, seconds=6)
    assert len(found.energy) == len(found.levels) == 8
    assert found.energy[-1] > found.energy[0]
    assert found.rank > 0.5
    assert {tag: len(at) for tag, at in found.tags.items()} == {"calm": 5, "lively": 5}
    # Whoever is not calm here is lively: up with one is down with the other.
    assert found.tags["calm"] == pytest.approx([1 - at for at in reversed(found.tags["lively"])])
