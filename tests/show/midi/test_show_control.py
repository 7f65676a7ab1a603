from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from show.midi.show_control import ShowControl
from show.timecode import PAL

LISTENER = ShowControl(5, ["1", "2", "12.5", "13"], PAL, frozenset({2}), start=3600.0)


def hexa(text: str) -> list[int]:
    """The data of a message, without F0 and F7."""
    return list(bytes.fromhex(text.removeprefix("F0 ").removesuffix(" F7")))


@pytest.mark.parametrize(
    ("message", "commands"),
    [
        ("F0 7F 05 02 01 01 F7", [("go", {})]),
        ("F0 7F 05 02 01 01 31 32 2E 35 F7", [("go", {"cue": "12.5"})]),
        ("F0 7F 05 02 01 01 31 33 2E 30 F7", [("go", {"cue": "13"})]),
        ("F0 7F 05 02 01 01 39 39 F7", [("go", {"cue": "99"})]),
        ("F0 7F 05 02 01 01 32 00 31 00 35 F7", [("go", {"cue": "2"})]),
        ("F0 7F 7F 02 7F 01 F7", [("go", {})]),
        ("F0 7F 71 02 01 01 F7", [("go", {})]),
        ("F0 7F 72 02 01 01 F7", []),
        ("F0 7F 06 02 01 01 F7", []),
        ("F0 7F 05 02 01 02 F7", [("hold", {"value": True})]),
        ("F0 7F 05 02 01 03 F7", [("hold", {"value": False})]),
        ("F0 7F 05 02 01 04 60 00 05 00 00 32 F7", [("go", {"cue": "2"})]),
        ("F0 7F 05 02 01 05 32 F7", [("standby", {"cue": "2"})]),
        ("F0 7F 05 02 01 05 F7", []),
        ("F0 7F 05 02 01 08 F7", [("blackout", {"value": True})]),
        ("F0 7F 05 02 01 09 F7", [("blackout", {"value": False})]),
        ("F0 7F 05 02 01 0A F7", [("panic", {}), ("standby", {"cue": "1"})]),
        ("F0 7F 05 02 01 0B 32 F7", []),
        ("F0 7F 05 06 01 F7", [("hold", {"value": True})]),
        ("F0 7F 7F 06 02 F7", [("hold", {"value": False})]),
        ("F0 7F 7F 06 03 F7", [("hold", {"value": False})]),
        ("F0 7F 7F 06 09 F7", [("hold", {"value": True})]),
        ("F0 7F 7F 06 44 06 01 21 01 02 00 00 F7", [("locate", {"show_time": 62.0})]),
        ("F0 7F 7F 06 44 06 01 20 01 02 05 00 F7", [("locate", {"show_time": 0.0})]),
        ("F0 7F 7F 06 44 06 01 3F 01 02 05 00 F7", []),
        ("F0 7F 7F 01 01 21 00 00 00 F7", []),
        ("F0 7E 05 02 01 01 F7", []),
        ("F0 F7", []),
    ],
)
def test_what_a_desk_says(message: str, commands: list[object]) -> None:
    assert LISTENER.commands(hexa(message)) == commands


@pytest.mark.parametrize(
    ("message", "obeyed"),
    [
        ("F0 7F 05 02 01 01 32 00 31 F7", True),
        ("F0 7F 05 02 01 01 32 00 37 F7", False),
        ("F0 7F 05 02 01 01 32 F7", True),
    ],
)
def test_another_list_is_for_others(message: str, obeyed: bool) -> None:
    listener = ShowControl(5, ["1", "2"], PAL, cue_list="1")
    assert bool(listener.commands(hexa(message))) is obeyed


@given(st.lists(st.integers(0, 127), max_size=24))
def test_no_data_upset_it(data: list[int]) -> None:
    LISTENER.commands(data)
    LISTENER.commands([0x7F, 0x05, *data])
    LISTENER.commands([0x7F, 0x7F, 0x02, 0x01, *data])
    LISTENER.commands([0x7F, 0x7F, 0x06, 0x44, *data])
