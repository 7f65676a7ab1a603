"""What goes out at a moment, as tables of events; a picture is told by its show time."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.lights.schedule import MOST_WAITING, Schedule
from tests.engine.lights.wire import ramp


def put(schedule: Schedule, name: float, due: float) -> None:
    schedule.put(ramp(show_time=name), due)


def taken(schedule: Schedule, moment: float) -> float | None:
    levels = schedule.take(moment)
    return None if levels is None else levels.show_time


def test_levels_go_out_when_they_are_due() -> None:
    schedule = Schedule(keep_alive=1.0)
    assert schedule.next() == math.inf
    put(schedule, 1, due=10.0)
    put(schedule, 2, due=10.5)
    assert schedule.next() == 10.0
    assert taken(schedule, 9.9) is None
    assert taken(schedule, 10.0) == 1
    assert schedule.next() == 10.5
    assert taken(schedule, 10.5) == 2
    assert schedule.dropped == 0


def test_what_is_late_goes_out_at_once_and_what_is_older_never() -> None:
    schedule = Schedule(keep_alive=1.0)
    for n in range(5):
        put(schedule, n, due=n / 10)
    assert schedule.next() == 0.0
    assert taken(schedule, 0.35) == 3
    assert schedule.dropped == 3
    assert schedule.next() == 0.4


def test_the_last_levels_are_repeated() -> None:
    schedule = Schedule(keep_alive=0.8)
    put(schedule, 1, due=0.0)
    assert taken(schedule, 0.001) == 1
    assert schedule.next() == pytest.approx(0.801)
    assert taken(schedule, 0.5) is None
    assert taken(schedule, 0.801) == 1
    assert schedule.next() == pytest.approx(1.601)
    put(schedule, 2, due=1.0)
    assert schedule.next() == 1.0
    assert taken(schedule, 1.0) == 2
    assert schedule.next() == pytest.approx(1.8)


def test_at_once_is_before_and_instead_of_all_that_waits() -> None:
    schedule = Schedule(keep_alive=1.0)
    put(schedule, 1, due=5.0)
    put(schedule, 2, due=6.0)
    schedule.put_at_once(ramp(show_time=9))
    assert schedule.next() == -math.inf
    assert taken(schedule, 1.0) == 9
    assert taken(schedule, 1.5) is None
    assert schedule.dropped == 2
    assert taken(schedule, 2.0) == 9


def test_a_clock_that_goes_back_leaves_nothing_waiting() -> None:
    schedule = Schedule(keep_alive=1.0)
    put(schedule, 1, due=100.0)
    put(schedule, 2, due=100.1)
    put(schedule, 3, due=7.0)
    assert schedule.next() == 7.0
    assert taken(schedule, 200.0) == 3
    assert schedule.dropped == 2


def test_no_more_wait_than_there_is_room_for() -> None:
    schedule = Schedule(keep_alive=1.0)
    for n in range(MOST_WAITING + 10):
        put(schedule, n, due=n)
    assert schedule.next() == 10
    assert schedule.dropped == 10


def test_at_a_rate_of_its_own_each_tick_gives_the_newest() -> None:
    schedule = Schedule(keep_alive=1.0, rate=40)
    for n in range(60):  # sixty a second come, forty go out
        put(schedule, n, due=n / 60 - 0.002 if n else -0.001)
    assert schedule.next() == -0.001
    moments, seen = [], []
    while schedule.next() < 0.999:
        moments.append(schedule.next())
        seen.append(taken(schedule, schedule.next()))
    assert moments == pytest.approx([n / 40 - 0.001 for n in range(40)])
    assert seen == [math.floor(n * 1.5) for n in range(40)]
    assert schedule.dropped == 19


def test_a_tick_without_anything_new_repeats() -> None:
    schedule = Schedule(keep_alive=1.0, rate=10)
    put(schedule, 1, due=0.0)
    assert [taken(schedule, n / 10) for n in range(3)] == [1, 1, 1]
    schedule.put_at_once(ramp(show_time=2))
    assert taken(schedule, 0.25) == 2
    assert schedule.next() == pytest.approx(0.3)  # the grid stays
    assert taken(schedule, 1.05) == 2
    assert schedule.next() == pytest.approx(1.1)


@given(
    st.lists(st.tuples(st.floats(0, 10), st.floats(0, 10)), max_size=60),
    st.none() | st.sampled_from((25.0, 44.0)),
)
def test_what_goes_out_never_goes_back(
    steps: list[tuple[float, float]], rate: float | None
) -> None:
    """Levels come in order, each with any due moment; time runs as the schedule asks."""
    schedule = Schedule(keep_alive=0.5, rate=rate)
    moment, shown = 0.0, -1.0
    for name, (passes, ahead) in enumerate(steps):
        schedule.put(ramp(show_time=name), moment + ahead)
        until = moment + passes
        while schedule.next() <= until:
            moment = max(moment, schedule.next())
            found = taken(schedule, moment)
            assert found is not None
            assert found >= shown
            shown = found
            assert schedule.next() > moment
        moment = max(moment, until)
