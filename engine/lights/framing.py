"""Framings: how levels become bytes on a serial line, one for each protocol.

======== ========= =====================================================================
protocol baud      bytes of a picture, in hexadecimal
======== ========= =====================================================================
enttec   57600     7E 06 <length, low high> 00 <24 to 512 slots> E7   (DMX USB Pro API)
dmx4all  38400     FF <first, low high> <count> <slots>, or E2/E3 <channel> <value>
adalight 115200    "Ada" <count-1, high low> <high ^ low ^ 55> <RGB …>
tpm2     115200    C9 DA <size, high low> <RGB …> 36
======== ========= =====================================================================

An Enttec's baud rate means nothing (its port is USB alone), the others' is the line's. A
DMX4ALL interface holds what it was sent, so only what has changed is sent again, in blocks
that neither exceed 255 slots nor cross channel 256; it answers every block with "G". Its
channels count from 0.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.errors import AddressError
from engine.lights import pixels
from engine.lights.driver import Route
from engine.lights.levels import Levels

Frame = Callable[[Levels], bytes]
"""Give the bytes of a picture."""
LEAST_SLOTS = 24
LONGEST_BLOCK = 255
GAP = 4
"""Unchanged slots that cost no more to send along than the header of another block."""
DMX_SLOT = 44e-6
"""Seconds of a slot of DMX512, eleven bits at 250 kbit/s."""
REFRESH = 50
"""Pictures after which a DMX4ALL is told everything again, lest a lost byte stays."""


@dataclass(frozen=True, slots=True)
class Framing:
    """A protocol. baud: what the line runs at where the URL says nothing else.

    make: gives a fresh framing for the routes of an output; raises AddressError. slot:
    seconds that a byte takes behind the device, 0 where the line itself is the bottleneck.
    """

    baud: int
    make: Callable[[str, Sequence[Route]], Frame]
    slot: float = 0.0

    def seconds(self, baud: int, size: int) -> float:
        """Give the least time that `size` bytes take: a byte is ten bits on a line."""
        return size * (self.slot or 10 / baud)


def enttec(url: str, routes: Sequence[Route]) -> Frame:
    """Frame one universe for an Enttec DMX USB Pro and what speaks like it."""
    route = _one(url, routes)
    count = max(LEAST_SLOTS, route.length)
    head = struct.pack("<BBHB", 0x7E, 6, count + 1, 0)

    def frame(levels: Levels) -> bytes:
        return head + levels.data[route.row, :count].tobytes() + b"\xe7"

    return frame


def adalight(url: str, routes: Sequence[Route]) -> Frame:
    """Frame a strip for Adalight."""
    pixels.check(url, routes, 3, 65536)
    count = sum(route.length for route in routes) // 3
    high, low = divmod(count - 1, 256)
    head = b"Ada" + bytes((high, low, high ^ low ^ 0x55))
    return lambda levels: head + pixels.strip(levels, routes)


def tpm2(url: str, routes: Sequence[Route]) -> Frame:
    """Frame a strip for TPM2."""
    pixels.check(url, routes, 3, 65535 // 3)
    head = b"\xc9\xda" + struct.pack(">H", sum(route.length for route in routes))
    return lambda levels: head + pixels.strip(levels, routes) + b"\x36"


def dmx4all_blocks(url: str, routes: Sequence[Route]) -> Frame:
    """Frame what has changed in one universe as DMX4ALL's block transfers."""

    def lay_out(slots: NDArray[np.uint8], changed: NDArray[np.bool_]) -> bytes:
        return b"".join(
            struct.pack("<BHB", 0xFF, first, last - first) + slots[first:last].tobytes()
            for first, last in _blocks(changed)
        )

    return _changes(_one(url, routes), lay_out)


def dmx4all_channels(url: str, routes: Sequence[Route]) -> Frame:
    """Frame what has changed in one universe channel by channel, for DMX4ALLs without blocks."""

    def lay_out(slots: NDArray[np.uint8], changed: NDArray[np.bool_]) -> bytes:
        at = np.flatnonzero(changed)
        return np.stack([0xE2 + (at >> 8), at & 0xFF, slots[at]], 1).astype(np.uint8).tobytes()

    return _changes(_one(url, routes), lay_out)


def _changes(
    route: Route, lay_out: Callable[[NDArray[np.uint8], NDArray[np.bool_]], bytes]
) -> Frame:
    before = np.zeros(route.length, np.uint8)
    pictures = 0

    def frame(levels: Levels) -> bytes:
        nonlocal pictures
        slots = levels.data[route.row, : route.length]
        changed = slots != before if pictures % REFRESH else np.ones(route.length, np.bool_)
        pictures += 1
        before[:] = slots
        return lay_out(slots, changed)

    return frame


def _blocks(changed: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    """Yield first and last + 1 of the blocks that hold every changed slot."""
    first = last = -1
    for at in np.flatnonzero(changed).tolist():
        near = first >= 0 and at - last <= GAP and at - first < LONGEST_BLOCK
        if near and at >> 8 == first >> 8:
            last = at
            continue
        if first >= 0:
            yield first, last + 1
        first = last = at
    if first >= 0:
        yield first, last + 1


def _one(url: str, routes: Sequence[Route]) -> Route:
    if len(routes) == 1:
        return routes[0]
    found = ", ".join(str(route.universe) for route in routes)
    raise AddressError(
        url, found=f"universes {found}", expected=f"one: universes={routes[0].universe}"
    )


FRAMINGS = {
    "enttec": Framing(57600, enttec, DMX_SLOT),
    "dmx4all": Framing(38400, dmx4all_blocks),
    "dmx4all-channels": Framing(38400, dmx4all_channels),
    "adalight": Framing(115200, adalight),
    "tpm2": Framing(115200, tpm2),
}
