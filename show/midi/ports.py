"""MIDI inputs by name: opened when they are there, and again when they come back.

Messages come in a thread of the driver. Each gets the engine clock there, at once, and is
handed to the event loop, in order.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from typing import Protocol

import mido

from show.device_name import matching
from show.midi.driver import InputDriver, PortError
from show.midi.messages import MessageParser

log = logging.getLogger(__name__)

LOOK = 0.25
"""Seconds between two looks at the ports: shorter than it takes to plug one in again."""
PAUSE = 5.0
"""Seconds to wait where there is no MIDI at all."""
Handle = Callable[[float, mido.Message], None]
"""Takes the engine clock and a message."""


class Driver(Protocol):
    """What a MIDI input needs of the driver: show.midi.driver.InputDriver."""

    def names(self) -> list[str]:
        """Give the names of the ports there are."""
        ...

    def open(self, name: str, receive: Callable[[list[int]], None]) -> None:
        """Open a port."""
        ...

    def close(self) -> None:
        """Close the port."""
        ...

    def end(self) -> None:
        """Free everything."""
        ...


class MidiInput:
    """One input. pattern: of its name; an empty one is a port of our own for others to open.

    port: name of the port that is open, None while it is away. error: why it is away.
    heard: messages that came.
    """

    def __init__(
        self,
        pattern: str,
        handle: Handle,
        *,
        now: Callable[[], float],
        changed: Callable[[], None] = lambda: None,
        api: str = "",
        make: Callable[[str], Driver] = InputDriver,
    ) -> None:
        self.pattern = pattern
        self.port: str | None = None
        self.error: str | None = None
        self.heard = 0
        self._handle, self._now, self._changed = handle, now, changed
        self._make, self._api = make, api
        self._parser = MessageParser()
        self._driver: Driver | None = None
        self._task: asyncio.Task[None] | None = None
        self._opened = False
        self._closed = True

    async def open(self) -> None:
        """Open the port if it is there, and look after it from now on."""
        self._loop = asyncio.get_running_loop()
        self._closed = False
        await self._look()
        self._task = asyncio.create_task(self._watch(), name=f"midi {self.pattern}")

    async def close(self) -> None:
        """Close the port; closing twice is harmless."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None
        self._closed, self._opened, self.port = True, False, None
        if self._driver is not None:
            driver, self._driver = self._driver, None
            await asyncio.to_thread(driver.end)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(PAUSE if self._driver is None else LOOK)
            await self._look()

    async def _look(self) -> None:
        """See whether the port has gone or come."""
        before = (self.port, self.error)
        try:
            await asyncio.to_thread(self._find)
        except PortError as error:
            self.port, self.error = None, str(error)
        if (self.port, self.error) != before:
            if self.error is not None:
                log.warning("midi %r: %s", self.pattern, self.error)
            else:
                log.info("midi %r: %s is here", self.pattern, self.port or "a port of our own")
            self._changed()

    def _find(self) -> None:
        if self._driver is None:
            self._driver = self._make(self._api)
        names = self._driver.names()
        if self._opened and (not self.pattern or self.port in names):
            return
        if self._opened:
            self._opened = False
            self._driver.close()
        found = matching(self.pattern, names) if self.pattern else ""
        if found is None:
            listed = ", ".join(map(repr, names)) or "none at all"
            raise PortError(f"no such MIDI input, there are {listed}")
        self._parser = MessageParser()
        self._driver.open(found, self._receive)
        self._opened, self.port, self.error = True, found, None

    def _receive(self, data: list[int]) -> None:
        """Take bytes in a thread of the driver."""
        clock = self._now()
        for message in self._parser.feed(data):
            with contextlib.suppress(RuntimeError):  # the loop has just been closed
                self._loop.call_soon_threadsafe(self._take, clock, message)

    def _take(self, clock: float, message: mido.Message) -> None:
        if not self._closed:
            self.heard += 1
            self._handle(clock, message)
