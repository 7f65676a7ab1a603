"""A look: what the lights do, a pure function of the scene.

Each kind is a frozen dataclass of its parameters in a file of its own; `LOOKS` names them.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol, Self

from engine.lights import parameter
from engine.lights.light import Light
from engine.lights.parameter import Value
from engine.lights.scene import Scene


@dataclass(frozen=True, slots=True)
class Moment:
    """What a look in use has besides the scene.

    seconds: of show time since it began. turns: how far it has turned, where it does.
    memory: light that it alone keeps from frame to frame, dark at first.
    """

    seconds: float
    turns: float
    memory: Light


class Look(Protocol):
    """A kind of look with its parameters, which are the fields of its class."""

    def turning(self, flashes: float) -> float:
        """Give the turns a second, 0 for what does not turn. flashes: most flashes a second."""
        ...

    def add(self, scene: Scene, moment: Moment, to: Light) -> None:
        """Add its light of the scene; what it remembers goes into the moment's memory."""
        ...

    def loaded(self, folder: Path, pixels: int) -> Self:
        """Give the look with what its file in a folder holds for a rig of so many pixels.

        Raises ProductionError where the file is wrong.
        """
        ...


class Plain:
    """What most looks have in common: they do not turn, and need no file."""

    __slots__ = ()

    def turning(self, flashes: float) -> float:
        """Give 0."""
        return 0.0

    def loaded(self, folder: Path, pixels: int) -> Self:
        """Give the look itself."""
        return self


def with_values(look: Look, values: Iterable[tuple[str, Value]]) -> Look:
    """Give the look with other values of its parameters; what it cannot have changes nothing."""
    known, fitting = parameter.of(look), {}
    for name, value in values:
        if name in known:
            with contextlib.suppress(ValueError):
                fitting[name] = known[name].read(value)
    changed: Any = look
    return replace(changed, **fitting) if fitting else look
