"""Frames from OSC bundles, as engine.sinks.osc sends them, osc://[host]:port.

osc://:9001 listens on this machine only, osc://0.0.0.0:9001 on the network, and
osc://239.0.0.1:9001 hears what is sent to that multicast group. The bundles
say who dances and when a frame is to be shown, so nothing else need be known of the show.
The engine's clock is asked for where the bundles come from.
"""

from __future__ import annotations

import asyncio
import ipaddress
import json
import logging
import re
import socket
from collections.abc import AsyncGenerator, Callable, Mapping
from typing import Any

import numpy as np
from pythonosc.osc_message import OscMessage
from pythonosc.osc_packet import OscPacket, ParseError

from engine import address
from engine.errors import AddressError
from engine.frame import Frame, FrameFlag, PerformerState
from engine.sinks.osc import LIGHTS, PONG, ask
from engine.slot import Slot
from engine.sources.frames import Ponged
from engine.sources.osc import LOOPBACK

log = logging.getLogger(__name__)

OF_PERFORMER = re.compile(r"/figurant/([^/]+)/(pose|level|color)")
FIRST_PINGS = 8
PING_SECONDS, SELDOM = 0.25, 2.0
NOT_LIVE = 65535


class OscFrames:
    """The frames of a show that sends them here.

    hello: made from the first bundle, None before. refused: packets that were no frame.
    """

    def __init__(
        self,
        url: str,
        *,
        now: Callable[[], float],
        ponged: Ponged = lambda sent, came, clock: None,
        lit: Callable[[Mapping[str, Any]], None] = lambda told: None,
    ) -> None:
        """Raises AddressError where the URL is not osc://[host]:port."""
        self.url = url
        self.hello: dict[str, Any] | None = None
        self.refused = 0
        self._address = address.parse(url, "osc")
        self._now, self._ponged, self._lit = now, ponged, lit
        self._newest: Slot[Frame] = Slot()
        self._engine: tuple[str, int] | None = None
        self._transport: asyncio.DatagramTransport | None = None

    async def open(self) -> None:
        """Bind the socket; raises AddressError where that cannot be."""
        loop = asyncio.get_running_loop()
        where = (self._address.host or LOOPBACK, self._address.port)
        try:
            self._transport, _ = await loop.create_datagram_endpoint(
                lambda: _Protocol(self._receive), local_addr=where
            )
        except OSError as error:
            found = error.strerror or str(error)
            raise AddressError(self.url, found=found, expected="a free port here") from None
        _join(self._transport.get_extra_info("socket"))

    async def frames(self) -> AsyncGenerator[Frame, None]:
        """Yield frames as they come, for ever; a reader that is late misses the older ones."""
        if self._transport is None:
            await self.open()
        pings = asyncio.create_task(self._ping())
        try:
            while True:
                yield await self._newest.take()
        finally:
            pings.cancel()
            if self._transport is not None:
                self._transport.close()
                self._transport = None

    async def _ping(self) -> None:
        sent = 0
        while self._transport is not None:
            if self._engine is not None:
                self._transport.sendto(ask(self._now()), self._engine)
                sent += 1
            await asyncio.sleep(PING_SECONDS if sent < FIRST_PINGS else SELDOM)

    def _receive(self, packet: bytes, sender: tuple[str, int]) -> None:
        came = self._now()
        try:
            messages = [timed.message for timed in OscPacket(packet).messages]
            if not messages:
                return
            match messages[0].address:
                case "/figurant/frame":
                    self._engine = sender
                    self._newest.put(self._frame(messages))
                case address if address == PONG:
                    t, clock = messages[0].params
                    self._ponged(float(t), came, float(clock))
                case address if address == LIGHTS:
                    self._lit(json.loads(messages[0].params[0]))
        except (ParseError, ValueError, TypeError, IndexError, KeyError, RecursionError) as error:
            self.refused += 1
            if self.refused & (self.refused - 1) == 0:  # the 1st, 2nd, 4th, 8th …
                log.warning("%s: %s (%d packets refused)", self.url, error, self.refused)

    def _frame(self, messages: list[OscMessage]) -> Frame:
        """Give the frame of a bundle; raises ValueError, TypeError or KeyError for another."""
        index, show_time, timecode = messages[0].params
        told: dict[str, list[Any]] = {m.address: m.params for m in messages[1:]}
        names = [
            match[1]
            for message in messages
            if (match := OF_PERFORMER.fullmatch(message.address)) and match[2] == "pose"
        ]
        clock, delay = told["/figurant/clock"]
        levels = [told[f"/figurant/{name}/level"][0] for name in names]
        poses = [told[f"/figurant/{name}/pose"] for name in names]
        colors = [told[f"/figurant/{name}/color"] for name in names]
        hh, mm, ss, ff = map(int, timecode.split(":"))
        self._meet(names, float(delay))
        level = np.array(levels, np.float32)
        return Frame(
            index=int(index),
            show_time=float(show_time),
            clock=float(clock),
            timecode=(hh, mm, ss, ff),
            flags=FrameFlag(told["/figurant/flags"][0]),
            joints=np.array(poses, np.float32).reshape(len(names), 17, 3),
            level=level,
            color=np.array(colors, np.float32).reshape(len(names), 3),
            state=np.where(level > 0, PerformerState.GENERATED, PerformerState.ABSENT).astype(
                np.uint8
            ),
            age_ms=np.full(len(names), NOT_LIVE, np.uint16),
        )

    def _meet(self, names: list[str], delay: float) -> None:
        met = {"performers": [{"name": name} for name in names], "delay": delay}
        if self.hello != met:
            self.hello = met


def _join(bound: socket.socket) -> None:
    """Become a member of the multicast group that a socket is bound to, if it is one."""
    host = bound.getsockname()[0]
    if bound.family == socket.AF_INET and ipaddress.ip_address(host).is_multicast:
        group = socket.inet_aton(host) + socket.inet_aton("0.0.0.0")
        bound.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, group)


class _Protocol(asyncio.DatagramProtocol):
    def __init__(self, receive: Callable[[bytes, tuple[str, int]], None]) -> None:
        self._receive = receive

    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:
        self._receive(data, addr)
