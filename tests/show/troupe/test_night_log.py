from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.journal import Night
from engine.score import Event
from show.troupe.night_log import NightLog

GO = Event(1.0, "cue", "1", by="osc")
STACK = {"standby": 1, "waiting": []}


def playing() -> NightLog:
    log = NightLog()
    log.event(GO)
    log.stack(STACK, 1.0)
    return log


def test_who_hears_every_line_has_the_night() -> None:
    leader, follower = NightLog(), NightLog()
    assert follower.take(leader.whole(1).encode()) == []
    for n in range(5):
        leader.event(Event(float(n), "control", "energy", n / 10))
        (line,) = follower.take(leader.one(1).encode()) or []
        assert line["event"]["value"] == n / 10
    assert follower.night(4.5) == leader.night(4.5)
    assert [e.show_time for e in follower.night(4.5).events] == [0, 1, 2, 3, 4]
    assert follower.complete


def test_who_misses_one_says_so_until_it_has_heard_them_all() -> None:
    leader, follower = playing(), NightLog()
    assert follower.take(leader.one(1).encode()) is None
    assert not follower.complete
    new = follower.take(leader.whole(1).encode())
    assert new == leader.lines
    assert follower.complete
    leader.event(Event(2.0, "hold", value=1.0))
    leader.event(Event(3.0, "hold", value=0.0))
    assert follower.take(leader.one(1).encode()) is None
    assert not follower.complete
    assert follower.take(leader.whole(1).encode()) == leader.lines[2:]


def test_what_comes_twice_is_taken_once() -> None:
    leader, follower = playing(), NightLog()
    follower.take(leader.whole(1).encode())
    assert follower.take(leader.whole(1).encode()) == []
    assert follower.take(leader.one(1).encode()) == []
    assert len(follower.lines) == 2


def test_a_stack_that_has_not_changed_is_no_line() -> None:
    log = playing()
    assert log.stack(dict(STACK), 2.0) is None
    assert log.stack({"standby": 2, "waiting": []}, 2.0) is not None


def test_a_night_that_goes_on_is_carried() -> None:
    night = Night("Kit", 3.0, [GO, Event(2.0, "panic", value=1.0)], [(1, 1.0, STACK)])
    log = NightLog()
    log.carry(night)
    found = log.night(3.0)
    assert (found.events, found.stacks) == (night.events, night.stacks)
    assert log.night(3.0).show_time == 3.0


@given(
    st.binary(max_size=80)
    | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(
        lambda value: json.dumps(value).encode()
    )
)
def test_no_payload_raises_anything_but_a_value_error(payload: bytes) -> None:
    with pytest.raises(ValueError, match="found no lines"):
        NightLog().take(payload)


@pytest.mark.parametrize(
    "line", [{}, {"event": {}}, {"event": {"show_time": 1, "kind": "dance"}}, {"stack": 1}, 5]
)
def test_a_line_that_no_journal_has_is_refused_whole(line: object) -> None:
    log = NightLog()
    with pytest.raises(ValueError, match="found no lines"):
        log.take(json.dumps({"epoch": 1, "n": 1, "line": line}).encode())
    assert log.lines == []
