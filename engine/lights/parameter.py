"""The parameters of looks: what each may be, read from TOML and JSON alike.

A kind of look is a frozen dataclass; its fields are its parameters, made by `number`,
`word`, `color` and so on, which keep beside the default what the field may be.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field, fields
from typing import Any

from engine.skeleton import JOINTS

Value = float | str | tuple[str, ...]
"""Of a parameter: a number, a word or color, or several."""

DANCER = "dancer"
"""In place of a color: that of the dancer whom the light is about."""
EVERYONE = "all"
FLOOR = "floor"
_HEX = re.compile(r"#(?:[0-9a-fA-F]{6}|[0-9a-fA-F]{12})")
_COLOR = '"#rrggbb", or emitters "#rrggbbwwaauv"'
_KEY = "parameter"


@dataclass(frozen=True, slots=True)
class Number:
    """A number from low to high, which can be controlled live."""

    low: float
    high: float

    def read(self, value: object) -> Value:
        """Give the value; raises ValueError with what is expected."""
        given = float(value) if type(value) in (int, float) else math.nan  # type: ignore[arg-type]
        if self.low <= given <= self.high:
            return given
        raise ValueError(f"a number from {self.low:g} to {self.high:g}")


@dataclass(frozen=True, slots=True)
class Word:
    """One of a few words."""

    among: tuple[str, ...]

    def read(self, value: object) -> Value:
        """Give the value; raises ValueError with what is expected."""
        if isinstance(value, str) and value in self.among:
            return value
        raise ValueError(f"one of {', '.join(self.among)}")


@dataclass(frozen=True, slots=True)
class Color:
    """One color; `dancer` tells whether it may be the dancer's own."""

    dancer: bool

    def read(self, value: object) -> Value:
        """Give the value; raises ValueError with what is expected."""
        if isinstance(value, str) and (_HEX.fullmatch(value) or (self.dancer and value == DANCER)):
            return value
        raise ValueError(f'{_COLOR}, or "{DANCER}"' if self.dancer else _COLOR)


@dataclass(frozen=True, slots=True)
class Colors:
    """Two to sixteen colors."""

    def read(self, value: object) -> Value:
        """Give the value; raises ValueError with what is expected."""
        given = value if isinstance(value, list | tuple) else ()
        if 2 <= len(given) <= 16 and all(isinstance(c, str) and _HEX.fullmatch(c) for c in given):
            return tuple(given)
        raise ValueError(f"2 to 16 colors, each {_COLOR}")


@dataclass(frozen=True, slots=True)
class Names:
    """One name or several; without `among` those of performers, whom the show knows."""

    among: tuple[str, ...] = ()

    def read(self, value: object) -> Value:
        """Give the value; raises ValueError with what is expected."""
        names = [value] if isinstance(value, str) else value
        if isinstance(names, list | tuple) and names and all(map(self._knows, names)):
            return tuple(names)
        raise ValueError(f"one or several of {', '.join(self.among) or 'the performers'}")

    def _knows(self, name: object) -> bool:
        return isinstance(name, str) and (not self.among or name in self.among)


@dataclass(frozen=True, slots=True)
class File:
    """The name of a file beside patch.toml."""

    def read(self, value: object) -> Value:
        """Give the value; raises ValueError with what is expected."""
        if isinstance(value, str) and value:
            return value
        raise ValueError("a file beside patch.toml")


Parameter = Number | Word | Color | Colors | Names | File


def number(default: float, low: float, high: float) -> Any:
    """Give a field for a number."""
    return field(default=default, metadata={_KEY: Number(low, high)})


def level() -> Any:
    """Give a field for how much light there is, 1 where it is the color's own."""
    return number(1.0, 0.0, 4.0)


def word(default: str, among: tuple[str, ...]) -> Any:
    """Give a field for one of a few words."""
    return field(default=default, metadata={_KEY: Word(among)})


def color(default: str) -> Any:
    """Give a field for a color, which may be the dancer's own where it is so by default."""
    return field(default=default, metadata={_KEY: Color(default == DANCER)})


def colors(*default: str) -> Any:
    """Give a field for several colors."""
    return field(default=default, metadata={_KEY: Colors()})


def who() -> Any:
    """Give a field for the performers whom the light is about."""
    return field(default=(EVERYONE,), metadata={_KEY: Names()})


def at() -> Any:
    """Give a field for joints that the light is around, or the floor below the dancer."""
    return field(default=(FLOOR,), metadata={_KEY: Names((FLOOR, *JOINTS))})


def file() -> Any:
    """Give a field for a file, which must be named."""
    return field(default="", metadata={_KEY: File()})


def of(kind: object) -> dict[str, Parameter]:
    """Give the parameters of a kind of look, or of a look of that kind, by name."""
    assert hasattr(kind, "__dataclass_fields__")
    return {f.name: f.metadata[_KEY] for f in fields(kind) if _KEY in f.metadata}  # type: ignore[arg-type]


def plays_file(kind: object) -> bool:
    """Tell whether a kind of look, or a look of that kind, plays a file from its beginning."""
    return any(isinstance(parameter, File) for parameter in of(kind).values())
