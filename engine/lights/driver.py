"""The driver: what sends levels by one protocol to one place.

A driver knows bytes and a socket or a device, and nothing of time: when to send, what to
repeat and what to do after a failure is decided by the lane it works in.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from engine.lights.levels import Levels


@dataclass(frozen=True, slots=True)
class Route:
    """One universe on its way out.

    row: its place in Levels.data. universe: its number in the patch. number: what the
    protocol calls it. length: how many of its channels the patch uses, from the first on.
    """

    row: int
    universe: int
    number: int
    length: int


@dataclass(frozen=True, slots=True)
class Status:
    """How a driver is. dropped: pictures its device was too slow for. detail: for people."""

    dropped: int = 0
    detail: str = ""


class Driver(Protocol):
    """Sends levels. `open` and `send` may raise; the lane then closes, waits and opens again.

    url: the output's URL. keep_alive: seconds after which the last levels must be sent
    again lest the receiver gives up.
    """

    url: str
    keep_alive: float

    async def open(self) -> None:
        """Make ready to send; raises OSError or AddressError where that cannot be."""
        ...

    async def send(self, levels: Levels) -> None:
        """Send, without waiting for a slow device; raises OSError where it is gone."""
        ...

    async def close(self) -> None:
        """Say goodbye as the protocol knows it; closing twice is harmless."""
        ...

    def status(self) -> Status:
        """Tell how it is."""
        ...
