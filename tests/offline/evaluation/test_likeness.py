"""Features of windows and distances between sets of them, where the answer is known."""

from __future__ import annotations

import numpy as np
import pytest

from engine import features, skeleton
from offline.evaluation import geometric, kinetic, likeness, windows
from offline.evaluation.geometric import geometric_features
from offline.evaluation.kinetic import kinetic_features
from tests.dancing import walking
from tests.offline.evaluation.motion import RATE, noise, sliding, still


def features_of(clips: list[np.ndarray]) -> np.ndarray:
    return np.concatenate([kinetic_features(clip, RATE) for clip in clips])


def test_windows_overlap_by_half() -> None:
    assert windows.starts(300, RATE).tolist() == [0, 60, 120, 180]
    assert windows.starts(119, RATE).tolist() == []
    assert len(kinetic_features(still(119), RATE)) == 0


def test_kinetic_features_of_a_glide_are_its_squared_speed() -> None:
    found = kinetic_features(sliding(0.5), RATE).reshape(-1, 17, len(kinetic.KINDS))
    assert found[..., 0] == pytest.approx(0.25)
    assert found[..., 1:] == pytest.approx(0, abs=1e-9)


def test_kinetic_features_of_a_fall_are_its_acceleration() -> None:
    at = np.arange(120) / RATE
    joints = still(120)
    joints[..., 2] -= (0.5 * 9.81 * at**2)[:, None]
    found = kinetic_features(joints, RATE).reshape(17, len(kinetic.KINDS))
    assert found[:, 0] == pytest.approx(0)
    assert found[:, 1] == pytest.approx(np.mean(np.diff(0.5 * 9.81 * at**2) ** 2) * RATE**2)
    assert found[:, 2] == pytest.approx(9.81)


def test_each_window_is_measured_by_itself() -> None:
    joints = walking(300)
    whole = kinetic_features(joints, RATE)
    assert whole[2] == pytest.approx(kinetic_features(joints[120:240], RATE)[0])
    alone = geometric_features(joints[120:240], RATE)[0]
    assert np.abs(geometric_features(joints, RATE)[2] - alone).mean() < 0.01


def holding(joints: np.ndarray) -> set[str]:
    """The relations that hold in the first frame."""
    held = geometric.relations(joints, RATE)[0]
    return {name for name, holds in zip(geometric.NAMES, held, strict=True) if holds}


def test_a_standing_body_has_no_relation_that_moves() -> None:
    assert holding(still(4)) == set()


@pytest.mark.parametrize(
    ("joint", "way", "expected"),
    [
        (geometric.RWRIST, (0.0, 0.0, 0.9), {"right hand above neck", "body wide"} - {"body wide"}),
        (geometric.LANKLE, (0.4, 0.0, 0.0), {"feet far apart sideways"}),
        (geometric.LANKLE, (-0.3, 0.0, 0.0), {"feet crossed"}),
        (geometric.RANKLE, (0.0, -0.2, 0.35), {"right foot raised", "right knee bent"}),
        (geometric.RANKLE, (0.0, 0.35, 0.0), {"right foot behind left leg"}),
    ],
)
def test_a_limb_that_is_put_elsewhere_is_told(
    joint: int, way: tuple[float, float, float], expected: set[str]
) -> None:
    joints = still(4)
    joints[:, joint] += way
    assert expected <= holding(joints)


@pytest.mark.parametrize(
    ("joint", "speed", "expected"),
    [
        (geometric.LWRIST, (0.0, -1.0, 0.0), {"left hand moves forwards", "left hand fast"}),
        (geometric.RWRIST, (0.0, 0.0, 1.0), {"right hand moves upwards", "right hand fast"}),
        (geometric.LANKLE, (1.0, 0.0, 0.0), {"feet part sideways", "left foot fast"}),
        (geometric.LANKLE, (-1.0, 0.0, 0.0), {"feet approach sideways", "left foot fast"}),
    ],
)
def test_a_limb_that_moves_is_told(
    joint: int, speed: tuple[float, float, float], expected: set[str]
) -> None:
    joints = still(4)
    joints[:, joint] += np.arange(4)[:, None] * np.array(speed) / RATE
    assert expected <= holding(joints)


def test_a_mirrored_body_has_the_mirrored_relations() -> None:
    joints = walking(60, seed=3)
    there = geometric.relations(joints, RATE)
    back = geometric.relations(features.mirror(joints), RATE)
    other = {
        name: name.replace("right", "?").replace("left", "right").replace("?", "left")
        for name in geometric.NAMES
    }
    for i, name in enumerate(geometric.NAMES):
        j = geometric.NAMES.index(other[name]) if other[name] in geometric.NAMES else i
        assert (there[:, i] == back[:, j]).mean() > 0.99, name


