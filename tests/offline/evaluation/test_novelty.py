"""Novelty: nothing for a copy, the distance for what is at a known distance."""

from __future__ import annotations

import numpy as np
import pytest

from engine import features
from offline.evaluation.novelty import Novelty
from tests.dancing import walking
from tests.offline.evaluation.motion import RATE, still


@pytest.fixture(scope="module")
def known() -> list[np.ndarray]:
    return [walking(400, seed=seed).astype(np.float32) for seed in range(3)]


def test_a_copy_is_not_new_wherever_it_is_cut_stands_and_faces(known: list[np.ndarray]) -> None:
    novelty = Novelty(known, RATE, mirror=False)
    for first in (0, 1, 17):
        copy = known[1][first:]
        turned = features.turn(copy, np.full((len(copy), 17), 2.0)) + np.float32([1.0, 2.0, 0.0])
        assert novelty.distances(turned).max() < 1e-3


def test_a_mirror_image_is_known_where_training_saw_it(known: list[np.ndarray]) -> None:
    mirrored = np.asarray(features.mirror(known[0]), np.float32)
    assert Novelty(known, RATE, mirror=True).distances(mirrored).max() < 1e-3
    assert Novelty(known, RATE, mirror=False).distances(mirrored).min() > 1


def test_joints_that_are_off_by_a_centimetre_are_a_centimetre_off() -> None:
    novelty = Novelty([still(200).astype(np.float32)], RATE, mirror=False)
    other = still(200)
    other[:, 7:, 2] += 0.01
    assert novelty.distances(other.astype(np.float32)) == pytest.approx(10 / 17, rel=1e-3)


def test_the_nearest_is_found_as_by_looking_at_all(known: list[np.ndarray]) -> None:
    from offline.evaluation.physical import root_relative

    novelty = Novelty(known[:2], RATE, mirror=False)
    poses = root_relative(known[2])[:120]
    every = [
        np.linalg.norm(seen[i : i + 120] - poses, axis=-1).mean() * 100
        for seen in map(root_relative, known[:2])
        for i in range(len(seen) - 119)
    ]
    assert novelty.distances(known[2][:120])[0] == pytest.approx(min(every), rel=0.02)


def test_a_long_set_is_measured_on_some_of_its_windows(known: list[np.ndarray]) -> None:
    novelty = Novelty(known[:1], RATE, mirror=False)
    long = np.tile(known[1], (160, 1, 1))
    found = novelty.nearest([long, known[2]])
    assert 500 <= sum(len(f) for f in found) <= 1000
    assert len(found) == 2
