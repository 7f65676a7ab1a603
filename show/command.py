"""A command as it comes in: JSON from a page or an HTTP client, checked before it is given."""

from __future__ import annotations

import json
from collections.abc import Mapping

from show.refusal import RefusedError
from show.toml_table import LONGEST_TIME

FIELDS: dict[str, tuple[str, ...]] = {
    "go": ("cue",),
    "back": (),
    "panic": (),
    "hold": ("value",),
    "blackout": ("value",),
    "standby": ("cue",),
    "load": ("cue", "seconds"),
    "arm": ("cue", "value"),
    "locate": ("show_time",),
    "control": ("name", "value"),
    "seed": ("performer", "pose"),
    "learn": ("target", "save"),
}
"""The commands, each with the fields it knows."""


def parse(text: str | bytes) -> dict[str, object]:
    """Give the object in a JSON text, an empty one for an empty text.

    Raises RefusedError where it holds anything else, or numbers that JSON does not know.
    """
    if not text.strip():
        return {}
    try:
        value = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise RefusedError("command", found=f"no JSON: {error}", expected="an object") from None
    if not isinstance(value, dict):
        raise RefusedError("command", found=type(value).__name__, expected="an object")
    return value


def split(message: Mapping[str, object]) -> tuple[str, dict[str, object]]:
    """Give name and fields of {"command": name, …}; raises RefusedError without a name."""
    fields = dict(message)
    name = fields.pop("command", None)
    if not isinstance(name, str):
        raise RefusedError("command", found=repr(name)[:40], expected="the name of a command")
    return name, fields


def check(name: str, fields: Mapping[str, object]) -> None:
    """Raise RefusedError where there is no such command or it knows no such field."""
    if name not in FIELDS:
        raise RefusedError("command", found=repr(name)[:40], expected=f"one of {', '.join(FIELDS)}")
    for field in fields:
        if field not in FIELDS[name]:
            expected = ", ".join(FIELDS[name]) or "no fields"
            raise RefusedError(name, found=f"field {field[:40]!r}", expected=expected)


def switch(name: str, fields: Mapping[str, object], now: bool) -> bool:
    """Give what a switch is to be: `value`, or where there is none the other of `now`."""
    value = fields.get("value")
    if value is None:
        return not now
    if not isinstance(value, bool):
        raise RefusedError(name, found=repr(value)[:40], expected="true or false")
    return value


def number(name: str, fields: Mapping[str, object], key: str = "value") -> float:
    """Give the finite number in a field."""
    value = fields.get(key)
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e9:
        return float(value)  # a NaN is not below
    raise RefusedError(name, found=repr(value)[:40], expected="a number")


def seconds(name: str, fields: Mapping[str, object], key: str) -> float:
    """Give the seconds in a field, 0 to those of a day."""
    value = number(name, fields, key)
    if not 0 <= value <= LONGEST_TIME:
        raise RefusedError(name, found=f"{value:g}", expected=f"seconds, 0 to {LONGEST_TIME:g}")
    return value


def text(name: str, key: str, fields: Mapping[str, object]) -> str:
    """Give the text in a field."""
    value = fields.get(key)
    if not isinstance(value, str):
        raise RefusedError(name, key, found=repr(value)[:40], expected="a text")
    return value


def _refuse(constant: str) -> float:
    raise ValueError(f"found {constant}")
