"""The lights of a running show: what the cues ask of them, made into levels, and sent."""

from __future__ import annotations

import contextlib
import math
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace

from engine.errors import AddressError
from engine.frame import Frame
from engine.lights import message, parameter
from engine.lights.color import Emission
from engine.lights.lanes import LightLane, LightLanes
from engine.lights.levels import Levels
from engine.lights.outlet import Outlet, is_outlet, outlet
from engine.lights.parameter import Number
from engine.lights.patch import Patch
from engine.lights.plan import MASTER, PREFIX, LightPlan
from engine.lights.rig import Rig
from engine.lights.state import LightState
from engine.score import Event
from engine.sinks.lights import LightsSink
from engine.sinks.websocket import WebSocketSink
from show.refusal import RefusedError
from show.show_file import Show
from show.stage_manager import Range

ALL = "all"


class ShowLights:
    """The lights of one show.

    sink: makes the levels of each frame. door: gives them to pages. lanes: gives them to
    the outputs. projection: whether the audience is to see them there.
    """

    def __init__(
        self,
        show: Show,
        patch: Patch,
        outlets: Sequence[Outlet],
        *,
        now: Callable[[], float],
        black: Callable[[], bool],
        record: Callable[[Levels], None] = lambda levels: None,
    ) -> None:
        """Needs a running event loop. black: tells whether a blackout is on now."""
        self.plan = LightPlan(
            {cue.number: cue.lights for cue in show.cues},
            patch.looks,
            flashes=patch.flashes,
            pixels=len(patch.positions),
        )
        self.projection = patch.projection
        self.door = WebSocketSink(message.rig(patch), now)
        names = [performer.name for performer in show.performers]
        self._rig = Rig(patch, names)
        self.sink = LightsSink(self._rig, self._at, [self._send, self._show])
        self._lanes = LightLanes(outlets)
        self._delay = show.delay
        self._pixels, self._lengths = len(patch.positions), patch.lengths
        self._now, self._black, self._record = now, black, record
        self._given = self._blacked = LightState()
        self._last: Levels | None = None

    @property
    def lanes(self) -> list[LightLane]:
        """The outputs."""
        return self._lanes.lanes

    @property
    def state(self) -> LightState:
        """What the lights are asked to do by all that has happened."""
        return self._with_black(self.plan.at(math.inf))

    def hear(self, event: Event) -> None:
        """Take in an event of the show."""
        self.plan.apply(event)

    def resume(self, events: Sequence[Event]) -> None:
        """Take up what a show that stopped had heard."""
        for event in events:
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

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Send while the context lasts, and leave the stage dark."""
        async with self._lanes:
            try:
                yield
            finally:
                if self._last is not None:
                    await self._lanes.end(self._rig.dark(self._last))

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

    def _send(self, levels: Levels, black: bool) -> None:
        self._last = levels
        if black:
            self._lanes.put_at_once(levels)
        else:
            self._lanes.put(levels, levels.clock + self._delay)

    def _show(self, levels: Levels, _: bool) -> None:
        if self.door.clients:
            self.door.put(message.pack(levels, self._lengths))
        self._record(levels)


def outlets(urls: Sequence[str], show: Show) -> list[Outlet]:
    """Give the outlets of those URLs that are the lights'.

    Raises AddressError where one is wrong, or the show has no patch.
    """
    found = []
    for url in dict.fromkeys(urls):
        if is_outlet(url):
            if show.patch is None:
                raise AddressError(url, found="no patch.toml", expected="one beside show.toml")
            found.append(outlet(url, show.patch.lengths, show.title))
    return found


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
