"""WLED's realtime protocol: a strip of pixels over UDP, port 21324.

Source: WLED, UDP Realtime. Byte 0 is the protocol, byte 1 the seconds after the last packet
until WLED shows its own effect again. DRGB (2) and DRGBW (3) hold pixels from the first on,
DNRGB (4) and DNRGBW (5) the index of their first pixel, high byte first, before them. Short
strips go out as the former, in one packet; longer ones as the latter.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

from engine.lights import pixels
from engine.lights.driver import Route, Status
from engine.lights.levels import Levels
from engine.lights.udp import UdpSender

PORT = 21324
KEEP_ALIVE = 1.0
WHOLE = {"rgb": (2, 490), "rgbw": (3, 367)}
PARTS = {"rgb": (4, 489), "rgbw": (5, 366)}
"""Of a pixel: the protocol, and the most pixels that a packet may hold."""


class WledDriver:
    """Sends the routes as one strip. pixel: "rgb" or "rgbw". timeout: seconds, 1 to 255."""

    keep_alive = KEEP_ALIVE

    def __init__(
        self,
        url: str,
        sender: UdpSender,
        routes: Sequence[Route],
        *,
        pixel: str = "rgb",
        timeout: int = 2,
    ) -> None:
        """Raises AddressError where a universe holds no whole pixels."""
        pixels.check(url, routes, len(pixel), 65536)
        self.url = url
        self._sender, self._routes = sender, routes
        self._pixel, self._timeout = pixel, timeout

    async def open(self) -> None:
        """Open the socket."""
        await self._sender.open()

    async def send(self, levels: Levels) -> None:
        """Send a picture."""
        data = pixels.strip(levels, self._routes)
        size = len(self._pixel)
        protocol, most = WHOLE[self._pixel]
        if len(data) <= most * size:
            self._sender.send(bytes((protocol, self._timeout)) + data)
            return
        protocol, most = PARTS[self._pixel]
        for start in range(0, len(data) // size, most):
            header = struct.pack(">BBH", protocol, self._timeout, start)
            self._sender.send(header + data[start * size : (start + most) * size])

    async def close(self) -> None:
        """Close the socket; WLED goes its own way after its timeout."""
        self._sender.close()

    def status(self) -> Status:
        """Tell what the kernel had no room for."""
        return Status(dropped=self._sender.dropped)
