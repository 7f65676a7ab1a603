"""DDP, Distributed Display Protocol: a strip of pixels over UDP, port 4048 (WLED, Falcon).

Source: 3waylabs, Distributed Display Protocol. A header of 10 bytes: flags (version 1 in
the two highest bits, push in the lowest), sequence 1 to 15, data type, destination, offset
of the data in bytes (32 bits) and its length (16 bits), high bytes first. The last packet
of a picture carries the push flag: then it is shown.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

from engine.lights import pixels
from engine.lights.driver import Route, Status
from engine.lights.levels import Levels
from engine.lights.udp import UdpSender

PORT = 4048
KEEP_ALIVE = 1.0
"""Seconds; WLED goes back to its own effect 2.5 s after the last packet."""
HEADER = struct.Struct(">BBBBIH")
VERSION, PUSH = 0x40, 0x01
MOST = 1440
"""Bytes of a packet: whole pixels of 3 or 4, and Ethernet takes it in one piece."""
TYPES = {"rgb": 0x0B, "rgbw": 0x1B}
"""Eight bits for each of three or four elements."""


class DdpDriver:
    """Sends the routes as one strip. pixel: "rgb" or "rgbw". destination: 1 is the display."""

    keep_alive = KEEP_ALIVE

    def __init__(
        self,
        url: str,
        sender: UdpSender,
        routes: Sequence[Route],
        *,
        pixel: str = "rgb",
        destination: int = 1,
    ) -> None:
        """Raises AddressError where a universe holds no whole pixels."""
        pixels.check(url, routes, len(pixel), 2**32 // len(pixel))
        self.url = url
        self._sender, self._routes = sender, routes
        self._type, self._destination = TYPES[pixel], destination
        self._sequence = 0

    async def open(self) -> None:
        """Open the socket."""
        await self._sender.open()

    async def send(self, levels: Levels) -> None:
        """Send a picture; its last packet shows it."""
        data = pixels.strip(levels, self._routes)
        for offset in range(0, len(data), MOST):
            part = data[offset : offset + MOST]
            self._sequence = self._sequence % 15 + 1
            flags = VERSION | (PUSH if offset + MOST >= len(data) else 0)
            header = HEADER.pack(
                flags, self._sequence, self._type, self._destination, offset, len(part)
            )
            self._sender.send(header + part)

    async def close(self) -> None:
        """Close the socket; DDP knows no goodbye."""
        self._sender.close()

    def status(self) -> Status:
        """Tell what the kernel had no room for."""
        return Status(dropped=self._sender.dropped)
