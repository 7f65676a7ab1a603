"""Frames as OSC 1.0 over UDP: one bundle a frame.

The bundle holds `/figurant/frame` index (i), show time (d), timecode (s), then for each
performer `/figurant/<performer>/pose` with 51 floats (x, y, z of 17 joints, metres, stage
space), `/figurant/<performer>/level` with one, from 0 (not to be seen) to 1, and
`/figurant/<performer>/color` with three, sRGB 0 to 1; last `/figurant/clock`, the engine
clock at the frame and the seconds after it at which it is shown everywhere (d, d), and
`/figurant/flags`, those of the wire (i). Its time tag says "immediately". A bundle of 8
performers has about 3.2 kB, far below UDP's limit of 65,507 bytes.

`/figurant/lights` with one text, the JSON of engine.lights.state, tells a lighting machine
what the lights are asked to do, whenever that has changed and every second.

A receiver may measure the engine's clock: `/figurant/clock/ping` with a number (d), sent
from the port that the frames come to back to the one they come from, is answered with
`/figurant/clock/pong`, the number and the engine clock (d, d).

python-osc's builder takes dozens of times as long for a bundle (benchmarks/osc_pack.py),
so the bytes are laid out here; the tests read them with python-osc.
"""

from __future__ import annotations

import asyncio
import math
import socket
import struct
import time
from collections.abc import Callable, Sequence

from engine import address
from engine.errors import AddressError
from engine.frame import Frame
from engine.lights.teller import Teller

BUNDLE = b"#bundle\0" + struct.pack(">Q", 1)
FRAME = struct.Struct(">id")
LEVEL = struct.Struct(">f")
CLOCK = struct.Struct(">dd")
LIGHTS = "/figurant/lights"
PING, PONG = "/figurant/clock/ping", "/figurant/clock/pong"
LONGEST_PING = 256


class OscSink:
    """Sends every frame to one receiver, osc://host:port.

    A receiver that is not there (ICMP port unreachable) is no error: it may come later.
    delay: seconds from a frame's clock to its showing. now: the engine clock. teller:
    tells what the lights are asked to do, None where there are no lights.
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

        Raises AddressError where the URL is not osc://host:port.
        """
        self.url = url
        self._address = address.parse(url, "osc")
        if not self._address.host:
            raise AddressError(url, found="no host", expected="osc://host:port")
        self._bundle = Bundle(performers, delay)
        self._now, self._teller = now, teller
        self._socket: socket.socket | None = None

    async def open(self) -> None:
        """Resolve the host; raises OSError where that fails."""
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(
            self._address.host, self._address.port, type=socket.SOCK_DGRAM
        )
        family, kind, protocol, _, to = found[0]
        self._socket = socket.socket(family, kind, protocol)
        self._socket.setblocking(False)
        self._socket.connect(to)
        loop.add_reader(self._socket.fileno(), self._answer, self._socket)

    async def send(self, frame: Frame, packed: bytes) -> None:
        """Send the frame's bundle; raises OSError where the network refuses it."""
        if self._socket is None:
            raise AddressError(self.url, found="a closed socket", expected="an open one")
        told = None if self._teller is None else self._teller.tell(frame.clock)
        if told is not None:
            self._give(self._socket, _string(LIGHTS) + _string(",s") + _string(told))
        self._give(self._socket, self._bundle.pack(frame))

    async def close(self) -> None:
        """Close the socket."""
        if self._socket is not None:
            asyncio.get_running_loop().remove_reader(self._socket.fileno())
            self._socket.close()
            self._socket = None

    def _answer(self, asked: socket.socket) -> None:
        """Answer a ping; what else comes is thrown away."""
        try:
            t = ping(asked.recv(LONGEST_PING))
            if t is not None:
                asked.send(_string(PONG) + _string(",dd") + CLOCK.pack(t, self._now()))
        except OSError:  # nobody is there (yet), or the kernel has no room
            return

    @staticmethod
    def _give(to: socket.socket, data: bytes) -> None:
        for _ in range(2):
            try:
                to.send(data)
            except ConnectionRefusedError:  # tells of an earlier datagram; this one was not sent
                continue
            return


def ask(t: float) -> bytes:
    """Give the ping that carries a number."""
    return _string(PING) + _string(",d") + struct.pack(">d", t)


def ping(packet: bytes) -> float | None:
    """Give the number in a ping, None for anything that is none."""
    head = _string(PING) + _string(",d")
    if len(packet) != len(head) + 8 or not packet.startswith(head):
        return None
    (t,) = struct.unpack_from(">d", packet, len(head))
    return float(t) if math.isfinite(t) else None


class Bundle:
    """Lays out the OSC bundle of a frame; what does not change is laid out once."""

    def __init__(self, performers: Sequence[str], delay: float = 0.0) -> None:
        self._delay = delay
        self._frame_head = _string("/figurant/frame") + _string(",ids")
        self._clock_head = _element("/figurant/clock", ",dd", CLOCK.size)
        self._flags_head = _element("/figurant/flags", ",i", 4)
        self._heads = [
            (
                _element(f"/figurant/{name}/pose", "," + "f" * 51, 51 * 4),
                _element(f"/figurant/{name}/level", ",f", LEVEL.size),
                _element(f"/figurant/{name}/color", ",fff", 3 * 4),
            )
            for name in performers
        ]

    def pack(self, frame: Frame) -> bytes:
        """Give the bundle's bytes; the frame's index wraps to 31 bits, as OSC's int."""
        timecode = _string("{:02}:{:02}:{:02}:{:02}".format(*frame.timecode))
        message = (
            self._frame_head + FRAME.pack(frame.index & 0x7FFFFFFF, frame.show_time) + timecode
        )
        parts = [BUNDLE, struct.pack(">i", len(message)), message]
        poses, colors = frame.joints.astype(">f4"), frame.color.astype(">f4")
        for p, (pose, level, color) in enumerate(self._heads):
            parts += (pose, poses[p].tobytes(), level, LEVEL.pack(frame.level[p]))
            parts += (color, colors[p].tobytes())
        parts += (self._clock_head, CLOCK.pack(frame.clock, self._delay))
        parts += (self._flags_head, struct.pack(">i", frame.flags))
        return b"".join(parts)


def _element(where: str, types: str, size: int) -> bytes:
    """Give how a bundle's element begins that has arguments of `size` bytes."""
    head = _string(where) + _string(types)
    return struct.pack(">i", len(head) + size) + head


def _string(text: str) -> bytes:
    """Give an OSC string: zero-terminated, padded to a multiple of four bytes."""
    data = text.encode("ascii") + b"\0"
    return data + b"\0" * (-len(data) % 4)
