from __future__ import annotations

import mido
import pytest
from hypothesis import given
from hypothesis import strategies as st

from show.midi import target, trigger
from show.midi.bindings import Bindings
from show.midi.messages import MessageParser
from show.midi.target import Target
from show.midi.trigger import Touch, Trigger
from show.stage_manager import Range
from tests.kit import one_line

triggers = st.builds(
    Trigger,
    st.sampled_from(["note", "cc", "program"]),
    st.integers(0, 127),
    st.none() | st.integers(1, 16),
)


@given(triggers)
def test_a_trigger_is_read_as_it_is_written(made: Trigger) -> None:
    assert trigger.parse(str(made)) == made


@pytest.mark.parametrize(
    "written", ["", "note", "note 128", "note x", "cc 1 channel 0", "cc 1 channel 17", "pitch 1"]
)
def test_what_is_no_trigger_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match='expected "note 60"'):
        trigger.parse(written)


@pytest.mark.parametrize(
    ("written", "made"),
    [
        ("go", Target("go")),
        ("go 12.5", Target("go", {"cue": "12.5"})),
        ("standby 3", Target("standby", {"cue": "3"})),
        ("control red/energy", Target("control", {"name": "red/energy"})),
        ("control energy 0.2 to 0.8", Target("control", {"name": "energy"}, 0.2, 0.8)),
    ],
)
def test_a_target_is_written_as_it_is_spoken(written: str, made: Target) -> None:
    assert target.parse(written) == made


@pytest.mark.parametrize(
    "written",
    ["", "dance", "go 1 2", "back 3", "standby", "control", "control e a to b", "locate 3"],
)
def test_what_is_no_target_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match='expected "go"') as error:
        target.parse(written)
    one_line(error.value)


def bindings(**targets: str) -> Bindings:
    made = {trigger.parse(key.replace("_", " ")): target.parse(t) for key, t in targets.items()}
    return Bindings(made, {"sigma": Range(0.0, 10.0)})


def touched(*messages: mido.Message) -> list[Touch]:
    found = [trigger.touch(message) for message in messages]
    return [touch for touch in found if touch is not None]


def note(number: int, velocity: int, channel: int = 0) -> mido.Message:
    return mido.Message("note_on", note=number, velocity=velocity, channel=channel)


def control(number: int, value: int) -> mido.Message:
    return mido.Message("control_change", control=number, value=value)


def test_all_velocities_but_none_are_equal() -> None:
    found = bindings(note_60="go")
    notes = [note(60, velocity) for velocity in (1, 64, 127, 0)]
    given_commands = [found.command(touch) for touch in touched(*notes)]
    assert given_commands == [("go", {})] * 3
    assert touched(mido.Message("note_off", note=60, velocity=64)) == []


def test_a_channel_counts_where_it_is_named() -> None:
    found = bindings(note_60_channel_10="panic", note_61="back")
    ((nine,), (ten,), (any_one,)) = (
        touched(note(60, 1, 8)),
        touched(note(60, 1, 9)),
        touched(note(61, 1, 3)),
    )
    assert found.command(nine) is None
    assert found.command(ten) == ("panic", {})
    assert found.command(any_one) == ("back", {})


def test_a_program_gives_a_cue() -> None:
    (touch,) = touched(mido.Message("program_change", program=12))
    assert bindings(program_12="go 12").command(touch) == ("go", {"cue": "12"})


@pytest.mark.parametrize(
    ("values", "presses"),
    [
        ([127, 0, 127, 0], 2),  # a button
        ([127, 127, 127], 3),  # a pedal that never says it is released
        ([10, 50, 63, 64, 70, 90, 127], 1),  # a fader pushed up
        ([127, 100, 80, 70, 30], 1),  # one pulled down: it begins above
        ([0, 63], 0),
    ],
)
def test_a_control_that_gives_a_command(values: list[int], presses: int) -> None:
    found = bindings(cc_20="go")
    commands = [found.command(touch) for touch in touched(*(control(20, v) for v in values))]
    assert [c for c in commands if c is not None] == [("go", {})] * presses


def test_switches_by_note_change_over_and_by_control_are_set() -> None:
    found = bindings(note_1="hold", cc_1="blackout")
    assert found.command(touched(note(1, 9))[0]) == ("hold", {})
    on, off = touched(control(1, 100), control(1, 10))
    assert found.command(on) == ("blackout", {"value": True})
    assert found.command(off) == ("blackout", {"value": False})


def test_a_fader_goes_over_the_range_of_its_control() -> None:
    found = bindings(cc_1="control sigma", cc_2="control sigma 2 to 1")
    low, high = touched(control(1, 0), control(1, 127))
    assert found.command(low) == ("control", {"name": "sigma", "value": 0.0})
    assert found.command(high) == ("control", {"name": "sigma", "value": 10.0})
    assert found.command(touched(control(2, 127))[0]) == (
        "control",
        {"name": "sigma", "value": 1.0},
    )


@given(st.lists(st.lists(st.integers(0, 255), max_size=20)))
def test_no_bytes_upset_it(pieces: list[list[int]]) -> None:
    parser, found = MessageParser(), bindings(note_60="go", cc_1="control sigma")
    for piece in pieces:
        for touch in touched(*parser.feed(piece)):
            found.command(touch)
