"""The timeline: the score, the night, and by which of them a locate goes."""

from __future__ import annotations

import pytest

from engine.score import Event
from show.cue_stack import CueStack
from show.timeline import SCORE, SKIP, Timeline, goes_by_score, remembered, score_of
from tests.show.cues import cue

CHAIN = [
    cue("1", auto_continue=True, post_wait=10),
    cue("2", auto_continue=True, post_wait=5, pre_wait=1),
    cue("3"),
    cue("4"),
]


def fresh() -> CueStack:
    return CueStack(CHAIN, go_guard=0.5, panic=2.0)


def times(events: list[Event]) -> list[tuple[float, str]]:
    return [(event.show_time, event.name) for event in events]


def test_the_score_is_what_comes_by_itself() -> None:
    score = score_of(fresh(), "1")
    assert times(score.events) == [(0.0, "1"), (11.0, "2"), (16.0, "3")]
    assert times(score.until(11.0)) == [(0.0, "1"), (11.0, "2")]
    running = [score.stack_at(t).running for t in (0.0, 10.9, 11.0, 15.9, 16.0, 900.0)]
    assert running == [0, 0, 1, 1, 2, 2]
    assert score.stack_at(12.0).standby == 2


def test_without_a_first_cue_nothing_comes_by_itself() -> None:
    score = score_of(fresh(), None)
    assert score.events == []
    assert score.stack_at(100.0).standby == 0


def test_a_locate_takes_events_and_moments_back() -> None:
    score, night = score_of(fresh(), "1"), Timeline()
    stack = fresh()
    for now in (0.0, 3.0, 6.0):
        for event in stack.go(now, now):
            night.take(event, score)
        night.note(now, stack.state)
    night.take(Event(4.0, "locate", value=2), score)
    assert times(night.events) == [(0.0, "1"), (4.0, "2")]
    assert [moment.show_time for moment in night.moments] == [0.0, 3.0]
    night.take(Event(12.0, "locate", SCORE, 1), score)
    assert [moment.show_time for moment in night.moments] == [0.0, 11.0]


@pytest.mark.parametrize(
    ("hand", "now", "show_time", "by_score"),
    [
        (False, 5.0, 4.0, False),
        (False, 5.0, 6.0, True),
        (False, 5.0, 4000.0, True),
        (True, 5.0, 4.0, False),  # the night stays as it happened
        (True, 5.0, 5.0 + SKIP, False),  # a hiccup of the timecode takes nothing from the hands
        (True, 5.0, 5.1 + SKIP, True),
    ],
)
def test_by_what_a_locate_goes(hand: bool, now: float, show_time: float, by_score: bool) -> None:
    score = score_of(fresh(), "1")
    night = Timeline([score.events[0]])
    if hand:
        night.take(Event(2.0, "control", "energy", 0.5), score)
    assert goes_by_score(night, score, now, show_time) == by_score


def test_a_night_is_read_again_with_its_moments() -> None:
    score, night, stack = score_of(fresh(), "1"), Timeline(), fresh()
    given: list[Event] = []
    stacks = []

    def take(events: list[Event], now: float) -> None:
        for event in events:
            given.append(event)
            night.take(event, score)
        night.note(now, stack.state)
        stacks.append((len(given), now, stack.written()))

    take(stack.go(0.0, 0.0), 0.0)
    take([Event(1.0, "control", "energy", 0.5)], 1.0)
    take(stack.advance(11.2), 11.2)
    take(stack.go(12.0, 12.0), 12.0)
    stack.state = night.stack_at(11.5)
    take([Event(11.5, "locate", value=3)], 11.5)
    other = fresh()
    assert remembered(given, stacks, other, score) == night
    assert other.state == stack.state
