"""sACN, streaming ACN: DMX over UDP, port 5568, multicast or to one host.

Source: ANSI E1.31-2018. A data packet has three layers, each begun by its length: root
(CID, who sends), framing (source name, priority, synchronization address, sequence,
options, universe) and DMP (start code and 512 slots). Offsets below are those of its
table 4-1. A receiver forgets a source after 2.5 s of silence, or at once when it reads
the Stream_Terminated bit, which is sent three times. Every ten seconds a source tells which
universes it sends (universe discovery).

The sacn package is not used: with its own thread a change waits up to 1/fps, flushed by
hand it always adds a synchronization packet, by multicast even where the data is unicast,
and it keeps nothing alive then. The tests read these packets with it.
"""

from __future__ import annotations

import contextlib
import struct
import time
import uuid
from collections.abc import Callable, Sequence

from engine.lights.driver import Route, Status
from engine.lights.levels import CHANNELS, Levels
from engine.lights.udp import UdpSender

PORT = 5568
UNIVERSES = range(1, 64000)
DISCOVERY = 64214
KEEP_ALIVE = 0.8
"""Seconds; the standard asks for 0.8 to 1.0 between repetitions (section 6.6.2)."""
DISCOVERY_SECONDS = 10.0
MOST_LISTED = 512
TERMINATED, FORCE_SYNC = 0x40, 0x20
"""Options: the stream ends; a receiver that hears no synchronization shows data at once."""
SEQUENCE, OPTIONS, SLOTS = 111, 112, 126
ROOT = struct.pack(">HH12s", 0x0010, 0, b"ASC-E1.17\0\0\0")
NAMESPACE = uuid.UUID("8f2d4c1e-51c9-5e0b-9f55-0b6f1c1f5ac4")


def cid(production: str, url: str) -> bytes:
    """Give the 16 bytes that name a sender, the same on every run of a production."""
    return uuid.uuid5(NAMESPACE, f"{production}\n{url}").bytes


def group(universe: int) -> str:
    """Give the multicast address of a universe (section 9.3.1)."""
    return f"239.255.{universe >> 8}.{universe & 0xFF}"


def data_packet(sender: bytes, name: str, priority: int, sync: int, universe: int) -> bytearray:
    """Give a data packet with all slots at 0. sync: synchronization address, 0 for none."""
    framing = struct.pack(">64sBHBBH", _name(name), priority, sync, 0, 0, universe)
    dmp = struct.pack(">BBHHHB", 0x02, 0xA1, 0, 1, CHANNELS + 1, 0) + bytes(CHANNELS)
    return bytearray(_pdu_root(4, sender, _pdu(struct.pack(">I", 2) + framing + _pdu(dmp))))


def sync_packet(sender: bytes, sync: int, sequence: int) -> bytes:
    """Give a packet upon which receivers show what they hold for a synchronization address."""
    return _pdu_root(8, sender, _pdu(struct.pack(">IBHH", 1, sequence, sync, 0)))


def discovery_packets(sender: bytes, name: str, universes: Sequence[int]) -> list[bytes]:
    """Give the packets that list the universes in ascending order, 512 a page."""
    listed = sorted(set(universes))
    pages = [listed[i : i + MOST_LISTED] for i in range(0, len(listed), MOST_LISTED)]
    head = struct.pack(">I64sI", 2, _name(name), 0)
    return [
        _pdu_root(
            8,
            sender,
            _pdu(
                head + _pdu(struct.pack(f">IBB{len(page)}H", 1, number, len(pages) - 1, *page)),
            ),
        )
        for number, page in enumerate(pages)
    ]


def _pdu(body: bytes) -> bytes:
    """Give a body with the flags and length that begin every layer."""
    return struct.pack(">H", 0x7000 | (len(body) + 2)) + body


def _pdu_root(vector: int, sender: bytes, body: bytes) -> bytes:
    return ROOT + _pdu(struct.pack(">I", vector) + sender + body)


def _name(name: str) -> bytes:
    """Give a source name as UTF-8 of at most 63 bytes, no character cut in two."""
    return name.encode()[:63].decode(errors="ignore").encode()


class SacnDriver:
    """Sends universes by multicast, or to one host.

    sender: the CID. name: the source name that receivers show. sync: synchronization
    universe, 0 for none. now: seconds of a monotonic clock.
    """

    keep_alive = KEEP_ALIVE

    def __init__(
        self,
        url: str,
        udp: UdpSender,
        routes: Sequence[Route],
        *,
        multicast: bool,
        sender: bytes,
        name: str,
        priority: int = 100,
        sync: int = 0,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self.url = url
        self._udp, self._multicast, self._now = udp, multicast, now
        self._sender, self._sync, self._sync_sequence = sender, sync, 0
        self._packets = [
            (
                route.row,
                data_packet(sender, name, priority, sync, route.number),
                group(route.number) if multicast else None,
            )
            for route in routes
        ]
        self._discovery = discovery_packets(sender, name, [route.number for route in routes])
        self._discovered = float("-inf")
        self._sent = False

    async def open(self) -> None:
        """Open the socket."""
        await self._udp.open()

    async def send(self, levels: Levels) -> None:
        """Send every universe once, and the synchronization after them."""
        for row, data, to in self._packets:
            data[SEQUENCE] = (data[SEQUENCE] + 1) & 0xFF
            data[OPTIONS] = FORCE_SYNC if self._sync else 0
            data[SLOTS:] = levels.data[row].tobytes()
            self._udp.send(data, to)
        self._sent = True
        if self._sync:
            self._sync_sequence = (self._sync_sequence + 1) & 0xFF
            packet = sync_packet(self._sender, self._sync, self._sync_sequence)
            self._udp.send(packet, group(self._sync) if self._multicast else None)
        if self._now() - self._discovered >= DISCOVERY_SECONDS:
            self._discovered = self._now()
            for page in self._discovery:
                self._udp.send(page, group(DISCOVERY) if self._multicast else None)

    async def close(self) -> None:
        """End the streams, so that receivers need not wait for their timeout."""
        if self._sent:
            with contextlib.suppress(OSError):
                self._terminate()
            self._sent = False
        self._udp.close()

    def _terminate(self) -> None:
        for _ in range(3):
            for _, data, to in self._packets:
                data[SEQUENCE] = (data[SEQUENCE] + 1) & 0xFF
                data[OPTIONS] = TERMINATED
                self._udp.send(data, to)

    def status(self) -> Status:
        """Tell what the kernel had no room for."""
        return Status(dropped=self._udp.dropped)
