from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import live
from engine.journal import Night
from engine.live import LivePoses
from engine.score import Action, Event
from show.cue import Cue
from show.cue_stack import CueStack
from show.refusal import RefusedError
from show.show_clock import RAMP, ShowClock
from show.stage_manager import Range, StageManager
from show.timeline import score_of
from tests.dancing import STANDING
from tests.kit import one_line
from tests.show.cues import cue

CONTROLS = {"energy": Range(0, 1), "red/energy": Range(0, 1), "sigma": Range(0, 10)}


CUES = [cue("1"), cue("2", auto_continue=True, post_wait=3), cue("3")]


class Rig:
    """A stage manager whose clock the test turns."""

    def __init__(self, cues: list[Cue] | None = None, start: str | None = None) -> None:
        self.now = 100.0
        self.heard: list[tuple[float, Event]] = []
        self.book: list[tuple[float, str, str, str]] = []
        self.changes = 0
        self.manager = StageManager(
            CueStack(cues or CUES, go_guard=0.5, panic=2.0),
            ShowClock(),
            start=start,
            controls=CONTROLS,
            now=lambda: self.now,
            people=LivePoses(["red", "blue"]),
            book=lambda *row: self.book.append(row),
            heard=lambda event, clock: self.heard.append((clock, event)),
            changed=self._change,
        )
        self.manager.clock.start(100.0)

    def _change(self) -> None:
        self.changes += 1

    def command(self, at: float, command: str, /, **fields: object) -> None:
        self.now = 100.0 + at
        self.manager.command(command, fields)

    def tick(self, at: float) -> tuple[float, list[Event]]:
        return self.manager.direct(100.0 + at)


@pytest.fixture
def rig() -> Rig:
    return Rig()


def test_a_command_becomes_an_event_at_its_show_time_once(rig: Rig) -> None:
    assert rig.tick(1.0) == (1.0, [])
    rig.command(1.01, "go")
    show_time, events = rig.tick(1.02)
    assert show_time == pytest.approx(1.02)
    assert [(e.kind, e.name, round(e.show_time, 6)) for e in events] == [("cue", "1", 1.01)]
    assert rig.tick(1.04)[1] == []
    assert rig.heard == [(101.01, events[0])]
    assert rig.changes == 1


def test_a_cue_that_waits_starts_at_its_own_time_whenever_the_tick_comes(rig: Rig) -> None:
    rig.command(0.0, "standby", cue="2")
    rig.command(1.0, "go")
    rig.tick(1.0)
    _, events = rig.tick(4.7)
    assert [(e.name, e.show_time) for e in events] == [("3", 4.0)]
    assert rig.changes == 3


def test_no_event_is_older_than_the_frame_shown_last(rig: Rig) -> None:
    rig.tick(2.0)
    rig.command(1.999, "go")  # it came before the tick's deadline but was read after it
    ((event,),) = [rig.tick(2.02)[1]]
    assert event.show_time == 2.0


def test_a_hold_stops_show_time_softly_and_goes_on(rig: Rig) -> None:
    rig.command(10.0, "hold")
    _, events = rig.tick(10.0)
    assert [(e.kind, e.value) for e in events] == [("hold", 1.0)]
    rest = 10 + RAMP / 2
    assert rig.tick(12.0)[0] == pytest.approx(rest)
    rig.command(13.0, "hold", value=True)  # it is held already
    assert rig.tick(20.0)[0] == pytest.approx(rest)
    rig.command(21.0, "hold", value=False)
    show_time, events = rig.tick(22.0)
    assert [(e.kind, e.value) for e in events] == [("hold", 0.0)]
    assert events[0].show_time == pytest.approx(rest)
    assert show_time == pytest.approx(rest + 1 - RAMP / 2)


@pytest.mark.parametrize("name", ["go", "back", "panic"])
def test_a_held_show_runs_on_when_something_is_to_be_seen(rig: Rig, name: str) -> None:
    rig.command(1.0, "go")
    rig.command(2.0, "go")
    rig.command(3.0, "hold")
    rig.tick(4.0)
    rig.command(5.0, name)
    assert not rig.manager.clock.held
    assert {e.kind for e in rig.tick(5.1)[1]} == {"hold", "panic" if name == "panic" else "cue"}


def test_a_refused_go_leaves_a_held_show_held(rig: Rig) -> None:
    rig.command(1.0, "go")
    rig.command(1.1, "hold")
    with pytest.raises(RefusedError, match="go_guard"):
        rig.command(1.2, "go")
    assert rig.manager.clock.held


