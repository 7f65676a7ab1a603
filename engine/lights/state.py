"""The light state: what the lights are asked to do, a small value that cues and hands change.

With a frame it says all there is to say about the light at that frame's show time, so a
driver on another machine needs the two and the patch. As JSON::

    {"layers": [{"start": 12.0, "seconds": 3.0, "uses": [
        {"look": "pools", "values": {"radius": 1.2}, "began": 12.0, "since": 0.0, "turns": 0.0}]}],
     "master": 1.0, "blackout": false,
     "overrides": [{"first": 1, "last": 12, "start": 981.5, "seconds": 0.2,
                    "before": [0, 0, 0, 0, 0, 0, 0], "after": [1, 1, 0.5, 0, 0, 0, 0]}]}
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from engine.lights.parameter import Value


@dataclass(frozen=True, slots=True)
class Use:
    """A look in use.

    values: its parameters where they differ from the look's own, by name. began: show time
    at which it began. turns: how far what turns in it (a pulse, a gradient) has come at
    show time `since`.
    """

    look: str
    values: tuple[tuple[str, Value], ...] = ()
    began: float = 0.0
    since: float = 0.0
    turns: float = 0.0


@dataclass(frozen=True, slots=True)
class Layer:
    """Looks that add up, and cover what was before within `seconds` from `start` on."""

    uses: tuple[Use, ...]
    start: float
    seconds: float

    def share(self, show_time: float) -> float:
        """Give the part 0..1 of the light that is this layer's; the rest is the layers' below."""
        passed = show_time - self.start
        if passed < 0.0:
            return 0.0
        if passed >= self.seconds:
            return 1.0
        part = passed / self.seconds
        return part * part * (3.0 - 2.0 * part)


@dataclass(frozen=True, slots=True)
class Override:
    """A hand on pixels `first` to `last`, counted from 1, over the looks.

    It goes from `before` to `after` within `seconds` from engine clock `start` on: seven
    numbers, its weight 0..1 and the linear light of six emitters times the weight.
    """

    first: int
    last: int
    start: float
    seconds: float
    before: tuple[float, ...]
    after: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class LightState:
    """What the lights are asked to do; without layers they are dark.

    layers: the lowest first. master: of everything, 0..1.
    """

    layers: tuple[Layer, ...] = ()
    master: float = 1.0
    blackout: bool = False
    overrides: tuple[Override, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Give the state as values that JSON can hold."""
        told = asdict(self)
        for layer in told["layers"]:
            for use in layer["uses"]:
                use["values"] = dict(use["values"])
        return told

    @staticmethod
    def from_json(told: object) -> LightState:
        """Give the state that `to_json` told; raises ValueError where it is none."""
        try:
            if not isinstance(told, Mapping):
                raise TypeError(type(told).__name__)
            return LightState(
                tuple(_layer(layer) for layer in told["layers"]),
                _number(told["master"]),
                bool(told["blackout"]),
                tuple(_override(override) for override in told["overrides"]),
            )
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise ValueError(f"light state: found {error!r}, expected what to_json gives") from None


def _layer(told: Mapping[str, Any]) -> Layer:
    uses = tuple(
        Use(
            str(use["look"]),
            tuple((str(key), _value(value)) for key, value in use["values"].items()),
            _number(use["began"]),
            _number(use["since"]),
            _number(use["turns"]),
        )
        for use in told["uses"]
    )
    return Layer(uses, _number(told["start"]), _number(told["seconds"]))


def _override(told: Mapping[str, Any]) -> Override:
    before, after = (tuple(map(_number, told[key])) for key in ("before", "after"))
    if not len(before) == len(after) == 7:
        raise ValueError(f"{len(before)} and {len(after)} numbers")
    start, seconds = _number(told["start"]), _number(told["seconds"])
    return Override(int(told["first"]), int(told["last"]), start, seconds, before, after)


def _number(value: object) -> float:
    if type(value) not in (int, float) or not math.isfinite(value):  # type: ignore[arg-type]
        raise TypeError(f"{value!r} for a number")
    return float(value)  # type: ignore[arg-type]


def _value(value: object) -> Value:
    if isinstance(value, str):
        return value
    return tuple(map(str, value)) if isinstance(value, list | tuple) else _number(value)
