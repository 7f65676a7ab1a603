"""The loop: tick, show time, frame, bytes, fan-out."""

from __future__ import annotations

import asyncio
import logging
import time
import traceback
from bisect import bisect_left
from collections import deque
from collections.abc import AsyncIterable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from engine import wire
from engine.clock import Tick
from engine.frame import Frame, FrameFlag
from engine.score import Event

log = logging.getLogger(__name__)

BUCKETS = (0.0005, 0.001, 0.002, 0.004, 0.008, 0.016, 0.033, 0.066)
"""Upper bounds in seconds of the histogram of tick costs."""
INLINE_SHARE = 0.25
"""Part of a frame's interval that a frame may cost, at p99, and still be made inline."""
WORK_SHARE = 0.4
"""Part of a frame's interval that dancing on to it may take; the rest waits for the next tick."""
PREPARE_SHARE = 0.2
"""Part of a frame's interval that, frame included, may go into what may come later."""
RECENT = 300
"""Frames whose cost decides where the next ones are made."""


class Stage(Protocol):
    """What the loop plays: engine.performance.Performance."""

    def apply(self, event: Event) -> None:
        """Take an event of any show time."""
        ...

    def approach(self, show_time: float) -> bool:
        """Do a little of what the frame needs; tell whether nothing is left."""
        ...

    def prepare(self) -> bool:
        """Do a little of what may be needed later; tell whether nothing is left."""
        ...

    def at(self, show_time: float, clock: float = 0.0) -> Frame:
        """Give the frame of a show time."""
        ...


class Receiver(Protocol):
    """Who gets the frames: engine.fanout.Fanout."""

    def put(self, frame: Frame, packed: bytes) -> None:
        """Take a frame, without waiting; packed: the wire's bytes."""
        ...


Direct = Callable[[float], tuple[float, Sequence[Event]]]
"""Give the show time at an engine clock, and the events that came since the last call."""


@dataclass(frozen=True, slots=True)
class Summary:
    """A run in numbers: ticks, those that held the last frame, seconds a tick cost.

    faults: held because no frame could be made. waits: held until it was danced.
    """

    ticks: int
    faults: int
    waits: int
    p50: float
    p99: float


class Loop:
    """Plays a stage into a fan-out, one frame a tick.

    Frames are made inline while that is quick, else in one worker thread. When no frame
    can be made the last one is sent again, marked held; so it is while a far show time is
    being danced to, a portion a tick. waiting: whether that is so now.
    """

    def __init__(self, stage: Stage, direct: Direct, fanout: Receiver, rate: float) -> None:
        self.ticks = 0
        self.faults: list[str] = []
        self.last_tick = -np.inf
        self.last_frame: Frame | None = None
        self.buckets = [0] * (len(BUCKETS) + 1)
        self.seconds = 0.0
        self.waiting = False
        self._faulty_ticks = self._waiting_ticks = 0
        self._causes: set[tuple[str, str, int | None]] = set()
        self._stage, self._direct, self._fanout, self._rate = stage, direct, fanout, rate
        self._events: deque[Event] = deque()
        self._costs: deque[float] = deque(maxlen=4096)
        self._making: deque[float] = deque(maxlen=RECENT)
        self._worker: ThreadPoolExecutor | None = None

    async def run(self, ticks: AsyncIterable[Tick]) -> None:
        """Play until the ticks end or the task is cancelled."""
        try:
            async for tick in ticks:
                began = time.perf_counter()
                frame = await self._frame(tick.asked)
                if frame is not None:
                    self._fanout.put(frame, wire.pack(frame))
                    self.last_frame = frame
                self.last_tick = tick.actual
                self._count(time.perf_counter() - began)
        finally:
            if self._worker is not None:
                self._worker.shutdown(wait=False)

    def summary(self) -> Summary:
        """Give the run in numbers; the costs are those of the last 4,096 ticks."""
        p50, p99 = np.percentile(self._costs, (50, 99)) if self._costs else (0.0, 0.0)
        faults, waits = self._faulty_ticks, self._waiting_ticks
        return Summary(self.ticks, faults, waits, float(p50), float(p99))

    async def _frame(self, clock: float) -> Frame | None:
        show_time, events = self._direct(clock)
        self._events.extend(events)
        try:
            if self._worker is None:
                frame = self._make(show_time, clock)
            else:
                loop = asyncio.get_running_loop()
                frame = await loop.run_in_executor(self._worker, self._make, show_time, clock)
            self.waiting = frame is None
            self._waiting_ticks += self.waiting
        except Exception as error:  # noqa: BLE001  a fault never stops the dance
            self._note(error)
            frame = None
        if frame is not None or self.last_frame is None:
            return frame
        flags = self.last_frame.flags | FrameFlag.HELD
        return replace(self.last_frame, flags=flags, clock=clock)

    def _make(self, show_time: float, clock: float) -> Frame | None:
        """Give the frame, None where there is more to dance until then than a tick has time.

        Counted is what this thread works, not what others on a busy machine take.
        """
        began, worked = time.perf_counter(), time.thread_time()
        while self._events:  # one that is refused does not take the others with it
            self._stage.apply(self._events.popleft())
        while not self._stage.approach(show_time):
            if (time.thread_time() - worked) * self._rate > WORK_SHARE:
                return None
        frame = self._stage.at(show_time, clock)
        self._making.append(time.perf_counter() - began)
        while (time.thread_time() - worked) * self._rate < PREPARE_SHARE:
            if self._stage.prepare():
                break
        return frame

    def _note(self, error: Exception) -> None:
        self._faulty_ticks += 1
        place = traceback.extract_tb(error.__traceback__)[-1]
        cause = (type(error).__name__, place.filename, place.lineno)
        if cause not in self._causes:
            self._causes.add(cause)
            self.faults.append(f"no new frame: {type(error).__name__}: {error}")
            log.error("no new frame, the last one is held: %r", error, exc_info=error)

    def _count(self, cost: float) -> None:
        self.ticks += 1
        self.seconds += cost
        self.buckets[bisect_left(BUCKETS, cost)] += 1
        self._costs.append(cost)
        if self._worker is None and len(self._making) == RECENT and self.ticks % RECENT == 0:
            p99 = float(np.percentile(self._making, 99))
            if p99 > INLINE_SHARE / self._rate:
                log.info("a frame takes %.1f ms at p99: made in a thread from now on", p99 * 1e3)
                self._worker = ThreadPoolExecutor(1, "frames")
