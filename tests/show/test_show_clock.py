from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from show.show_clock import RAMP, ShowClock


def started(clock: float = 100.0, show_time: float = 0.0) -> ShowClock:
    found = ShowClock(show_time)
    assert found.at(clock) == show_time  # it stands until it starts
    found.start(clock)
    return found


def test_it_runs_with_the_engine_clock() -> None:
    clock = started(100.0, 12.0)
    assert clock.at(100.0) == 12.0
    assert clock.at(107.25) == 19.25


def test_a_hold_comes_to_rest_over_the_ramp_and_runs_on_the_same_way() -> None:
    clock = started()
    clock.hold(110.0, held=True)
    assert clock.held
    assert clock.at(110.0 + RAMP / 2) == pytest.approx(10 + RAMP * 3 / 8)
    rest = 10 + RAMP / 2
    assert clock.at(110.0 + RAMP) == pytest.approx(rest)
    assert clock.at(500.0) == pytest.approx(rest)
    clock.hold(500.0, held=False)
    assert not clock.held
    assert clock.at(500.0 + RAMP) == pytest.approx(rest + RAMP / 2)
    assert clock.at(510.0) == pytest.approx(rest + 10 - RAMP / 2)


def test_saying_it_twice_is_harmless() -> None:
    once, twice = started(), started()
    once.hold(101.0, held=True)
    twice.hold(101.0, held=True)
    twice.hold(101.1, held=True)
    assert once.at(103.0) == twice.at(103.0)


def test_it_can_begin_held() -> None:
    clock = ShowClock(30.0, held=True)
    clock.start(5.0)
    assert clock.at(50.0) == 30.0
    clock.hold(50.0, held=False)
    assert clock.at(50.0 + RAMP) == pytest.approx(30 + RAMP / 2)


def test_a_timecode_steers_it() -> None:
    clock = started(100.0)
    clock.steer(101.0, 50.0, 0.5)
    assert clock.at(103.0) == 51.0
    clock.steer(103.0, 51.01, -2.0)
    assert clock.at(104.0) == pytest.approx(49.01)
    clock.steer(104.0, 49.0, 0.0)
    assert clock.at(200.0) == 49.0
    assert not clock.held


def test_a_held_show_is_not_steered_and_runs_on_as_fast_as_the_timecode() -> None:
    clock = started(100.0)
    clock.steer(101.0, 50.0, 2.0)
    clock.hold(102.0, held=True)
    rest = clock.at(110.0)
    clock.steer(110.0, 68.0, 2.0)
    assert clock.held
    assert clock.at(111.0) == rest == pytest.approx(52 + 2 * 2 * RAMP / 2)
    clock.hold(120.0, held=False)
    assert clock.at(130.0) == pytest.approx(rest + 20 - 2 * 2 * RAMP / 2)


@given(st.lists(st.tuples(st.floats(0, 2), st.booleans()), max_size=20))
def test_show_time_never_jumps_and_never_runs_back(changes: list[tuple[float, bool]]) -> None:
    clock, now = started(0.0), 0.0
    for wait, held in changes:
        for part in (0.25, 0.5, 0.75, 1.0):
            before, after = clock.at(now), clock.at(now + wait * part)
            assert -1e-9 <= after - before <= wait * part + 1e-9
        now += wait
        before = clock.at(now)
        clock.hold(now, held=held)
        assert clock.at(now) == pytest.approx(before, abs=1e-9)
