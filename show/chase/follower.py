"""The follower: steers the show clock by a timecode from outside."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from engine.score import Event
from show import timecode
from show.chase import address
from show.chase.chase import JUMP, After, Chase, ChaseState
from show.chase.settings import TimecodeSettings
from show.show_clock import ShowClock

if TYPE_CHECKING:
    from show.chase.source import Source

log = logging.getLogger(__name__)

BACK = 0.2
"""Seconds that show time may be ahead of a timecode that runs forward, and wait for it."""
LOST = (ChaseState.FREEWHEELING, ChaseState.INTERNAL)


class Manager(Protocol):
    """What the follower needs of the stage manager."""

    clock: ShowClock

    def locate(self, show_time: float, by: str = "timecode") -> None:
        """Put the show where it would be at a show time."""
        ...

    def command(self, name: str, fields: Mapping[str, object], by: str = "") -> None:
        """Carry out a command."""
        ...

    def direct(self, clock: float) -> tuple[float, list[Event]]:
        """Give the show time at a tick, and the events since the last one."""
        ...


class Follower:
    """Lets a show follow a timecode, as its settings say.

    While the show is held by hand the timecode is not followed; then it is caught up with.
    changed: called when the chase has another state.
    """

    def __init__(
        self,
        settings: TimecodeSettings,
        chase: Chase,
        source: Source,
        manager: Manager,
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        self.chase, self.source = chase, source
        self._settings, self._manager, self._changed = settings, manager, changed
        self._state = ChaseState.STOPPED
        self._clock = -math.inf

    async def open(self) -> None:
        """Open the source; raises AddressError where it is not there."""
        await self.source.open()

    async def close(self) -> None:
        """Close the source; closing twice is harmless."""
        await self.source.close()

    def direct(self, clock: float) -> tuple[float, Sequence[Event]]:
        """Give the show time at a tick, and the events since the last one."""
        self.steer(clock)
        return self._manager.direct(clock)

    def steer(self, clock: float) -> None:
        """Bring the show clock to where the timecode is."""
        self._clock = clock
        position, steered = self.chase.at(clock), self._manager.clock
        self._note(position.state)
        if position.seconds is None:
            steered.steer(clock, steered.at(clock), 0.0)
            return
        speed = position.speed
        wanted = position.seconds + self._settings.latency * speed - self._settings.start
        if wanted < 0.0:
            wanted = speed = 0.0
        ahead = wanted - steered.at(clock)
        runs_on = speed >= 0.0 and -BACK <= ahead <= JUMP * max(1.0, speed)
        if not steered.held and ahead != 0.0 and not runs_on:
            self._manager.locate(wanted)
        steered.steer(clock, wanted, speed)

    def state(self) -> dict[str, Any]:
        """Give what the pages show."""
        position, rate = self.chase.at(self._clock), self.source.rate
        seconds = position.seconds
        return {
            "source": self._settings.source,
            "state": str(position.state),
            "timecode": None if seconds is None else timecode.text(rate.at(seconds)),
            "rate": rate.name,
            "speed": round(position.speed, 3),
            "freewheel": self._settings.freewheel,
            "after": str(self._settings.after),
            "error": self.source.error,
        }

    def faults(self) -> list[str]:
        """Give what is wrong with the timecode, in one line each."""
        source, settings = self._settings.source, self._settings
        faults = [] if self.source.error is None else [f"{source}: {self.source.error}"]
        if self._state in LOST:
            faults.append(f"{source}: the timecode is lost, {self._state}")
        if self.source.rate != settings.rate:
            found, expected = self.source.rate.name, settings.rate.name
            faults.append(f"{source}: found a timecode at {found}, expected {expected}")
        return faults

    def _note(self, state: ChaseState) -> None:
        before, self._state = self._state, state
        if state is before:
            return
        log.info("%s: %s", self._settings.source, state)
        lost = before is ChaseState.FREEWHEELING and state is ChaseState.STOPPED
        if lost and self.chase.after is After.STOP:
            self._manager.command("panic", {}, by="timecode lost")
        self._changed()


def follow(
    settings: TimecodeSettings,
    manager: Manager,
    *,
    now: Callable[[], float],
    changed: Callable[[], None],
) -> Follower | None:
    """Give the follower of a show's timecode, None where that is internal."""
    if settings.source == address.INTERNAL:
        return None
    from show.chase import source

    chase = Chase(freewheel=settings.freewheel, after=settings.after, jitter=source.JITTER)
    made = source.source(settings, chase.read, now=now, changed=changed)
    return Follower(settings, chase, made, manager, changed)