def test_go_with_a_number_gives_that_cue_and_is_guarded_too(rig: Rig) -> None:
    rig.command(1.0, "go", cue="3")
    with pytest.raises(RefusedError, match="go_guard"):
        rig.command(1.2, "go", cue="1")
    with pytest.raises(RefusedError, match="GO: found cue '9', expected the number of a cue"):
        rig.command(5.0, "go", cue="9")
    rig.command(5.0, "go", cue="1")
    assert [e.name for e in rig.tick(6.0)[1]] == ["3", "1"]
    assert rig.manager.stack.standby == CUES[1]


def test_blackout_is_apart_from_the_stack(rig: Rig) -> None:
    rig.command(1.0, "blackout")
    rig.command(1.1, "go")
    rig.command(1.2, "panic")
    assert rig.manager.blackout
    rig.command(1.3, "blackout", value=False)
    assert not rig.manager.blackout
    values = [(e.kind, e.value) for e in rig.tick(2.0)[1] if e.kind == "blackout"]
    assert values == [("blackout", 1.0), ("blackout", 0.0)]


def test_controls_within_their_range(rig: Rig) -> None:
    rig.command(1.0, "control", name="red/energy", value=0.25)
    assert rig.manager.controls == {"red/energy": 0.25}
    assert rig.tick(2.0)[1] == [Event(1.0, "control", "red/energy", 0.25)]


@pytest.mark.parametrize(
    ("name", "fields", "line"),
    [
        ("control", {"name": "enrgy", "value": 1}, "found 'enrgy', expected one of energy, sigma"),
        (
            "control",
            {"name": "energy", "value": 1.5},
            "energy: found 1.5, expected 0 to 1",
        ),
        ("control", {"name": "energy", "value": float("nan")}, "expected a number"),
        ("control", {"name": 3, "value": 1}, "control: name: found 3, expected a text"),
        ("standby", {}, "standby: cue: found None, expected a text"),
        ("standby", {"cue": "99"}, "found cue '99'"),
        ("hold", {"value": 2}, "hold: found 2, expected true or false"),
        ("dance", {}, "command: found 'dance'"),
    ],
)
def test_what_cannot_be_done_is_refused_and_changes_nothing(
    rig: Rig, name: str, fields: dict[str, object], line: str
) -> None:
    with pytest.raises(RefusedError) as error:
        rig.command(1.0, name, **fields)
    assert line in str(error.value)
    assert rig.tick(2.0) == (2.0, [])
    assert (rig.changes, rig.heard) == (0, [])


def test_the_top_of_the_show() -> None:
    rig = Rig(start="2")
    rig.manager.clock = ShowClock()
    rig.manager.begin()
    rig.manager.clock.start(103.0)
    assert rig.manager.direct(103.0) == (0.0, [Event(0.0, "cue", "2", by="start")])


def test_what_a_stopped_show_had_set_is_taken_up(rig: Rig) -> None:
    events = [Event(1, "control", "energy", 0.5), Event(2, "blackout", value=1.0)]
    rig.manager.resume(Night(events=events))
    assert rig.manager.controls == {"energy": 0.5}
    assert rig.manager.blackout


values = st.none() | st.booleans() | st.floats() | st.text(max_size=5) | st.integers()
names = st.sampled_from(["go", "back", "panic", "hold", "blackout", "standby", "control", "x"])
fields = st.dictionaries(st.sampled_from(["value", "cue", "name", "other"]), values, max_size=3)


@given(st.lists(st.tuples(st.floats(0, 1), names, fields), max_size=20))
def test_no_command_stops_or_moves_the_show(
    commands: list[tuple[float, str, dict[str, object]]],
) -> None:
    rig, now, shown, last = Rig(), 0.0, 0.0, -1.0
    for gap, name, given_fields in commands:
        now += gap
        try:
            rig.command(now, name, **given_fields)
        except RefusedError as error:
            one_line(error)
        show_time, events = rig.tick(now)
        assert 0 <= show_time - shown <= gap + 1e-9  # never back, never faster than time
        for event in events:
            assert last - 1e-9 <= event.show_time <= show_time + 1e-9
            last = event.show_time
        shown = show_time


CHAIN = [
    cue("1", auto_continue=True, post_wait=10),
    cue("2", auto_continue=True, post_wait=20),
    cue("3"),
    cue("4"),
]


