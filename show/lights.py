"""The lights of a running show: what the cues ask of them, made into levels."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

from engine.frame import Frame
from engine.lights import message, parameter
from engine.lights.color import Emission
from engine.lights.outlet import Outlet
from engine.lights.parameter import Number
from engine.lights.patch import Patch
from engine.lights.plan import MASTER, PREFIX, LightPlan
from engine.lights.rig import Rig
from engine.lights.state import LightState
from engine.score import Event
from engine.sinks.lights import LightsSink
from show.lamps import Lamps
from show.refusal import RefusedError
from show.show_file import Show
from show.stage_manager import Range

ALL = "all"


class ShowLights:
    """The lights of one show. sink: makes the levels of each frame, for the lamps."""

    def __init__(
        self,
        show: Show,
        patch: Patch,
        outlets: Sequence[Outlet],
        *,
        now: Callable[[], float],
        black: Callable[[], bool],
        record: Callable[[bytes, float], None] | None = None,
    ) -> None:
        """Needs a running event loop.

        black: tells whether a blackout is on now. record: keeps levels, as a message.
        """
        self._pixels = len(patch.positions)
        self.plan = LightPlan(
            {cue.number: cue.lights for cue in show.cues},
            patch.looks,
            flashes=patch.flashes,
            pixels=self._pixels,
        )
        rig = Rig(patch, [performer.name for performer in show.performers])
        self.lamps = Lamps(
            message.rig(patch), outlets, now=now, delay=show.delay, dark=rig.dark, record=record
        )
        self.sink = LightsSink(rig, self._at, [self.lamps.put])
        self._now, self._black = now, black
        self._given = self._blacked = LightState()

    @property
    def state(self) -> LightState:
        """What the lights are asked to do by all that has happened."""
        return self._with_black(self.plan.at(math.inf))

    def hear(self, event: Event) -> None:
        """Take in an event of the show."""
        self.plan.apply(event)

    def touch(self, led: str, color: Emission | None, seconds: float) -> None:
        """Lay a hand on an LED, counted from 1, or "all"; None lets go.

        Raises RefusedError where there is no such LED.
        """
        first, last = 1, self._pixels
        if led != ALL:
            number = int(led) if led.isascii() and led.isdigit() and len(led) < 9 else 0
            if not first <= number <= last:
                expected = f'1 to {last}, or "{ALL}"'
                raise RefusedError("LED", found=repr(led)[:40], expected=expected)
            first = last = number
        self.plan.touch(first, last, color, seconds, self._now())

    def _at(self, frame: Frame) -> LightState:
        return self._with_black(self.plan.at(frame.show_time))

    def _with_black(self, state: LightState) -> LightState:
        """Give the state with the blackout that is on now, whatever the frame's show time."""
        black = self._black()
        if state.blackout == black:
            return state
        if self._given is not state:
            self._given, self._blacked = state, replace(state, blackout=black)
        return self._blacked


def controls(patch: Patch | None) -> dict[str, Range]:
    """Give the controls of the lights: the grand master, and each number of each look."""
    if patch is None:
        return {}
    numbers = {
        f"{PREFIX}{name}/{key}": Range(known.low, known.high)
        for name, look in patch.looks.items()
        for key, known in parameter.of(look).items()
        if isinstance(known, Number)
    }
    return {MASTER: Range(0.0, 1.0), **numbers}
