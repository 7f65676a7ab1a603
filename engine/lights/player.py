"""The player: frames from another machine become levels, each due at its moment.

A frame is shown when the engine's clock is its own plus the show's delay, as on every
screen; the own clock's offset to it is measured. Frames that come later than that are
shown at once. A frame that is older than the last, as a network may swap them, is dropped,
and so is one that holds no finite numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

import numpy as np

from engine.clock_offset import ClockOffset
from engine.frame import Frame, FrameFlag
from engine.lights.levels import Levels
from engine.lights.loss import SafeLook
from engine.lights.patch import Patch
from engine.lights.rig import Rig
from engine.lights.state import LightState

SWAPPED = 1.0
"""Seconds by which a frame may be older than the last and still be of the same engine."""
LATEST = 5.0
"""Seconds ahead that are no delay of a show, but a clock that is not known yet."""
RATE = 30.0
"""Pictures a second that the safe look has."""
SILENCE = 0.06
"""Seconds without a frame after which the safe look no longer moves with the frames."""


class Lamps(Protocol):
    """What shows levels: engine.lights.lanes.LightLanes."""

    def put(self, levels: Levels, due: float) -> None:
        """Show levels at an own clock."""
        ...

    def put_at_once(self, levels: Levels) -> None:
        """Show levels now, instead of all that waits."""
        ...


class Player:
    """Plays one show's frames on a rig's lamps. Every time given in is of the own clock.

    frames, refused: those that were played, and those that were not. late: those that came
    after their moment. state: what the lights are asked to do, as the show told it last.
    """

    def __init__(self, patch: Patch, lamps: Lamps, now: float) -> None:
        self.frames = self.refused = self.late = 0
        self.state = LightState()
        self.offset = ClockOffset()
        self._patch, self._lamps = patch, lamps
        self._safe = SafeLook(patch.loss, now)
        self._names: tuple[str, ...] = ()
        self._rig = Rig(patch, ())
        self._delay = 0.0
        self._last = _nobody()
        self._heard = now
        self._black = False

    def meet(self, hello: Mapping[str, Any]) -> None:
        """Take who dances and when frames are shown; without a delay at once.

        Raises ValueError where the hello does not say so.
        """
        try:
            names = tuple(str(performer["name"]) for performer in hello["performers"])
            delay = float(hello.get("delay", 0.0))
        except (KeyError, TypeError) as error:
            raise ValueError(f"hello: found no {error}, expected performers and delay") from None
        if names != self._names:
            self._names, self._rig = names, Rig(self._patch, names)
        self._delay = delay

    def lit(self, told: object) -> None:
        """Take what the lights are asked to do; raises ValueError for anything else."""
        self.state = LightState.from_json(told)

    def take(self, frame: Frame, now: float) -> None:
        """Play a frame that has come."""
        swapped = self._last.clock - SWAPPED < frame.clock <= self._last.clock
        if swapped or not _is_finite(frame):
            self.refused += 1
            return
        self.frames += 1
        self._heard, self._last = now, frame
        self._safe.heard(now)
        self.offset.arrived(frame.clock, now)
        due = frame.clock + self._delay - (self.offset.at(now) or 0.0)
        self.late += due < now
        self._show(frame, due if due - now < LATEST else now)

    def idle(self, now: float) -> None:
        """Do what is to be done without frames; called about thirty times a second."""
        self._safe.move(now)
        passed = now - self._heard
        if passed < SILENCE or not self._safe.shows:
            return
        last = self._last
        self._show(
            replace(
                last,
                index=last.index + round(passed * RATE),
                show_time=last.show_time + passed,
                clock=last.clock + passed,
            ),
            now,
        )

    def dark(self) -> Levels:
        """Give the levels of a blackout."""
        return self._rig.levels(self._last, replace(self.state, blackout=True))

    def _show(self, frame: Frame, due: float) -> None:
        levels = self._rig.levels(frame, self._safe.over(self.state, frame.show_time))
        black = self.state.blackout or bool(frame.flags & FrameFlag.BLACKOUT)
        if black and not self._black:
            self._lamps.put_at_once(levels)
        else:
            self._lamps.put(levels, due)
        self._black = black


def _nobody() -> Frame:
    """Give a frame without performers, before the first."""
    return Frame(
        index=0,
        show_time=0.0,
        clock=-np.inf,
        timecode=(0, 0, 0, 0),
        flags=FrameFlag.NONE,
        joints=np.zeros((0, 17, 3), np.float32),
        level=np.zeros(0, np.float32),
        color=np.zeros((0, 3), np.float32),
        state=np.zeros(0, np.uint8),
        age_ms=np.zeros(0, np.uint16),
    )


def _is_finite(frame: Frame) -> bool:
    arrays: Sequence[Any] = (frame.joints, frame.level, frame.color)
    times = np.isfinite((frame.show_time, frame.clock)).all()
    return bool(times and all(np.isfinite(array).all() for array in arrays))