@pytest.fixture
def chain() -> Rig:
    """A show that goes by itself: 1 at the top, 2 at 10 s, 3 at 30 s."""
    rig = Rig(CHAIN, "1")
    rig.manager.begin()
    return rig


def live_rig() -> Rig:
    return Rig(
        [
            cue("1", actions={"red": Action("live", Path("a.npz")), "blue": Action("live")}),
            cue("2", actions={"red": Action("leave")}),
        ]
    )


def seed(rig: Rig, performer: str, begin: float, end: float) -> None:
    for i in range(round((end - begin) * 30) + 1):
        pose = (STANDING + np.array([0.0, 0.0, 0.001 * i])).ravel().tolist()
        rig.command(begin + i / 30, "seed", performer=performer, pose=pose)


def test_a_live_cue_takes_the_last_second_of_poses_into_its_event() -> None:
    rig = live_rig()
    seed(rig, "red", 1.0, 3.0)
    assert rig.changes == 0  # thirty a second are no news for a page
    rig.command(3.1, "go")
    (event,) = rig.tick(3.2)[1]
    assert list(event.live) == ["red"]
    assert live.read(event.live["red"]).shape == (31, 17, 3)
    assert rig.heard[0][1] is event
    assert rig.manager.living.faults == {"blue": "blue: no live poses; holds"}
    assert rig.manager.living.state(rig.now) == {"red": {"age": pytest.approx(0.1), "refused": 0}}


def test_old_poses_are_a_fault_until_the_next_cue_of_that_performer() -> None:
    rig = live_rig()
    seed(rig, "red", 1.0, 3.0)
    rig.command(5.2, "go")
    assert rig.tick(5.2)[1][0].live == {}
    assert (
        rig.manager.living.faults["red"] == "red: no live poses for 2.2 s; dances from the phrase"
    )
    rig.command(6.0, "go")
    assert list(rig.manager.living.faults) == ["blue"]


def test_a_pose_that_no_person_can_have_is_refused_and_counted() -> None:
    rig = live_rig()
    with pytest.raises(RefusedError, match="seed: red: found no finite numbers, expected 51"):
        rig.command(1.0, "seed", performer="red", pose=[float("nan")] * 51)
    with pytest.raises(RefusedError, match="seed: nobody: found a pose of 'nobody'"):
        rig.command(1.0, "seed", performer="nobody", pose=[0.0] * 51)
    assert rig.manager.living.state(rig.now)["red"]["refused"] == 1


def test_a_cue_that_a_locate_passes_over_takes_no_live_poses() -> None:
    rig = Rig([cue("1", timecode=10, actions={"red": Action("live", Path("a.npz"))}), cue("2")])
    seed(rig, "red", 1.0, 3.0)
    rig.command(3.0, "locate", show_time=12.0)
    assert [event.live for event in rig.manager.night.events] == [{}]
    seed(rig, "red", 4.0, 6.0)
    rig.command(6.0, "locate", show_time=9.9)
    rig.tick(6.2)
    (event,) = rig.manager.night.events
    assert list(event.live) == ["red"]
    rig.command(7.0, "locate", show_time=10.5)  # what happened stays
    assert rig.manager.night.events == [event]
    assert rig.manager.night.events[0].live == event.live


def test_a_cue_is_loaded_to_a_time(rig: Rig) -> None:
    rig.command(1.0, "load", cue="2", seconds=2.0)
    rig.command(1.5, "standby", cue="2")
    rig.command(2.0, "go")
    _, events = rig.tick(5.0)
    told = [(e.kind, e.name, e.value, round(e.show_time, 6)) for e in events]
    assert told == [("load", "2", 2.0, 1.0), ("cue", "2", 2.0, 2.0), ("cue", "3", 0.0, 3.0)]
    assert [event.kind for _, event in rig.heard] == ["cue", "cue"]
    with pytest.raises(RefusedError, match="load: found cue '9'"):
        rig.command(6.0, "load", cue="9", seconds=2.0)
    with pytest.raises(RefusedError, match="load: found -1, expected seconds"):
        rig.command(6.0, "load", cue="1", seconds=-1)


