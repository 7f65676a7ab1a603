"""The slot: one place between a producer and a consumer, where the newest wins."""

from __future__ import annotations

import asyncio
from typing import Generic, TypeVar

T = TypeVar("T")


class Slot(Generic[T]):
    """Holds at most one item, so that a slow consumer neither delays nor grows anything.

    missed: items that were replaced before they were taken.
    """

    def __init__(self) -> None:
        self.missed = 0
        self._item: T | None = None
        self._filled = asyncio.Event()

    def put(self, item: T) -> None:
        """Put an item in; one that still lies there is missed."""
        if self._item is not None:
            self.missed += 1
        self._item = item
        self._filled.set()

    async def take(self) -> T:
        """Wait for an item and take it out."""
        while self._item is None:
            self._filled.clear()
            await self._filled.wait()
        item, self._item = self._item, None
        return item
