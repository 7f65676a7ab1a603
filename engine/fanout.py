"""The fan-out: every frame to every sink, one task and one newest-wins slot for each."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, Protocol, TypeVar

from engine.frame import Frame
from engine.receiver_report import Health
from engine.slot import Slot

log = logging.getLogger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 1.5
"""Seconds: what restarts, a broker or a node, gets frames again within two."""
CLOSING_TIME = 1.0
"""Seconds that a sink gets to close when the show ends."""
T = TypeVar("T")


class Output(Protocol):
    """What a lane keeps open. Any method may raise; the lane backs off and opens it again."""

    url: str

    async def open(self) -> None:
        """Make ready to send."""
        ...

    async def close(self) -> None:
        """Free what the output holds; closing twice is harmless."""
        ...


class Sink(Output, Protocol):
    """Where frames go."""

    async def send(self, frame: Frame, packed: bytes) -> None:
        """Send a frame; packed is the same frame as the wire's bytes."""
        ...


class Lane(Generic[T]):
    """One output with its slot and its counters.

    sent, missed: items that reached the output, and that did not. error: why the output
    is away, None while it works. send: gives the output an item; may raise.
    """

    def __init__(
        self,
        sink: Output,
        send: Callable[[T], Awaitable[None]],
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self.sink = sink
        self.sent = 0
        self.error: str | None = None
        self.slot: Slot[T] = Slot()
        self._failed = 0
        self._lost = 0
        self._stopped = False
        self._give, self._pause, self._jitter = send, pause, jitter

    @property
    def missed(self) -> int:
        """Items that did not reach the output."""
        return self.slot.missed + self._lost

    def health(self) -> Health:
        """Tell how the output is."""
        return Health(self.sink.url, self.sent, self.missed, self.error)

    async def run(self) -> None:
        """Send until stopped; what the sink raises is logged once and tried again."""
        while not self._stopped:
            try:
                await self._send_all()
            except Exception as error:  # noqa: BLE001  a sink never stops the show
                self._note(error)
                wait = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(self._failed - 1, 8))
                await self._pause(wait * (0.5 + 0.5 * self._jitter()))

    def stop(self, task: asyncio.Task[None]) -> None:
        """End `run`, which is `task`; the sink is closed."""
        self._stopped = True
        task.cancel()

    async def _send_all(self) -> None:
        try:
            await self.sink.open()
            while True:
                await self._send(await self.slot.take())
        finally:
            async with asyncio.timeout(CLOSING_TIME):
                await self.sink.close()

    async def _send(self, item: T) -> None:
        self._lost += 1
        await self._give(item)
        self._lost -= 1
        self.sent += 1
        if self._failed:
            log.info("%s: back after %d attempts", self.sink.url, self._failed)
            self._failed, self.error = 0, None

    def _note(self, error: Exception) -> None:
        self._failed += 1
        self.error = str(error) or type(error).__name__
        if self._failed == 1:
            log.warning("%s: %s; trying again until it is back", self.sink.url, self.error)


class Fanout:
    """All sinks of a show. `put` never waits; a dead sink never slows another."""

    def __init__(
        self,
        sinks: Sequence[Sink] = (),
        *,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self.lanes = [Lane(sink, _sending(sink), pause, jitter) for sink in sinks]
        self._tasks: list[asyncio.Task[None]] = []

    def put(self, frame: Frame, packed: bytes) -> None:
        """Give the frame to every sink's slot."""
        for lane in self.lanes:
            lane.slot.put((frame, packed))

    async def __aenter__(self) -> Fanout:
        self._tasks = [
            asyncio.create_task(lane.run(), name=f"sink {lane.sink.url}") for lane in self.lanes
        ]
        return self

    async def __aexit__(self, *_: object) -> None:
        for lane, task in zip(self.lanes, self._tasks, strict=True):
            lane.stop(task)
        await asyncio.gather(*self._tasks, return_exceptions=True)


def _sending(sink: Sink) -> Callable[[tuple[Frame, bytes]], Awaitable[None]]:
    return lambda item: sink.send(*item)