def test_arming_changes_the_score_and_lasts_over_a_locate(chain: Rig) -> None:
    chain.tick(1.0)
    chain.command(2.0, "arm", cue="2")
    assert not chain.manager.stack.armed("2")
    chain.command(3.0, "locate", show_time=35.0)
    assert night(chain) == [SCORE[0], SCORE[2]]
    chain.tick(3.0)
    chain.command(4.0, "locate", show_time=5.0)
    assert not chain.manager.stack.armed("2")
    chain.tick(4.0)
    chain.tick(9.5)
    assert chain.manager.notice == "2 is disarmed, and did nothing"
    chain.command(9.6, "arm", cue="2", value=True)
    assert [e.name for e in chain.manager.score.events] == ["1", "2", "3"]
    with pytest.raises(RefusedError, match="arm: found cue '9'"):
        chain.command(10.0, "arm", cue="9")


def test_what_goes_into_the_log(chain: Rig) -> None:
    chain.book.clear()
    chain.now = 102.0
    chain.manager.command("go", {"cue": "4"}, "midi")
    chain.now = 103.0
    for name, fields in [
        ("load", {"cue": "2", "seconds": 90}),
        ("arm", {"cue": "2"}),
        ("standby", {"cue": "1"}),
        ("hold", {}),
        ("control", {"name": "energy", "value": 0.5}),
    ]:
        chain.manager.command(name, fields, "osc")
    with pytest.raises(RefusedError):
        chain.manager.command("dance", {}, "http")
    chain.manager.locate(50.0)
    assert [(round(at, 1), *row) for at, *row in chain.book] == [
        (2.0, "trigger", "go", "4 by midi"),
        (2.0, "cue", "4", "Cue 4 (midi)"),
        (3.0, "trigger", "load", "2 to 1:30 by osc"),
        (3.0, "trigger", "arm", "2 off by osc"),
        (3.0, "trigger", "standby", "1 by osc"),
        (3.0, "trigger", "hold", "on by osc"),
        (3.0, "control", "energy", "0.5 by osc"),
        (3.0, "refused", "dance", chain.book[7][3]),
        (3.0, "locate", "by timecode", "to 50 s"),
    ]
    assert chain.book[7][3].startswith("command: found 'dance', expected one of go, back")
    assert chain.book[7][3].endswith(", by http")


def test_a_cue_that_is_passed_over_is_in_the_log_but_not_those_a_locate_passes(chain: Rig) -> None:
    chain.command(2.0, "arm", cue="2", value=False)
    chain.tick(11.0)
    chain.book.clear()
    chain.command(12.0, "locate", show_time=5.0)
    chain.tick(12.0)
    assert [row[1] for row in chain.book] == ["locate"]
    chain.tick(17.5)
    assert chain.book[1:] == [(10.0, "passed over", "2 is disarmed, and did nothing", "")]


TIMED = [cue("1", timecode=10), cue("2", timecode=20, auto_continue=True, post_wait=5), cue("3")]


@given(st.lists(st.tuples(st.floats(0, 3), st.none() | st.floats(0, 40)), max_size=25))
def test_a_timecoded_show_is_after_every_jump_what_it_would_have_been(
    moves: list[tuple[float, float | None]],
) -> None:
    rig, clock, show_time = Rig(TIMED), 0.0, 0.0
    expected = score_of(CueStack(TIMED, go_guard=0.5, panic=2.0), None)
    rig.manager.begin()
    for gap, jump in moves:
        clock += gap
        before = len(rig.heard)
        if jump is None:
            show_time = rig.tick(clock)[0]
            played = [event for _, event in rig.heard[before:]]
            assert all(event.kind == "cue" for event in played)
        else:
            rig.command(clock, "locate", show_time=jump)
            show_time = rig.tick(clock)[0]
        assert rig.manager.night.events == expected.until(show_time)
        assert rig.manager.stack.state == expected.stack_at(show_time)


def night(rig: Rig) -> list[tuple[float, str, float]]:
    return [(e.show_time, e.name or e.kind, e.value) for e in rig.manager.night.events]


SCORE = [(0.0, "1", 0.0), (10.0, "2", 0.0), (30.0, "3", 0.0)]


def test_a_locate_ahead_puts_the_show_where_it_would_be(chain: Rig) -> None:
    chain.tick(1.0)
    chain.command(2.0, "locate", show_time=12.0)
    assert chain.manager.stack.running == CHAIN[1]
    assert (chain.manager.stack.since, chain.manager.stack.standby) == (10.0, CHAIN[2])
    show_time, events = chain.tick(2.0)
    assert show_time == pytest.approx(12.0)
    assert [(e.kind, e.show_time, e.value) for e in events] == [
        ("locate", 12.0, 1.0),
        ("cue", 10.0, 0.0),
    ]
    assert [e.name for e in chain.tick(20.1)[1]] == ["3"]  # what follows still follows
    assert night(chain) == SCORE


