"""The state of the dance at one step: never changed once made, so that it can be kept."""

from __future__ import annotations

import copy
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from engine.footing import Footing
from engine.passage import Passage
from engine.transition import Offset

Array = NDArray[np.float32]
Float = NDArray[np.float64]


@dataclass(slots=True)
class Setting:
    """What cues and controls have set, for P performers; it changes with events only.

    mode [P]: PerformerState. home [P, 2]. row [P, C]: controls. temperatures [P, 2]. seed:
    of the noise. since: step at which the action began. passage: what is played or held.
    lived [P]: show time of the live poses behind the dance, -inf for none. level_*: from,
    to, show time of the start, seconds of the ramp. settled: show time at
    which the last ramp ends.
    """

    mode: NDArray[np.uint8]
    home: Float
    row: Array
    temperatures: Array
    seed: list[int]
    since: list[int]
    passage: list[Passage | None]
    lived: Float
    level_from: Float
    level_to: Float
    level_start: Float
    level_seconds: Float
    panic: bool = False
    blackout: bool = False
    held: bool = False
    settled: float = 0.0

    def copy(self) -> Setting:
        """Give one that can be changed."""
        return Setting(*(copy.copy(getattr(self, field.name)) for field in fields(self)))

    def level(self, show_time: float) -> Array:
        """Give the level [P] at a show time."""
        if show_time >= self.settled:
            return self.level_to.astype(np.float32)
        part = (show_time - self.level_start) / np.maximum(self.level_seconds, 1e-6)
        part = np.minimum(np.maximum(part, 0.0), 1.0)
        level = self.level_from + (self.level_to - self.level_from) * part
        return level.astype(np.float32)

    def ramp(self, p: int, start: float, end: float, show_time: float, seconds: float) -> None:
        """Let performer p's level go from start to end."""
        self.settled = max(self.settled, show_time + max(seconds, 1e-6))
        self.level_from[p], self.level_to[p] = start, end
        self.level_start[p], self.level_seconds[p] = show_time, seconds


@dataclass(frozen=True, slots=True)
class State:
    """The dance at one step, for P performers.

    vector and the one before it [P, 52], h and c [layers, P, units], placement [P, 3] and
    footing: the model's. root [P, 3], unit [P, 16, 3], joints [P, 17, 3]: the pose shown;
    root_before, unit_before: that of the step before. offset: rest of transitions, None
    when all have died away.
    """

    step: int
    setting: Setting
    vector: Array
    previous: Array
    h: Array
    c: Array
    placement: Float
    footing: Footing
    root: Float
    unit: Float
    joints: Array
    root_before: Float
    unit_before: Float
    offset: Offset | None
