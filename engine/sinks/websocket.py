"""Frames to any number of browsers: a WebSocket with the hello, then the wire's bytes.

Each client has its own newest-wins slot, and the socket behind it takes little before it
says that it is full: a client that reads slowly misses frames instead of falling behind,
and one that does not read at all costs a few kilobytes.
"""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Callable, Mapping
from typing import Any

from aiohttp import WSMsgType, web

from engine import clock_ping
from engine.frame import Frame
from engine.slot import Slot

SEND_BUFFER = 16 * 1024
"""Bytes that the kernel may keep for a client: about twenty frames of a trio."""
LONGEST_MESSAGE = 4096
HEARTBEAT = 20.0
"""Seconds between the pings that find connections whose other end has vanished."""


class WebSocketSink:
    """The `/frames` door.

    hello: the object that opens a connection, engine.wire.hello(). now: engine clock.
    """

    url = "websocket:/frames"

    def __init__(self, hello: Mapping[str, Any], now: Callable[[], float]) -> None:
        self.hello = hello
        self._now = now
        self._clients: dict[web.WebSocketResponse, Slot[bytes]] = {}

    @property
    def clients(self) -> int:
        """How many are connected."""
        return len(self._clients)

    async def open(self) -> None:
        """Do nothing: the clients come by themselves."""

    async def send(self, frame: Frame, packed: bytes) -> None:
        """Put the frame in every client's slot."""
        self.put(packed)

    def put(self, packed: bytes) -> None:
        """Put bytes in every client's slot."""
        for slot in self._clients.values():
            slot.put(packed)

    async def close(self) -> None:
        """Do nothing: the web server closes its connections."""

    async def disconnect(self) -> None:
        """Say goodbye to every client."""
        await asyncio.gather(*(ws.close(drain=False) for ws in list(self._clients)))

    async def handle(self, request: web.Request) -> web.WebSocketResponse:
        """Serve one client until it goes."""
        ws = web.WebSocketResponse(
            compress=False,
            heartbeat=HEARTBEAT,
            max_msg_size=LONGEST_MESSAGE,
            writer_limit=0,
            timeout=1.0,
        )
        await ws.prepare(request)
        bound_buffer(request)
        slot: Slot[bytes] = Slot()
        await ws.send_str(json.dumps(dict(self.hello) | {"clock": self._now()}))
        self._clients[ws] = slot
        writer = asyncio.create_task(_write(ws, slot))
        try:
            async for message in ws:
                if message.type is WSMsgType.TEXT:
                    await self._answer(ws, message.data)
        except ConnectionError:
            pass  # the client has gone while it was answered
        finally:
            del self._clients[ws]
            writer.cancel()
        return ws

    async def _answer(self, ws: web.WebSocketResponse, text: str) -> None:
        pong = clock_ping.answer(text, self._now())
        if pong is not None:
            await ws.send_str(pong)


def bound_buffer(request: web.Request) -> None:
    """Let little data wait for this client, in the kernel and in the event loop."""
    transport = request.transport
    if isinstance(transport, asyncio.Transport):
        transport.set_write_buffer_limits(high=0)
        peer = transport.get_extra_info("socket")
        if peer is not None:
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)


async def _write(ws: web.WebSocketResponse, slot: Slot[bytes]) -> None:
    try:
        while not ws.closed:
            await ws.send_bytes(await slot.take())
    except ConnectionError:
        return
