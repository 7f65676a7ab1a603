"""The timecode monitor: what comes in, as the chase of a show would follow it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from show import curtain, timecode
from show.chase.chase import Chase
from show.chase.settings import TimecodeSettings
from show.chase.source import JITTER, Source, source

LOOK = 0.02
EVERY = 1.0
"""Seconds between two lines while nothing changes."""


async def monitor(settings: TimecodeSettings, duration: float | None) -> None:
    """Print where a timecode is, at each change and every second, until a signal ends it.

    Raises AddressError, in one line, where its source is not there.
    """
    chase = Chase(freewheel=settings.freewheel, after=settings.after, jitter=JITTER)
    found = source(settings, chase.read, now=time.monotonic)
    await found.open()
    print(f"{settings.source}: waiting for a timecode", flush=True)
    try:
        await curtain.play(_watch(chase, found, _print), duration)
    finally:
        await found.close()


async def _watch(chase: Chase, found: Source, say: Callable[[str], None]) -> None:
    told, before = 0.0, None
    while True:
        now = time.monotonic()
        position = chase.at(now)
        seen = (position.state, found.error, position.seconds if not position.speed else None)
        if seen != before or (position.speed and now - told >= EVERY):
            told, before = now, seen
            say(line(chase, found, now))
        await asyncio.sleep(LOOK)


def line(chase: Chase, found: Source, now: float) -> str:
    """Give what the monitor says of a moment."""
    position = chase.at(now)
    if found.error is not None:
        return f"{position.state}: {found.error}"
    if position.seconds is None:
        return f"{position.state}"
    where = timecode.text(found.rate.at(position.seconds))
    return f"{where}  {position.state}  {found.rate.name}  ×{position.speed:.3f}"


def _print(text: str) -> None:
    print(text, flush=True)
