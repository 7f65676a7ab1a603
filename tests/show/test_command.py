from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from show import command
from show.refusal import RefusedError
from tests.kit import one_line


def test_a_command_and_its_fields() -> None:
    assert command.split(command.parse('{"command":"standby","cue":"12"}')) == (
        "standby",
        {"cue": "12"},
    )
    assert command.parse("") == {}


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("[1]", "command: found list, expected an object"),
        ("{", "found no JSON"),
        ('{"a":NaN}', "found no JSON: found NaN"),
        ('{"a":-Infinity}', "found -Infinity"),
        ("[" * 100_000, "found no JSON"),
        (b"\xff", "found no JSON"),
    ],
)
def test_what_is_no_object_is_refused(text: str | bytes, line: str) -> None:
    with pytest.raises(RefusedError) as error:
        command.parse(text)
    assert line in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("name", "fields", "line"),
    [
        ("jump", {}, "command: found 'jump', expected one of go, back, panic, hold"),
        ("back", {"now": 1}, "back: found field 'now', expected no fields"),
        ("hold", {"vaule": True}, "hold: found field 'vaule', expected value"),
    ],
)
def test_what_it_does_not_know_is_refused(name: str, fields: dict[str, object], line: str) -> None:
    with pytest.raises(RefusedError, match=line):
        command.check(name, fields)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -1e300, 10**400, True, "1", None])
def test_only_a_finite_number_is_a_number(value: object) -> None:
    with pytest.raises(RefusedError, match="expected a number"):
        command.number("control", {"value": value})
    assert command.number("control", {"value": 0.5}) == 0.5


def test_a_switch_turns_or_is_told() -> None:
    assert command.switch("hold", {}, now=False) is True
    assert command.switch("hold", {}, now=True) is False
    assert command.switch("hold", {"value": True}, now=True) is True
    with pytest.raises(RefusedError, match="expected true or false"):
        command.switch("hold", {"value": 1}, now=True)


@given(st.text() | st.binary())
def test_no_text_raises_anything_but_a_refusal(text: str | bytes) -> None:
    try:
        name, fields = command.split(command.parse(text))
        command.check(name, fields)
    except RefusedError as error:
        one_line(error)


leaves = st.none() | st.booleans() | st.floats() | st.integers() | st.text()


@given(st.dictionaries(st.sampled_from(["command", "value", "name", "cue"]), leaves))
def test_no_object_raises_anything_but_a_refusal(message: dict[str, object]) -> None:
    try:
        name, fields = command.split(command.parse(json.dumps(message)))
        command.check(name, fields)
        command.number(name, fields)
        command.switch(name, fields, now=True)
        command.text(name, "cue", fields)
    except RefusedError as error:
        one_line(error)
