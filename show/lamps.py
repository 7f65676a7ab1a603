"""Where the levels of a show or a replay go: to the outputs, to pages, into a recording."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from engine.errors import AddressError
from engine.lights import message
from engine.lights.lanes import LightLane, LightLanes
from engine.lights.levels import Levels
from engine.lights.outlet import Outlet, is_outlet, outlet
from engine.sinks.websocket import WebSocketSink


def dark(levels: Levels) -> Levels:
    """Give levels with every channel at 0."""
    return replace(levels, data=np.zeros_like(levels.data))


class Lamps:
    """The lamps of one rig.

    door: gives the levels to pages. projection: whether the audience is to see them there.
    """

    def __init__(
        self,
        rig: Mapping[str, Any],
        outlets: Sequence[Outlet],
        *,
        now: Callable[[], float],
        delay: float,
        dark: Callable[[Levels], Levels] = dark,
        record: Callable[[bytes, float], None] | None = None,
    ) -> None:
        """Needs a running event loop.

        rig: engine.lights.message.rig(). delay: seconds from a frame to its showing. dark:
        gives the levels that are left behind. record: called with a message and its clock.
        """
        self.door = WebSocketSink(rig, now)
        self.projection = bool(rig["projection"])
        self._lanes = LightLanes(outlets)
        self._lengths = message.lengths(rig)
        self._delay, self._dark, self._record = delay, dark, record
        self._last: Levels | None = None

    @property
    def lanes(self) -> list[LightLane]:
        """The outputs."""
        return self._lanes.lanes

    def put(self, levels: Levels, black: bool) -> None:
        """Show levels when their frame is shown; a blackout at once."""
        self._last = levels
        if black:
            self._lanes.put_at_once(levels)
        else:
            self._lanes.put(levels, levels.clock + self._delay)
        if self.door.clients or self._record is not None:
            packed = message.pack(levels, self._lengths)
            self.door.put(packed)
            if self._record is not None:
                self._record(packed, levels.clock)

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Send while the context lasts, and leave the stage dark."""
        async with self._lanes:
            try:
                yield
            finally:
                if self._last is not None:
                    await self._lanes.end(self._dark(self._last))


def outlets(
    urls: Sequence[str], lengths: Mapping[int, int] | None, production: str
) -> list[Outlet]:
    """Give the outlets of those URLs that are the lights'.

    lengths: used channels of each universe, None where there are no lights. Raises
    AddressError where a URL is wrong, or there is nothing to send to it.
    """
    found = []
    for url in dict.fromkeys(urls):
        if is_outlet(url):
            if lengths is None:
                raise AddressError(url, found="no lights", expected="a patch.toml by show.toml")
            found.append(outlet(url, lengths, production))
    return found