def test_a_locate_back_takes_back_what_came_later_and_it_comes_again(chain: Rig) -> None:
    chain.tick(35.0)
    assert night(chain) == SCORE
    chain.command(36.0, "locate", show_time=9.0)
    assert chain.manager.stack.running == CHAIN[0]
    assert night(chain) == SCORE[:1]
    chain.tick(36.0)
    show_time, events = chain.tick(37.5)
    assert (show_time, [e.name for e in events]) == (10.5, ["2"])
    assert night(chain) == SCORE[:2]


def test_what_hands_gave_stays_when_the_show_goes_back(chain: Rig) -> None:
    chain.tick(1.0)
    chain.command(2.0, "control", name="energy", value=0.9)
    chain.command(3.0, "go", cue="4")
    chain.command(4.0, "control", name="energy", value=0.1)
    chain.tick(5.0)
    chain.command(6.0, "locate", show_time=3.5)
    assert night(chain) == [(0.0, "1", 0.0), (2.0, "energy", 0.9), (3.0, "4", 0.0)]
    assert chain.manager.stack.running == CHAIN[3]
    assert chain.manager.controls == {"energy": 0.9}


def test_beyond_what_is_known_the_score_alone_counts(chain: Rig) -> None:
    chain.command(3.0, "go", cue="4")
    chain.command(4.0, "control", name="energy", value=0.1)
    chain.tick(5.0)
    chain.command(6.0, "locate", show_time=31.0)
    assert night(chain) == SCORE
    assert chain.manager.controls == {}
    assert chain.manager.stack.running == CHAIN[2]
    chain.command(7.0, "locate", show_time=11.0)
    assert night(chain) == SCORE[:2]


def test_a_small_skip_keeps_what_hands_gave_and_gives_what_was_due(chain: Rig) -> None:
    chain.command(8.0, "control", name="energy", value=0.1)
    chain.tick(8.0)
    chain.command(8.0, "locate", show_time=12.0)
    assert night(chain) == [SCORE[0], (8.0, "energy", 0.1), SCORE[1]]
    assert chain.manager.controls == {"energy": 0.1}


def test_what_a_hand_took_away_stays_away(chain: Rig) -> None:
    chain.tick(1.0)
    chain.command(2.0, "blackout")
    chain.command(3.0, "panic")
    chain.command(4.0, "hold")
    chain.command(5.0, "locate", show_time=12.0)
    assert night(chain)[2:] == [(12.0, "blackout", 1.0), (12.0, "hold", 1.0), (12.0, "panic", 0.0)]
    assert chain.manager.stack.panicking
    assert chain.tick(50.0)[0] == pytest.approx(12.0)  # held
    chain.command(51.0, "blackout")
    chain.command(52.0, "go")
    assert chain.manager.stack.running == CHAIN[2]
    assert not chain.manager.clock.held
    chain.command(53.0, "locate", show_time=2.5)  # blackout was on then, and is off now
    assert not chain.manager.blackout
    assert not chain.manager.night.switched("blackout")


def test_a_locate_is_never_guarded_and_guards_nothing(chain: Rig) -> None:
    for n in range(10):
        chain.command(1.0 + n / 100, "locate", show_time=5.0 * n)
    chain.command(1.2, "go")
    assert chain.manager.stack.running == CHAIN[3]


@pytest.mark.parametrize("where", [-1.0, 1e6, float("nan"), "12", None])
def test_nowhere_is_refused(chain: Rig, where: object) -> None:
    with pytest.raises(RefusedError, match="locate: found"):
        chain.command(1.0, "locate", show_time=where)
    assert night(chain) == SCORE[:1]


@given(st.lists(st.tuples(st.floats(0, 2), st.floats(0, 60)), max_size=20))
def test_locates_leave_the_score_as_it_is(jumps: list[tuple[float, float]]) -> None:
    rig = Rig(CHAIN, "1")
    rig.manager.begin()
    score, now = score_of(CueStack(CHAIN, go_guard=0.5, panic=2.0), "1"), 0.0
    for gap, where in jumps:
        now += gap
        rig.tick(now)
        rig.command(now, "locate", show_time=where)
        show_time, _ = rig.tick(now)
        assert show_time == pytest.approx(where)
        assert rig.manager.night.events == score.until(where)
        assert rig.manager.stack.state == score.stack_at(where)
