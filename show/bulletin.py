"""The bulletin: the state of the show, to all who want it, at each change and every second."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Iterable

from engine.slot import Slot
from show.desk import Desk

SECONDS = 1.0
SHORTEST = 0.02
"""Seconds between two, however much changes: old clients set an LED a hundred times a frame."""


class Bulletin:
    """Puts the desk's state, as JSON, into a slot for each reader."""

    def __init__(self, desk: Desk, readers: Iterable[Slot[str]] = ()) -> None:
        self._desk = desk
        self._readers = list(readers)

    def subscribe(self) -> Slot[str]:
        """Give a slot that holds the state now, and gets each new one."""
        slot: Slot[str] = Slot()
        slot.put(json.dumps(self._desk.state()))
        self._readers.append(slot)
        return slot

    def forget(self, slot: Slot[str]) -> None:
        """Put no more into a slot."""
        self._readers.remove(slot)

    async def run(self) -> None:
        """Tell until cancelled."""
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(SECONDS):
                    await self._desk.changed.wait()
            self._desk.changed.clear()
            if self._readers:
                state = json.dumps(self._desk.state())
                for slot in self._readers:
                    slot.put(state)
            await asyncio.sleep(SHORTEST)