def test_relations_do_not_depend_on_size_place_or_heading() -> None:
    joints = walking(60, seed=1)
    moved = features.turn(joints, np.full((60, 17), 0.7)) + np.array([2.0, 1.0, 0.0])
    same = geometric.relations(joints, RATE) == geometric.relations(moved, RATE)
    assert same.mean() > 0.999
    posture = [i for i, name in enumerate(geometric.NAMES) if "fast" not in name]
    bigger = geometric.relations(1.3 * joints, RATE) == geometric.relations(joints, RATE)
    assert bigger[:, posture].mean() > 0.999


def test_a_set_is_at_no_distance_from_itself_and_noise_is_far() -> None:
    clips = [walking(300, seed=seed) for seed in range(20)]
    rng = np.random.default_rng(0)
    noisy = [clip + 0.01 * rng.standard_normal(clip.shape) for clip in clips]
    real = features_of(clips)
    assert likeness.frechet_distance(real, real) == pytest.approx(0, abs=1e-4)
    other = features_of([walking(300, seed=seed) for seed in range(20, 40)])
    near = likeness.frechet_distance(other, real)
    assert near < likeness.frechet_distance(features_of(noisy), real) / 10


def test_frechet_distance_of_known_gaussians() -> None:
    rng = np.random.default_rng(1)
    a = rng.standard_normal((200_000, 2))
    b = 2 * rng.standard_normal((200_000, 2)) + [3.0, 0.0]
    # |3|^2 + trace(1 + 4 - 2 * 2) over two dimensions
    assert likeness.frechet_distance(a, b) == pytest.approx(9 + 2 * 1, rel=0.02)


def test_frechet_distance_of_turned_gaussians() -> None:
    rng = np.random.default_rng(2)
    spread = np.array([3.0, 1.0])
    a = rng.standard_normal((200_000, 2)) * spread
    b = rng.standard_normal((200_000, 2)) * spread[::-1]
    # The covariances commute: |A^1/2 - B^1/2|^2 = (3 - 1)^2 + (1 - 3)^2
    assert likeness.frechet_distance(a, b) == pytest.approx(8, rel=0.02)


def test_a_row_of_weight_two_counts_as_two_rows() -> None:
    rng = np.random.default_rng(3)
    a, b = rng.standard_normal((40, 3)), rng.standard_normal((500, 3)) + 1
    weights = np.repeat([1.0, 2.0], 20)
    twice = np.concatenate([a, a[20:]])
    weighted = likeness.frechet_distance(a, b, weights)
    assert weighted == pytest.approx(likeness.frechet_distance(twice, b), rel=0.05)


def test_diversity_is_the_mean_distance_between_two() -> None:
    assert likeness.diversity(np.array([[0.0, 0.0], [3.0, 4.0]])) == pytest.approx(5)
    assert likeness.diversity(np.array([[1.0, 2.0]])) == 0
    assert likeness.diversity(np.ones((7, 3))) == 0
    rng = np.random.default_rng(4)
    many = rng.standard_normal((5000, 1))
    assert likeness.diversity(many) == pytest.approx(2 / np.sqrt(np.pi), rel=0.05)
    heavy = likeness.diversity(np.array([[0.0], [1.0], [10.0]]), np.array([1.0, 1.0, 0.0]))
    assert heavy == pytest.approx(1)


def test_a_frozen_set_has_no_diversity_and_noise_has_jolts() -> None:
    assert likeness.diversity(features_of([still(600)])) == pytest.approx(0, abs=1e-9)
    found = kinetic_features(noise(600, 0.01), RATE).reshape(-1, 17, 3)
    # A second difference of white noise has the variance 6; a Gaussian in three dimensions
    # the mean size 2 (2 / pi)^1/2.
    expected = 0.01 * np.sqrt(6) * RATE**2 * 2 * np.sqrt(2 / np.pi)
    assert found[..., 2].mean() == pytest.approx(expected, rel=0.02)


def test_the_floor_keeps_couples_on_one_side() -> None:
    rng = np.random.default_rng(5)
    alike = [rng.standard_normal((200, 2)) for _ in range(5)]
    floor = likeness.floor(alike, [1])
    assert len(floor.distances) == 5
    assert floor.held_out in floor.distances
    assert floor.low <= floor.middle <= floor.high <= floor.distances[-1] < 0.2
    odd = likeness.floor([*alike[:4], alike[4] + 10], [4])
    assert odd.held_out == pytest.approx(200, rel=0.05)
    assert odd.middle < odd.held_out


def test_of_very_many_splits_some_are_drawn() -> None:
    rng = np.random.default_rng(6)
    floor = likeness.floor([rng.standard_normal((5, 2)) for _ in range(60)], list(range(12)))
    assert 150 < len(floor.distances) <= likeness.MOST_SPLITS


def test_bones_of_the_body_are_those_of_the_skeleton() -> None:
    assert skeleton.JOINTS[geometric.RWRIST] == "right_wrist"
    assert skeleton.JOINTS[geometric.LANKLE] == "left_foot"
    assert len(geometric.relations(still(3), RATE)[0]) == geometric.SIZE
