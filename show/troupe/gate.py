"""The gate: frames go to this engine's own pages always, to its outputs only while it plays.

An engine that has stood still for a while, be it that the machine slept or the process was
stopped, may have been taken for dead. Before anything more goes out it asks the broker
whether it still plays.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from typing import TYPE_CHECKING

from engine.fanout import Fanout
from engine.frame import Frame
from show.troupe.compared import frame_hash

if TYPE_CHECKING:
    from show.troupe.troupe import Troupe

STALL = 0.25
"""Seconds between two frames, or since a frame was due, after which an engine is in doubt;
less than others wait."""


class Gate:
    """What the loop puts its frames into.

    pages, outputs: where they go. troupe: None where this engine is alone. now: the engine
    clock. every: of so many frames the troupe is told the hash of one. is_open: whether the
    outputs are there and this engine plays.
    """

    def __init__(
        self,
        pages: Fanout,
        outputs: Fanout,
        troupe: Troupe | None = None,
        *,
        now: Callable[[], float],
        every: int = 60,
    ) -> None:
        self.is_open = False
        self._pages, self._outputs, self._troupe = pages, outputs, troupe
        self._now, self._every = now, every
        self._last, self._told = math.nan, -1
        self._doubt: asyncio.Task[None] | None = None

    def put(self, frame: Frame, packed: bytes) -> None:
        """Give the frame to all who may have it."""
        self._pages.put(frame, packed)
        late = self._now() - frame.clock
        stalled, self._last = max(late, frame.clock - self._last) > STALL, frame.clock
        if self._troupe is not None:
            if frame.index % self._every == 0 and frame.index != self._told:
                self._told = frame.index  # it may come again, held while the next is danced to
                self._troupe.tell(frame=frame.index, hash=frame_hash(packed))
            if stalled and self.is_open and self._doubt is None:
                self._doubt = asyncio.create_task(self._ask(self._troupe))
        if self.is_open and self._doubt is None:
            self._outputs.put(frame, packed)

    async def _ask(self, troupe: Troupe) -> None:
        self.is_open = await troupe.still_mine()
        self._doubt = None
