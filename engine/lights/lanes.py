"""The lanes of the lights: every output by itself, at its own moments.

Levels are made once and put to all. Each output shows them at the moment they are due,
later by its own delay, and has its own schedule, timer, slot and task: one that fails or is
slow is noted, tried again, and never slows another.
"""

from __future__ import annotations

import asyncio
import math
import random
from collections.abc import Awaitable, Callable, Sequence

from engine.clock import Alarm, open_alarm
from engine.fanout import Lane
from engine.lights.levels import Levels
from engine.lights.outlet import Outlet
from engine.lights.schedule import Schedule
from engine.receiver_report import Health

LAST_LOOK = 0.02
"""Seconds that the last levels get to go out when the lights end."""


class LightLane(Lane[Levels]):
    """An output of the lights. delay: seconds after the others that it shows the same."""

    def __init__(
        self,
        outlet: Outlet,
        delay: float,
        alarm: Alarm,
        pause: Callable[[float], Awaitable[None]],
        jitter: Callable[[], float],
    ) -> None:
        super().__init__(outlet.driver, outlet.driver.send, pause, jitter)
        self.outlet, self.delay = outlet, delay
        self._schedule = Schedule(outlet.driver.keep_alive, outlet.rate)
        self._alarm = alarm
        self._wanted = -math.inf

    @property
    def missed(self) -> int:
        """Levels that did not reach the receiver."""
        return super().missed + self._schedule.dropped + self.outlet.driver.status().dropped

    def health(self) -> Health:
        """Tell how the output is, and what a person may want to know of its device."""
        detail = self.outlet.driver.status().detail
        return Health(self.sink.url, self.sent, self.missed, self.error, detail)

    def put(self, levels: Levels, due: float) -> None:
        """Show levels at an own clock, plus this output's delay."""
        self._schedule.put(levels, due + self.delay)
        self._hurry()

    def put_at_once(self, levels: Levels) -> None:
        """Show levels now, instead of all that waits."""
        self._schedule.put_at_once(levels)
        self._hurry()

    async def play(self) -> None:
        """Give levels to the driver's slot when they are due, until cancelled."""
        while True:
            self._wanted = self._schedule.next()
            if self._wanted > self._alarm.now():
                await self._alarm.until(self._wanted)
            levels = self._schedule.take(self._alarm.now())
            if levels is not None:
                self.slot.put(levels)

    def _hurry(self) -> None:
        if self._schedule.next() < self._wanted:
            self._alarm.wake()

    def close(self) -> None:
        """Free the timer."""
        self._alarm.close()


class LightLanes:
    """All outputs of the lights, as an async context.

    A delay may be negative against the others: then all are shown later by as much.
    """

    def __init__(
        self,
        outlets: Sequence[Outlet],
        *,
        alarm: Callable[[], Alarm] = open_alarm,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        """Needs a running event loop."""
        first = min((outlet.delay for outlet in outlets), default=0.0)
        earliest = min(first, 0.0)
        self.lanes = [
            LightLane(outlet, outlet.delay - earliest, alarm(), pause, jitter) for outlet in outlets
        ]
        self._tasks: list[asyncio.Task[None]] = []

    def put(self, levels: Levels, due: float) -> None:
        """Show levels at an own clock, on every output plus its delay."""
        for lane in self.lanes:
            lane.put(levels, due)

    def put_at_once(self, levels: Levels) -> None:
        """Show levels now on every output: a blackout does not wait."""
        for lane in self.lanes:
            lane.put_at_once(levels)

    async def end(self, levels: Levels) -> None:
        """Show the last levels, but for outputs that are to stay as they are."""
        for lane in self.lanes:
            if not lane.outlet.stays:
                lane.put_at_once(levels)
        await asyncio.sleep(LAST_LOOK)

    async def __aenter__(self) -> LightLanes:
        for lane in self.lanes:
            self._tasks.append(asyncio.create_task(lane.run(), name=f"lights {lane.sink.url}"))
            self._tasks.append(asyncio.create_task(lane.play(), name=f"play {lane.sink.url}"))
        return self

    async def __aexit__(self, *_: object) -> None:
        for lane, run, play in zip(self.lanes, self._tasks[::2], self._tasks[1::2], strict=True):
            play.cancel()
            lane.stop(run)
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for lane in self.lanes:
            lane.close()
