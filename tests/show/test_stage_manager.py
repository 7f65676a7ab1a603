from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.score import Event
from show.cue_stack import CueStack
from show.refusal import RefusedError
from show.show_clock import RAMP, ShowClock
from show.stage_manager import Range, StageManager
from tests.kit import one_line
from tests.show.cues import cue

CONTROLS = {"energy": Range(0, 1), "red/energy": Range(0, 1), "sigma": Range(0, 10)}


class Rig:
    """A stage manager whose clock the test turns."""

    def __init__(self) -> None:
        self.now = 100.0
        self.heard: list[tuple[float, Event]] = []
        self.changes = 0
        cues = [cue("1"), cue("2", auto_continue=True, post_wait=3), cue("3")]
        self.manager = StageManager(
            CueStack(cues, go_guard=0.5, panic=2.0),
            ShowClock(),
            controls=CONTROLS,
            now=lambda: self.now,
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
    rig = Rig()
    rig.manager.clock = ShowClock()
    rig.manager.start("2")
    rig.manager.clock.start(103.0)
    assert rig.manager.direct(103.0) == (0.0, [Event(0.0, "cue", "2")])


def test_what_a_stopped_show_had_set_is_taken_up(rig: Rig) -> None:
    rig.manager.resume([Event(1, "control", "energy", 0.5), Event(2, "blackout", value=1.0)])
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
