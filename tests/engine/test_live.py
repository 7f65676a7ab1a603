from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import live
from engine.live import FRESH, LivePoses
from tests.dancing import STANDING, walking

RATE = 30.0


def heard(rate: float, seconds: float, *, end: float = 100.0) -> LivePoses:
    """Poses of red that came at a rate until `end`; each says when."""
    poses = LivePoses(["red", "blue"])
    for i in range(int(seconds * rate), -1, -1):
        at = end - i / rate
        moved = STANDING + np.array([at - end, 0.0, 0.0])
        assert poses.receive("red", moved.ravel().tolist(), at) is None
    return poses


@pytest.mark.parametrize("rate", [12.5, 25.0, 30.0, 60.0])
def test_the_last_second_comes_at_the_models_rate(rate: float) -> None:
    found = heard(rate, 3.0).last_second("red", 100.1, RATE)
    assert found is not None
    assert (found.shape, found.dtype) == ((31, 17, 3), np.float32)
    assert found[:, 0, 0] == pytest.approx(np.linspace(-1, 0, 31), abs=1e-5)


def test_half_a_second_is_enough_and_less_is_not() -> None:
    found = heard(30.0, 0.6).last_second("red", 100.0, RATE)
    assert found is not None
    assert len(found) == 19
    assert heard(30.0, 0.4).last_second("red", 100.0, RATE) is None
    assert heard(2.0, 2.0).last_second("red", 100.0, RATE) is None


def test_old_poses_are_not_begun_from() -> None:
    poses = heard(30.0, 3.0)
    assert poses.last_second("red", 100.0 + FRESH, RATE) is not None
    assert poses.last_second("red", 100.01 + FRESH, RATE) is None
    assert poses.last_second("blue", 100.0, RATE) is None
    assert poses.age("red", 101.0) == pytest.approx(1.0)
    assert poses.age("blue", 101.0) is None


def test_another_person_begins_a_new_second() -> None:
    poses = heard(30.0, 3.0)
    for i in range(1, 12):
        poses.receive("red", (STANDING + np.array([3.0, 0, 0])).ravel().tolist(), 100.0 + i / 30)
    assert poses.jumps == 1
    assert poses.last_second("red", 100.4, RATE) is None
    for i in range(12, 22):
        poses.receive("red", (STANDING + np.array([3.0, 0, 0])).ravel().tolist(), 100.0 + i / 30)
    found = poses.last_second("red", 100.7, RATE)
    assert found is not None
    assert found[:, 0, 0] == pytest.approx(3.0)


def spoiled(place: int, value: float) -> list[float]:
    numbers = STANDING.ravel().tolist()
    numbers[place] = value
    return [float(n) for n in numbers]


@pytest.mark.parametrize(
    ("performer", "numbers", "line"),
    [
        ("red", spoiled(7, math.nan), "no finite numbers, expected 51"),
        ("red", spoiled(7, math.inf), "no finite numbers"),
        ("red", spoiled(7, 1e300), "no finite numbers"),
        ("red", spoiled(7, 900.0), "a joint at 900 m, expected at most 20"),
        ("red", (STANDING * 1000).ravel().tolist(), "a joint at 1620 m"),  # millimetres
        ("red", spoiled(9, 1.5), "bones of 0.11 to 1.66 m, expected 0.02 to 1.2 m"),
        ("red", [0.0] * 51, "bones of 0.00 to 0.00 m"),
        ("red", [0.0] * 50, "50 numbers, expected 51"),
        ("red", ["x"] * 51, "no finite numbers"),
        ("nobody", STANDING.ravel().tolist(), "a pose of 'nobody', expected one of red, blue"),
    ],
)
def test_what_no_person_can_have_is_refused_and_counted(
    performer: str, numbers: list[float], line: str
) -> None:
    poses = LivePoses(["red", "blue"])
    fault = poses.receive(performer, numbers, 1.0)
    assert fault is not None
    assert line in fault
    assert poses.refused == {"" if performer == "nobody" else "red": 1}
    assert poses.last_second("red", 1.0, RATE) is None


def test_the_state_tells_of_those_who_were_heard() -> None:
    poses = heard(30.0, 1.0)
    poses.receive("blue", [math.nan] * 51, 100.0)
    assert poses.state(100.25) == {
        "red": {"age": 0.25, "refused": 0},
        "blue": {"age": None, "refused": 1},
    }


def test_poses_are_written_and_read_to_the_bit() -> None:
    poses = walking(31).astype(np.float32)
    assert live.read(live.written(poses)).tobytes() == poses.tobytes()
    for text in ("!", "abcd", live.written(poses)[:-8]):
        with pytest.raises(ValueError, match="found no live poses"):
            live.read(text)


@given(
    st.lists(
        st.lists(st.floats() | st.none() | st.text(max_size=2), min_size=49, max_size=52)
        | st.just(STANDING.ravel().tolist()),
        max_size=8,
    )
)
def test_nothing_that_comes_in_raises(poses: list[list[float]]) -> None:
    kept = LivePoses(["red"])
    for i, numbers in enumerate(poses):
        kept.receive("red", numbers, i / 30)
    found = kept.last_second("red", len(poses) / 30, RATE)
    assert found is None or np.isfinite(found).all()
