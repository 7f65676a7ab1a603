"""The stack as tables: what is done at a time, and what comes of it at what time."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.score import Event
from show.cue import Cue
from show.cue_stack import CueStack
from show.refusal import RefusedError
from show.timeline import score_of
from tests.show.cues import cue

GUARD, PANIC = 0.5, 2.0

PLAIN = [cue("1"), cue("2"), cue("3")]
CHAIN = [
    cue("1", auto_continue=True, post_wait=10),
    cue("2", auto_continue=True, post_wait=5, pre_wait=1),
    cue("3"),
]
FOLLOW = [
    cue("1", fade=4, auto_follow=True, duration=3),
    cue("2", fade=1, auto_follow=True, duration=3, pre_wait=0.5),
    cue("3"),
]
PRE = [cue("1", pre_wait=5), cue("2"), cue("3")]
TIMED = [
    cue("1", timecode=10, auto_continue=True, post_wait=5),
    cue("2"),
    cue("3"),
    cue("4", timecode=30, pre_wait=1),
]
AT_ONCE = [cue(str(n), auto_continue=True) for n in range(1, 5)]

Step = tuple[float, str]


def play(stack: CueStack, steps: list[Step], *, end: float = 100.0) -> list[tuple[float, str]]:
    """Give the inputs in turn; give what came, "refused" among it, each with its time."""
    came: list[tuple[float, str]] = []

    def take(events: list[Event]) -> None:
        for event in events:
            what = event.name if event.kind == "cue" else f"{event.kind} {event.value:g}"
            what += f" at {event.value:g}" if event.kind == "cue" and event.value else ""
            came.append((round(event.show_time, 6), what))

    for time, what in [*steps, (end, "")]:
        take(stack.advance(time, time))
        try:
            match what.split():
                case ["go", *number]:
                    take(stack.go(time, time, *number))
                case ["load", number, seconds]:
                    stack.load(number, float(seconds))
                case ["arm" | "disarm" as wish, number]:
                    stack.arm(number, armed=wish == "arm")
                case ["back"]:
                    take(stack.back(time, time))
                case ["panic"]:
                    take(stack.panic(time))
                case ["standby", number]:
                    stack.stand_by(number)
        except RefusedError:
            came.append((time, "refused"))
    return came


TABLES = [
    # GO fires the standby and advances it; at the end there is nothing to give
    (
        PLAIN,
        [(1, "go"), (2, "go"), (3, "go"), (4, "go")],
        [(1, "1"), (2, "2"), (3, "3"), (4, "refused")],
    ),
    # the guard: 0.4 s after the last GO is too soon, 0.5 s is not; a refused one does not count
    (PLAIN, [(1, "go"), (1.4, "go"), (1.5, "go")], [(1, "1"), (1.4, "refused"), (1.5, "2")]),
    # standby moves the next GO, forwards and backwards
    (PLAIN, [(1, "standby 3"), (2, "go"), (3, "standby 1"), (4, "go")], [(2, "3"), (4, "1")]),
    (PLAIN, [(1, "standby 9"), (2, "go")], [(1, "refused"), (2, "1")]),
    # back gives the one before the last, and the one after it is on standby
    (
        PLAIN,
        [(1, "go"), (2, "go"), (3, "back"), (4, "go")],
        [(1, "1"), (2, "2"), (3, "1"), (4, "2")],
    ),
    (PLAIN, [(1, "back"), (2, "go"), (3, "back")], [(1, "refused"), (2, "1"), (3, "refused")]),
    # at the end of the stack back still knows where it was
    (
        PLAIN,
        [(1, "standby 3"), (2, "go"), (3, "back"), (3.1, "back"), (4, "back")],
        [(2, "3"), (3, "2"), (3.1, "refused"), (4, "1")],
    ),
    # a pre-wait delays the cue, not the standby; a GO meanwhile does not lose it
    (PRE, [(1, "go")], [(6, "1")]),
    (PRE, [(1, "go"), (2, "go")], [(2, "2"), (6, "1")]),
    (PRE, [(1, "go"), (2, "go"), (3, "back")], [(2, "2"), (3, "1")]),  # back is at once
    # auto-continue: the post-wait from the start, then the next one's pre-wait
    (CHAIN, [(1, "go")], [(1, "1"), (12, "2"), (17, "3")]),
    # a GO by hand takes the place of the follow-on, which comes only once
    (CHAIN, [(1, "go"), (5, "go")], [(1, "1"), (6, "2"), (11, "3")]),
    (CHAIN, [(1, "go"), (5, "standby 3"), (6, "go")], [(1, "1"), (6, "3")]),
    # a standby set by hand is kept when the follow-on comes
    (
        CHAIN,
        [(1, "go"), (5, "standby 1"), (13, "go")],
        [(1, "1"), (12, "2"), (13, "1"), (24, "2"), (29, "3")],
    ),
    # back within a chain starts the chain from there
    (CHAIN, [(1, "go"), (13, "back")], [(1, "1"), (12, "2"), (13, "1"), (24, "2"), (29, "3")]),
    # a hand that comes just after the standby has gone by itself meant that cue
    (
        CHAIN,
        [(1, "go"), (12.2, "go"), (12.7, "go")],
        [(1, "1"), (12, "2"), (12.2, "refused"), (12.7, "3")],
    ),
    # auto-follow: when the cue is complete, that is fade and duration over
    (FOLLOW, [(1, "go")], [(1, "1"), (5.5, "2"), (8.5, "3")]),
    (AT_ONCE, [(1, "go")], [(1, "1"), (1, "2"), (1, "3"), (1, "4")]),
    # panic fades, a second one is at once, a third does nothing; what waits is cancelled
    (
        CHAIN,
        [(1, "go"), (2, "panic"), (3, "panic"), (4, "panic")],
        [(1, "1"), (2, "panic 2"), (3, "panic 0")],
    ),
    (PRE, [(1, "go"), (2, "panic")], [(2, "panic 2")]),
    # a cue ends the panic, and then a panic is a first one again
    (PLAIN, [(1, "panic"), (2, "go"), (3, "panic")], [(1, "panic 2"), (2, "1"), (3, "panic 2")]),
    # GO with a number gives that cue, guarded like any other, and stands by the next
    (PLAIN, [(1, "go 2"), (1.2, "go 1"), (2, "go")], [(1, "2"), (1.2, "refused"), (2, "3")]),
    (PLAIN, [(1, "go 7"), (1.1, "go")], [(1, "refused"), (1.1, "1")]),
    # loaded to a time: the next GO of that cue starts there, and what follows comes earlier
    (
        CHAIN,
        [(1, "load 1 4"), (2, "go"), (8, "go 1")],
        [(2, "1 at 4"), (8, "1"), (19, "2"), (24, "3")],
    ),
    (CHAIN, [(1, "load 1 60"), (2, "go")], [(2, "1 at 60"), (3, "2"), (8, "3")]),
    (FOLLOW, [(1, "load 1 3.5"), (2, "go")], [(1, "refused"), (2, "1"), (6.5, "2"), (9.5, "3")]),
    (FOLLOW, [(1, "load 1 3"), (1.5, "load 1 0"), (2, "go")], [(2, "1"), (6.5, "2"), (9.5, "3")]),
    # a cue on timecode comes when its time is passed, after its pre-wait, and what follows it
    (TIMED, [], [(10, "1"), (15, "2"), (31, "4")]),
    # not again where a hand was early and it still runs, or waits
    (TIMED, [(9, "go")], [(9, "1"), (14, "2"), (31, "4")]),
    (TIMED, [(20, ""), (29.5, "go 4")], [(10, "1"), (15, "2"), (30.5, "4")]),
    (TIMED, [(8, "go 2")], [(8, "2"), (10, "1"), (15, "2"), (31, "4")]),
    # it takes the place of a follow-on that waits
    (
        [cue("1", auto_continue=True, post_wait=50), cue("2"), cue("3", timecode=30)],
        [(1, "go")],
        [(1, "1"), (30, "3")],
    ),
    # a hand that comes just after the standby came by timecode meant that cue
    (
        [cue("1", timecode=5), cue("2")],
        [(5, ""), (5.1, "go"), (5.5, "go")],
        [(5, "1"), (5.1, "refused"), (5.5, "2")],
    ),
    # no cue on timecode comes back into a panic; a hand's does, and then they come again
    (TIMED, [(11, "panic")], [(10, "1"), (11, "panic 2")]),
    (TIMED, [(5, "panic"), (20, "go")], [(5, "panic 2"), (20, "1"), (25, "2"), (31, "4")]),
    # GO passes over what is disarmed; by number it is refused
    (PLAIN, [(1, "disarm 1"), (2, "go"), (3, "go")], [(2, "2"), (3, "3")]),
    (
        PLAIN,
        [(1, "disarm 2"), (2, "go"), (3, "go 2"), (4, "arm 2"), (5, "go 2")],
        [(2, "1"), (3, "refused"), (5, "2")],
    ),
    (PLAIN, [(1, "disarm 3"), (2, "standby 3"), (3, "go")], [(3, "refused")]),
    (PLAIN, [(1, "disarm 2"), (2, "go 3"), (3, "back")], [(2, "3"), (3, "1")]),
    # by itself it does nothing, and what follows comes when it always did
    (CHAIN, [(0, "disarm 2"), (1, "go")], [(1, "1"), (17, "3")]),
    (TIMED, [(0, "disarm 1")], [(15, "2"), (31, "4")]),
    # panic is never guarded
    (
        PLAIN,
        [(1, "go"), (1.01, "panic"), (1.02, "panic")],
        [(1, "1"), (1.01, "panic 2"), (1.02, "panic 0")],
    ),
]


@pytest.mark.parametrize(("cues", "steps", "expected"), TABLES)
def test_tables(cues: list[Cue], steps: list[Step], expected: list[tuple[float, str]]) -> None:
    assert play(CueStack(cues, go_guard=GUARD, panic=PANIC), steps) == expected


def test_what_the_stage_manager_sees() -> None:
    stack = CueStack(CHAIN, go_guard=GUARD, panic=PANIC)
    assert (stack.running, stack.standby, stack.due) == (None, CHAIN[0], None)
    stack.go(1.0, 1.0)
    assert (stack.running, stack.standby, stack.since, stack.due) == (CHAIN[0], CHAIN[1], 1.0, 12.0)
    stack.advance(20.0, 20.0)
    assert (stack.running, stack.standby, stack.since) == (CHAIN[2], None, 17.0)
    assert not stack.panicking
    stack.panic(21.0)
    assert stack.panicking


def test_the_standby_goes_with_the_timecode_unless_a_hand_has_chosen_it() -> None:
    cues = [cue("1"), cue("2"), cue("3", timecode=10), cue("4"), cue("5", timecode=20)]
    stack = CueStack(cues, go_guard=GUARD, panic=PANIC)
    stack.advance(10.0)
    assert stack.standby == cues[3]  # 1 and 2 have been missed
    stack.stand_by("2")
    stack.advance(20.0)
    assert stack.standby == cues[1]
    stack = CueStack(cues, go_guard=GUARD, panic=PANIC)
    stack.go(1.0, 1.0, "4")
    stack.advance(10.0)
    assert stack.standby == cues[4]  # a hand is farther than the timecode


def test_what_is_passed_over_is_told() -> None:
    told: list[tuple[float, str]] = []
    stack = CueStack(TIMED, go_guard=GUARD, panic=PANIC)
    stack.tell = lambda now, line: told.append((now, line))
    stack.arm("1", armed=False)
    stack.arm("2", armed=False)
    stack.go(1.0, 1.0)
    stack.advance(10.0, 10.0)
    stack.panic(11.0)
    stack.advance(31.0, 31.0)
    assert told == [
        (1.0, "GO passed over 1, which is disarmed"),
        (1.0, "GO passed over 2, which is disarmed"),
        (10.0, "1 is disarmed, and did nothing"),
        (30.0, "the timecode of 4 passed in panic"),
    ]


def test_waits_stand_still_with_the_show_but_the_guard_does_not() -> None:
    stack = CueStack(CHAIN, go_guard=GUARD, panic=PANIC)
    stack.go(1.0, 1.0)
    assert stack.advance(3.0, 500.0) == []  # held since show time 3
    with pytest.raises(RefusedError, match=r"GO: found 0\.10 s since the last one"):
        stack.go(3.0, 1.1)
    assert [event.name for event in stack.go(3.0, 500.0)] == []
    assert [event.name for event in stack.advance(4.0, 501.0)] == ["2"]


def test_a_refusal_says_why() -> None:
    stack = CueStack(PLAIN[:1], go_guard=GUARD, panic=PANIC)
    with pytest.raises(RefusedError, match="standby: found cue '4', expected the number of a cue"):
        stack.stand_by("4")
    stack.go(1, 1)
    with pytest.raises(RefusedError, match="GO: found the end of the stack"):
        stack.go(9, 9)


numbers = st.sampled_from(["1", "2", "3", "4", "5"])
waits = st.sampled_from([0.0, 0.0, 0.25, 1.0, 3.0])
stacks = st.lists(
    st.builds(
        cue,
        st.just("x"),
        fade=waits,
        pre_wait=waits,
        post_wait=waits,
        auto_continue=st.booleans(),
        timecode=st.none() | st.floats(0, 40),
        armed=st.sampled_from([True, True, True, False]),
    ),
    min_size=1,
    max_size=5,
).map(lambda found: [_renumbered(c, n) for n, c in enumerate(found, 1)])
inputs = st.lists(
    st.tuples(
        st.floats(0, 2),
        st.sampled_from(["go", "go", "back", "panic", ""])
        | st.builds("{} {}".format, st.sampled_from(["standby", "go", "arm", "disarm"]), numbers)
        | numbers.map("load {} 1.5".format),
    ),
    max_size=30,
)


def _renumbered(found: Cue, number: int) -> Cue:
    return replace(found, number=str(number))


def timed(gaps: list[tuple[float, str]]) -> list[Step]:
    now, steps = 0.0, []
    for gap, what in gaps:
        now += gap
        steps.append((now, what))
    return steps


@given(stacks, inputs)
def test_two_gos_are_never_closer_than_the_guard(
    cues: list[Cue], gaps: list[tuple[float, str]]
) -> None:
    stack = CueStack(cues, go_guard=GUARD, panic=PANIC)
    accepted = []
    for time, what in timed(gaps):
        stack.advance(time, time)
        if what.startswith("go"):
            try:
                stack.go(time, time, *what.split()[1:])
            except RefusedError:
                continue
            accepted.append(time)
    assert all(b - a >= GUARD for a, b in itertools.pairwise(accepted))


@given(stacks, inputs)
def test_events_come_in_the_order_of_their_times(
    cues: list[Cue], gaps: list[tuple[float, str]]
) -> None:
    came = play(CueStack(cues, go_guard=GUARD, panic=PANIC), timed(gaps), end=200.0)
    times = [time for time, what in came if what != "refused"]
    assert times == sorted(times)


@given(stacks, inputs)
def test_looking_more_often_changes_nothing(cues: list[Cue], gaps: list[tuple[float, str]]) -> None:
    steps = timed(gaps)
    often = [(n / 4, "") for n in range(240)]
    seldom = play(CueStack(cues, go_guard=0.0, panic=PANIC), steps, end=200.0)
    merged = sorted([*steps, *often], key=lambda step: step[0])
    assert play(CueStack(cues, go_guard=0.0, panic=PANIC), merged, end=200.0) == seldom


@given(stacks, inputs)
def test_nothing_comes_after_a_panic_unless_someone_asks(
    cues: list[Cue], gaps: list[tuple[float, str]]
) -> None:
    stack = CueStack(cues, go_guard=GUARD, panic=PANIC)
    play(stack, timed(gaps), end=61.0)
    stack.panic(61.0)
    assert stack.advance(10_000.0, 10_000.0) == []
    assert stack.panicking


@given(stacks, inputs, inputs)
def test_a_stack_that_was_written_down_goes_on_as_if_nothing_had_happened(
    cues: list[Cue], before: list[tuple[float, str]], after: list[tuple[float, str]]
) -> None:
    stack = CueStack(cues, go_guard=0.0, panic=PANIC)
    play(stack, timed(before), end=61.0)
    again = CueStack(cues, go_guard=0.0, panic=PANIC)
    again.resume(json.loads(json.dumps(stack.written())))
    steps = [(time + 61.0, what) for time, what in timed(after)]
    assert play(again, steps, end=200.0) == play(stack, steps, end=200.0)


@pytest.mark.parametrize(
    "state",
    [{}, {"waiting": []} | {"nonsense": 1}, {"waiting": [{}]}, {"waiting": [], "standby": 7}],
)
def test_the_state_of_another_stack_is_refused(state: dict[str, object]) -> None:
    stack = CueStack(PLAIN, go_guard=GUARD, panic=PANIC)
    with pytest.raises(ValueError, match="stack"):
        stack.resume(state)
    assert stack.standby == PLAIN[0]


@given(stacks, st.lists(st.floats(0, 3), min_size=1, max_size=60), st.lists(st.floats(-0.02, 0.02)))
def test_a_timecode_is_passed_exactly_once_however_time_jitters(
    cues: list[Cue], gaps: list[float], jitter: list[float]
) -> None:
    cues = [replace(c, auto_continue=False, pre_wait=0.0, armed=True) for c in cues]
    stack, shown, came = CueStack(cues, go_guard=GUARD, panic=PANIC), 0.0, []
    for gap, late in itertools.zip_longest(itertools.accumulate(gaps), jitter, fillvalue=0.0):
        shown = max(shown, gap + late)  # as the stage manager does
        came += stack.advance(shown, shown)
    due = sorted((c.timecode, place) for place, c in enumerate(cues) if c.timecode is not None)
    expected = [(time, cues[place].number) for time, place in due if time <= shown]
    assert [(event.show_time, event.name) for event in came] == expected


@given(stacks, st.floats(0, 60))
def test_a_stack_taken_up_at_a_moment_is_the_one_that_ran_there(
    cues: list[Cue], where: float
) -> None:
    score = score_of(CueStack(cues, go_guard=GUARD, panic=PANIC), "1")
    played = CueStack(cues, go_guard=GUARD, panic=PANIC)
    events = played.top("1")
    for tick in range(int(where * 60) + 1):
        events += played.advance(tick / 60, tick / 60)
    events += played.advance(where)
    assert events == score.until(where)
    assert played.state == score.stack_at(where)
