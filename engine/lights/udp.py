"""A socket that sends datagrams and never waits: what Art-Net, sACN, DDP and WLED go through."""

from __future__ import annotations

import asyncio
import socket

SEND_BUFFER = 1 << 20
"""Bytes that the kernel may hold: 1,600 universes, so that a burst of a frame is taken whole."""
TTL = 16
"""Routers that multicast may pass."""


class UdpSender:
    """Sends datagrams to one host, to everyone (broadcast) or to multicast groups.

    dropped: datagrams that the kernel had no room for. A host that is not there is no
    error: it may come later.
    """

    def __init__(self, host: str, port: int, *, interface: str = "") -> None:
        """Take where to: interface is the address of the network card for multicast."""
        self.dropped = 0
        self._host, self._port, self._interface = host, port, interface
        self._socket: socket.socket | None = None
        self._to = ("", port)

    async def open(self) -> None:
        """Resolve the host and make the socket; raises OSError where that fails."""
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(
            self._host, self._port, family=socket.AF_INET, type=socket.SOCK_DGRAM
        )
        self._to = (str(found[0][4][0]), self._port)
        made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            made.setblocking(False)
            made.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
            made.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
            made.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, TTL)
            if self._interface:
                card = socket.inet_aton(self._interface)
                made.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, card)
                made.bind((self._interface, 0))
        except OSError:
            made.close()
            raise
        self._socket = made

    def send(self, data: bytes | bytearray, group: str | None = None) -> None:
        """Send to the host, or to a multicast group; raises OSError where the network refuses."""
        if self._socket is None:
            raise OSError("the socket is closed")
        try:
            self._socket.sendto(data, (group, self._port) if group else self._to)
        except BlockingIOError:
            self.dropped += 1

    def close(self) -> None:
        """Close the socket; closing twice is harmless."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None
