"""The understudy: an engine that stands by, dances along, and takes over.

It gets from the broker the frames of the engine that plays and the lines of its night, and
makes each frame itself, at the same show time, so that it is warm and can be compared. When
the broker says that the other has died (last will), or no frame has come for a while
though the broker is there, it claims to play, and plays as soon as the broker has confirmed.

The broker is the witness: without it an engine that stands by cannot tell a dead engine
from a cut cable, and waits. The clock goes on as the other engine's, by an offset measured
while it lived. Show time goes on from the last frame that was seen, a little faster until
it is where it would have been: receivers see no jump.
"""

from __future__ import annotations

import asyncio
import json
import logging
import math
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

from engine import checkpoint_message, wire
from engine.clock import Tick, Ticker
from engine.clock_offset import ClockOffset
from engine.frame import Frame
from engine.loop import Direct
from engine.score import Event
from engine.shifted_alarm import ShiftedAlarm
from engine.slot import Slot
from show.troupe.compared import ComparedStage
from show.troupe.night_log import Line
from show.troupe.presence import ENDED

if TYPE_CHECKING:
    from show.troupe.troupe import Troupe

log = logging.getLogger(__name__)

GRACE = 4.0
"""Seconds that it gets after the broker has been away, to find the broker again."""
LOOK = 0.03
"""Seconds between two looks at whether it is dead."""
CATCH_UP = 0.5
"""How much faster than time the dance goes until it is where it would have been."""
FARTHEST = 1.0
"""Seconds of show time that are caught up with; a longer gap is jumped."""
ASK_AGAIN = 1.0
FIRST_PINGS, PING_SECONDS, SELDOM = 8, 0.25, 2.0


class Understudy:
    """Follows the engine that plays, until it takes over.

    alarm: this engine's, brought to the other's clock. stage: what makes the frames. lines:
    called with new lines of the night. take_over: called with the last frame of the other
    engine, once this one plays. direct: gives show time and events from then on.
    patience: seconds without a frame after which the other is taken for dead. following:
    whether it still stands by. frame: the last one of the other engine.
    """

    def __init__(
        self,
        troupe: Troupe,
        alarm: ShiftedAlarm,
        stage: ComparedStage,
        *,
        lines: Callable[[Sequence[Line]], None],
        take_over: Callable[[Frame], Awaitable[None]],
        direct: Direct,
        patience: float,
    ) -> None:
        self.following = True
        self.frame: Frame | None = None
        self._troupe, self._alarm, self._own, self._stage = troupe, alarm, alarm.own, stage
        self._lines, self._take_over, self._direct = lines, take_over, direct
        self._patience = patience
        self._id = secrets.token_hex(6)
        self._offset = ClockOffset()
        self._newest: Slot[Frame] = Slot()
        self._events: list[Event] = []
        self._silent, self._looked = 0.0, -math.inf
        self._gone = ""
        self._asked = -math.inf
        self._away = -math.inf
        self._lag, self._since = 0.0, 0.0

    @property
    def leader(self) -> str:
        """Name of the engine that plays, as far as is known."""
        holds = self._troupe.claims.holds
        return "another engine" if holds is None else holds.name

    async def open(self) -> None:
        """Begin to follow."""
        topics = ("frame", "night", "checkpoint", f"pong/{self._id}")
        await self._troupe.follow(topics, self.hear)

    def hear(self, topic: str, payload: bytes) -> None:
        """Take what came at a topic; raises ValueError for what makes no sense."""
        if not self.following:
            return
        match topic.partition("/")[0]:
            case "frame":
                self._hear_frame(wire.unpack(payload))
            case "night":
                self._hear_night(payload)
            case "checkpoint":
                self._stage.offer(*checkpoint_message.unpack(payload))
            case "pong":
                told = json.loads(payload)
                self._offset.pong(float(told["t"]), self._own(), float(told["clock"]))

    def direct(self, clock: float) -> tuple[float, Sequence[Event]]:
        """Give the show time at a tick, and the events since the last one."""
        if self.following:
            assert self.frame is not None  # it made the tick
            events, self._events = self._events, []
            return self.frame.show_time, events
        show_time, given = self._direct(clock)
        lag = max(0.0, self._lag - CATCH_UP * (clock - self._since))
        return show_time - lag, [*self._drain(), *given]

    async def ticks(self, ticker: Ticker) -> AsyncIterator[Tick]:
        """Yield a tick for each frame of the other engine, then those of the ticker."""
        pings = asyncio.create_task(self._ping())
        try:
            while (frame := await self._next()) is not None:
                self.frame = self._stage.other = frame
                yield Tick(frame.clock, self._alarm.now())
                self._troupe.tell(differs=self._stage.differs)
        finally:
            pings.cancel()
        await self._go_on(ticker)
        async for tick in ticker:
            yield tick

    async def _next(self) -> Frame | None:
        """Give the newest frame of the other engine, None once this one plays."""
        while True:
            try:
                async with asyncio.timeout(LOOK):
                    frame = await self._newest.take()
                    if self._troupe.log.complete or self.frame is not None:
                        return frame
            except TimeoutError:
                pass
            now = self._own()
            # What passes while this process stands still itself is nobody's silence.
            self._silent += min(now - self._looked, 2 * LOOK)
            self._looked = now
            if not self._troupe.connected:
                self._away = now
            if not self._troupe.log.complete and now - self._asked > ASK_AGAIN:
                self._asked = now
                await self._troupe.ask()
            if self._dead(now):
                self._gone = self.leader
                if await self._troupe.take_over():
                    return None

    def _dead(self, now: float) -> bool:
        """Tell whether the engine that played has died, as far as the broker knows."""
        if self.frame is None or not self._troupe.connected:
            return False
        peer = self._troupe.peers.get(self.leader)
        if peer is not None and peer.role == ENDED:
            return False
        if now - self._away < GRACE:
            return False
        said = peer is not None and not peer.alive
        return self._silent > (LOOK if said else self._patience)

    async def _go_on(self, ticker: Ticker) -> None:
        """Play from where the other engine stopped."""
        assert self.frame is not None
        clock, frame, rate = self._alarm.now(), self.frame, 1.0 / ticker.interval
        gap = clock - frame.clock
        self._stage.other = None
        self.following = False
        ticker.start = frame.clock + math.ceil(gap * rate) / rate
        if gap < FARTHEST:
            self._lag, self._since = ticker.start - frame.clock - ticker.interval, ticker.start
        log.warning("%s is gone: this engine plays, %.2f s after its last frame", self._gone, gap)
        await self._take_over(frame)

    async def _ping(self) -> None:
        """Ask for the other engine's clock."""
        sent = 0
        while True:
            ping = json.dumps({"type": "ping", "t": self._own()})
            await self._troupe.say(f"ping/{self._id}", ping)
            sent += 1
            await asyncio.sleep(PING_SECONDS if sent < FIRST_PINGS else SELDOM)

    def _hear_frame(self, frame: Frame) -> None:
        now = self._own()
        self._silent, self._looked = 0.0, now
        self._offset.arrived(frame.clock, now)
        self._alarm.shift = self._offset.at(now) or 0.0
        self._newest.put(frame)

    def _hear_night(self, payload: bytes) -> None:
        new = self._troupe.log.take(payload)
        if new is None:
            self._asked = -math.inf
            return
        self._events += [Event(**line["event"]) for line in new if "event" in line]
        self._lines(new)

    def _drain(self) -> list[Event]:
        events, self._events = self._events, []
        return events
