"""Frames as OSC 1.0 over UDP, osc://host:port, in the format that the URL asks for.

The formats are those of engine.osc.layout. The host is one machine, a broadcast address
(192.168.1.255) or a multicast group (239.0.0.1, with ttl=2 to cross a router and
interface=192.168.1.5 to choose a network). Frames for several performers by VMC go to as
many ports, from the one in the URL on.

In Figurant's own formats, `/figurant/lights` with one text, the JSON of
engine.lights.state, tells a lighting machine what the lights are asked to do, whenever
that has changed and every second.

A receiver may measure the engine's clock: `/figurant/clock/ping` with a number (d), sent
to the port that the frames come from, is answered with `/figurant/clock/pong`, the number
and the engine clock (d, d).
"""

from __future__ import annotations

import asyncio
import ipaddress
import math
import socket
import struct
import time
from collections.abc import Callable, Sequence

from engine import address
from engine.address import Form
from engine.errors import AddressError
from engine.frame import Frame
from engine.lights.teller import Teller
from engine.osc import layout
from engine.osc.figurant import CLOCK
from engine.osc.message import head, string

FORM = Form(
    "osc",
    options=(*layout.OPTIONS, "ttl", "interface"),
    example=f"osc://host:port[?format={'|'.join(layout.FORMATS)}]",
)
LIGHTS = "/figurant/lights"
PING, PONG = "/figurant/clock/ping", "/figurant/clock/pong"
LONGEST_PING = 256


class OscSink:
    """Sends every frame to one receiver, or to all of a network or group.

    A receiver that is not there is no error: it may come later. delay: seconds from a
    frame's clock to its showing. now: the engine clock. teller: tells what the lights are
    asked to do, None where there are no lights.
    """

    def __init__(
        self,
        url: str,
        performers: Sequence[str],
        *,
        delay: float = 0.0,
        now: Callable[[], float] = time.monotonic,
        teller: Teller | None = None,
    ) -> None:
        """Take the performers' names in the order of the frame.

        Raises AddressError where the URL is no such output's.
        """
        self.url = url
        self._address = address.parse(url, FORM)
        if not self._address.host:
            raise AddressError(url, found="no host", expected=FORM.expected)
        options = self._address.options
        self._layout = layout.layout(url, options, performers, delay)
        self._ttl = _ttl(url, options.get("ttl", "1"))
        self._interface = _interface(url, options.get("interface"))
        self._now = now
        self._teller = teller if options.get("format", "figurant") in layout.OWN else None
        self._socket: socket.socket | None = None
        self._to: list[tuple[str | int, ...]] = []

    async def open(self) -> None:
        """Resolve the host; raises OSError where that fails."""
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(
            self._address.host, self._address.port, type=socket.SOCK_DGRAM
        )
        family, kind, protocol, _, (host, _, *rest) = found[0]
        ports = range(self._address.port, self._address.port + self._layout.ports)
        self._to = [(host, port, *rest) for port in ports]
        self._socket = socket.socket(family, kind, protocol)
        self._socket.setblocking(False)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        if ipaddress.ip_address(str(host).partition("%")[0]).is_multicast:
            self._join(self._socket, family)
        loop.add_reader(self._socket.fileno(), self._answer, self._socket)

    async def send(self, frame: Frame, packed: bytes) -> None:
        """Send the frame; raises OSError where the network refuses it."""
        if self._socket is None:
            raise AddressError(self.url, found="a closed socket", expected="an open one")
        told = None if self._teller is None else self._teller.tell(frame.clock)
        if told is not None:
            self._socket.sendto(head(LIGHTS, "s") + string(told), self._to[0])
        for port, data in self._layout.datagrams(frame):
            self._socket.sendto(data, self._to[port])

    async def close(self) -> None:
        """Close the socket."""
        if self._socket is not None:
            asyncio.get_running_loop().remove_reader(self._socket.fileno())
            self._socket.close()
            self._socket = None

    def _join(self, to: socket.socket, family: int) -> None:
        """Let the datagrams for a group go as far as they may, by the network they should."""
        if family == socket.AF_INET6:
            to.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, self._ttl)
            return
        to.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, self._ttl)
        if self._interface is not None:
            packed = socket.inet_aton(self._interface)
            to.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, packed)

    def _answer(self, asked: socket.socket) -> None:
        """Answer a ping; what else comes is thrown away."""
        try:
            packet, asker = asked.recvfrom(LONGEST_PING)
            t = ping(packet)
            if t is not None:
                asked.sendto(head(PONG, "dd") + CLOCK.pack(t, self._now()), asker)
        except OSError:  # the kernel has no room
            return


def ask(t: float) -> bytes:
    """Give the ping that carries a number."""
    return head(PING, "d") + struct.pack(">d", t)


def ping(packet: bytes) -> float | None:
    """Give the number in a ping, None for anything that is none."""
    begins = head(PING, "d")
    if len(packet) != len(begins) + 8 or not packet.startswith(begins):
        return None
    (t,) = struct.unpack_from(">d", packet, len(begins))
    return float(t) if math.isfinite(t) else None


def _ttl(url: str, text: str) -> int:
    if text.isascii() and text.isdigit() and 0 < int(text) < 256:
        return int(text)
    raise AddressError(url, "ttl", found=repr(text), expected="1 to 255")


def _interface(url: str, text: str | None) -> str | None:
    try:
        return None if text is None else str(ipaddress.IPv4Address(text))
    except ValueError:
        expected = "an IPv4 address of this machine"
        raise AddressError(url, "interface", found=repr(text), expected=expected) from None
