from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from show.chase.chase import After, Chase, ChaseState, Position
from show.chase.reading import Reading
from show.chase.tracker import Tracker

S, L, F, I = ChaseState  # noqa: E741


def chase(after: After = After.HOLD, freewheel: float = 1.0) -> Chase:
    return Chase(freewheel=freewheel, after=after, jitter=0.003)


def run(
    found: Chase, start: float, end: float, *, ahead: float = 100.0, speed: float = 1.0
) -> None:
    """Readings every 10 ms from one clock to another; the timecode is `ahead` of the clock."""
    for n in range(round(start * 100), round(end * 100) + 1):
        found.read(Reading(n / 100, ahead + speed * n / 100, speed))


def test_before_anything_is_heard_nobody_knows() -> None:
    assert chase().at(5.0) == Position(S, None, 0.0)


def test_it_locks_at_the_first_reading_and_follows() -> None:
    found = chase()
    found.read(Reading(1.0, 100.0))
    assert found.at(1.0) == Position(L, 100.0, 1.0)
    run(found, 1.01, 3.0, ahead=99.0)
    assert found.at(3.01).seconds == pytest.approx(102.01, abs=1e-4)


@pytest.mark.parametrize(
    ("after", "clock", "state", "seconds", "speed"),
    [
        (After.HOLD, 2.05, L, 102.05, 1.0),
        (After.HOLD, 2.5, F, 102.5, 1.0),
        (After.HOLD, 2.999, F, 102.999, 1.0),
        (After.HOLD, 3.1, S, 103.0, 0.0),
        (After.HOLD, 99.0, S, 103.0, 0.0),
        (After.STOP, 99.0, S, 103.0, 0.0),
        (After.INTERNAL, 3.1, I, 103.1, 1.0),
        (After.INTERNAL, 99.0, I, 199.0, 1.0),
    ],
)
def test_when_it_is_lost(
    after: After, clock: float, state: ChaseState, seconds: float, speed: float
) -> None:
    found = chase(after)
    run(found, 0.0, 2.0)
    position = found.at(clock)
    assert position.state is state
    assert position.seconds == pytest.approx(seconds, abs=1e-3)
    assert position.speed == pytest.approx(speed, abs=1e-3)


def test_a_slow_timecode_is_not_lost_between_its_readings() -> None:
    found = chase()
    for n in range(20):
        found.read(Reading(n * 0.08, 10 + n * 0.02, 0.25))
    assert found.at(19 * 0.08 + 0.3).state is L
    assert found.at(19 * 0.08 + 0.5).state is F


def test_it_can_go_on_at_any_time() -> None:
    found = chase(After.INTERNAL)
    run(found, 0.0, 1.0)
    assert found.at(10.0).state is I
    found.read(Reading(10.0, 101.5))
    assert found.at(10.0) == Position(L, 101.5, 1.0)


def test_readings_that_agree_on_another_place_are_a_locate() -> None:
    found = chase()
    run(found, 0.0, 1.0)
    run(found, 1.01, 1.04, ahead=500.0)
    assert found.at(1.04).seconds == pytest.approx(101.04)
    run(found, 1.05, 1.06, ahead=500.0)
    assert found.at(1.06).seconds == pytest.approx(501.06)
    run(found, 1.07, 1.2, ahead=3.0)
    assert found.at(1.2).seconds == pytest.approx(4.2)


def test_messages_that_were_held_up_are_no_locate() -> None:
    found = chase()
    run(found, 0.0, 1.0)
    for n in range(1, 50):
        found.read(Reading(1.5, 101.0 + n / 100))
        assert found.at(1.5).seconds == pytest.approx(101.5, abs=0.02)
    run(found, 1.51, 2.0)
    assert found.at(2.0).seconds == pytest.approx(102.0, abs=1e-3)


def test_where_it_is_put_it_stands() -> None:
    found = chase()
    run(found, 0.0, 1.0)
    found.read(Reading(1.0, 42.0, 0.0))
    assert found.at(50.0) == Position(S, 42.0, 0.0)


def test_a_turn_is_followed_at_once() -> None:
    found = chase()
    run(found, 0.0, 1.0)
    found.read(Reading(1.01, 100.99, -1.0))
    assert found.at(1.11).seconds == pytest.approx(100.89)


readings = st.builds(Reading, st.just(0.0), st.floats(0, 90_000), st.floats(-4, 4))


@given(st.lists(st.tuples(st.floats(0, 0.3), readings), max_size=60), st.sampled_from(After))
def test_no_readings_upset_it(coming: list[tuple[float, Reading]], after: After) -> None:
    found, clock = chase(after), 0.0
    for wait, reading in coming:
        clock += wait
        found.read(Reading(clock, reading.seconds, reading.speed))
        seconds = found.at(clock + 0.01).seconds
        assert seconds is not None
        assert abs(seconds) < 1e6


def test_the_tracker_grows_sure_and_finds_the_speed() -> None:
    tracker = Tracker(0.0, 10.0, jitter=0.003)
    before = tracker.deviation
    for n in range(1, 300):
        tracker.read(n / 100, 10 + 1.002 * n / 100)
    assert tracker.deviation < before / 3
    assert tracker.speed == pytest.approx(1.002, abs=1e-4)
    assert tracker.at(4.0) == pytest.approx(10 + 1.002 * 4, abs=1e-3)


def test_one_reading_far_off_is_not_believed() -> None:
    tracker = Tracker(0.0, 10.0, jitter=0.003)
    for n in range(1, 100):
        tracker.read(n / 100, 10 + n / 100)
    tracker.read(1.0, 10.9)
    assert tracker.at(1.0) == pytest.approx(11.0, abs=1e-6)
