"""Art-Net 4: DMX over UDP, port 6454.

Source: Artistic Licence, Specification for the Art-Net 4 Ethernet Communication Protocol.
ArtDmx (OpDmx): ID "Art-Net\\0", OpCode 0x5000 low byte first, protocol version 14 high byte
first, Sequence 1 to 255 (0 would switch it off), Physical, SubUni and Net (together the
15-bit Port-Address), Length high byte first, even, then the slots. ArtSync (OpSync, 0x5200)
lets every node show what it has got.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

from engine.lights.driver import Route, Status
from engine.lights.levels import CHANNELS, Levels
from engine.lights.udp import UdpSender

PORT = 6454
BROADCAST = "255.255.255.255"
LAST_PORT_ADDRESS = 32767
KEEP_ALIVE = 3.0
"""Seconds; the specification repeats unchanged levels about every four."""
HEADER = struct.Struct(">8sHBBBBBBH")
SYNC = struct.pack(">8sHBBBB", b"Art-Net\0", 0x0052, 0, 14, 0, 0)


def packet(port_address: int) -> bytearray:
    """Give an ArtDmx packet of 512 slots for a Port-Address; sequence and slots are 0."""
    header = HEADER.pack(
        b"Art-Net\0", 0x0050, 0, 14, 0, 0, port_address & 0xFF, port_address >> 8, CHANNELS
    )
    return bytearray(header) + bytes(CHANNELS)


class ArtNetDriver:
    """Sends universes to a node, or to everyone. sync: end every picture with an ArtSync."""

    keep_alive = KEEP_ALIVE

    def __init__(
        self, url: str, sender: UdpSender, routes: Sequence[Route], *, sync: bool = False
    ) -> None:
        self.url = url
        self._sender, self._sync = sender, sync
        self._packets = [(route.row, packet(route.number)) for route in routes]
        self._sequence = 0

    async def open(self) -> None:
        """Open the socket."""
        await self._sender.open()

    async def send(self, levels: Levels) -> None:
        """Send every universe once."""
        self._sequence = self._sequence % 255 + 1
        for row, data in self._packets:
            data[12] = self._sequence
            data[HEADER.size :] = levels.data[row].tobytes()
            self._sender.send(data)
        if self._sync:
            self._sender.send(SYNC)

    async def close(self) -> None:
        """Close the socket; Art-Net knows no goodbye."""
        self._sender.close()

    def status(self) -> Status:
        """Tell what the kernel had no room for."""
        return Status(dropped=self._sender.dropped)
