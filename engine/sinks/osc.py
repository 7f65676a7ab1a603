"""Frames as OSC 1.0 over UDP: one bundle a frame.

The bundle holds `/figurant/frame` index (i), show time (d), timecode (s), then for each
performer `/figurant/<performer>/pose` with 51 floats (x, y, z of 17 joints, metres, stage
space) and `/figurant/<performer>/level` with one, from 0 (not to be seen) to 1. Its time
tag says "immediately". A bundle of 8 performers has about 2.7 kB, far below UDP's limit of
65,507 bytes.

python-osc's builder takes dozens of times as long for a bundle (benchmarks/osc_pack.py),
so the bytes are laid out here; the tests read them with python-osc.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Sequence

from engine import address
from engine.errors import AddressError
from engine.frame import Frame

BUNDLE = b"#bundle\0" + struct.pack(">Q", 1)
FRAME = struct.Struct(">id")
LEVEL = struct.Struct(">f")


class OscSink:
    """Sends every frame to one receiver, osc://host:port.

    A receiver that is not there (ICMP port unreachable) is no error: it may come later.
    """

    def __init__(self, url: str, performers: Sequence[str]) -> None:
        """Take the performers' names in the order of the frame.

        Raises AddressError where the URL is not osc://host:port.
        """
        self.url = url
        self._address = address.parse(url, "osc")
        if not self._address.host:
            raise AddressError(url, found="no host", expected="osc://host:port")
        self._bundle = Bundle(performers)
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

    async def send(self, frame: Frame, packed: bytes) -> None:
        """Send the frame's bundle; raises OSError where the network refuses it."""
        if self._socket is None:
            raise AddressError(self.url, found="a closed socket", expected="an open one")
        data = self._bundle.pack(frame)
        try:
            self._socket.send(data)
        except ConnectionRefusedError:  # tells of an earlier datagram; this one was not sent
            self._send_again(self._socket, data)

    async def close(self) -> None:
        """Close the socket."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    @staticmethod
    def _send_again(to: socket.socket, data: bytes) -> None:
        try:
            to.send(data)
        except ConnectionRefusedError:
            return


class Bundle:
    """Lays out the OSC bundle of a frame; what does not change is laid out once."""

    def __init__(self, performers: Sequence[str]) -> None:
        self._frame_head = _string("/figurant/frame") + _string(",ids")
        self._pose_heads: list[bytes] = []
        self._level_heads: list[bytes] = []
        for name in performers:
            head = _string(f"/figurant/{name}/pose") + _string("," + "f" * 51)
            self._pose_heads.append(struct.pack(">i", len(head) + 51 * 4) + head)
            head = _string(f"/figurant/{name}/level") + _string(",f")
            self._level_heads.append(struct.pack(">i", len(head) + 4) + head)

    def pack(self, frame: Frame) -> bytes:
        """Give the bundle's bytes; the frame's index wraps to 31 bits, as OSC's int."""
        timecode = _string("{:02}:{:02}:{:02}:{:02}".format(*frame.timecode))
        message = (
            self._frame_head + FRAME.pack(frame.index & 0x7FFFFFFF, frame.show_time) + timecode
        )
        parts = [BUNDLE, struct.pack(">i", len(message)), message]
        poses = frame.joints.astype(">f4")
        for p in range(len(self._pose_heads)):
            parts += (self._pose_heads[p], poses[p].tobytes())
            parts += (self._level_heads[p], LEVEL.pack(frame.level[p]))
        return b"".join(parts)


def _string(text: str) -> bytes:
    """Give an OSC string: zero-terminated, padded to a multiple of four bytes."""
    data = text.encode("ascii") + b"\0"
    return data + b"\0" * (-len(data) % 4)
