"""Frames to any number of browsers: a WebSocket with the hello, then the wire's bytes.

Between them come texts, `{"type": "lights", "state": {…}}`, whenever what the lights are
asked to do (engine.lights.state) has changed, and every second.

Each client has its own newest-wins slot, and the socket behind it takes little before it
says that it is full: a client that reads slowly misses frames instead of falling behind,
and one that does not read at all costs a few kilobytes.
"""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

from aiohttp import WSMsgType, web

from engine import clock_ping, receiver_report
from engine.frame import Frame
from engine.lights.teller import Teller
from engine.receiver_report import Report
from engine.slot import Slot

SEND_BUFFER = 16 * 1024
"""Bytes that the kernel may keep for a client: about twenty frames of a trio."""
LONGEST_MESSAGE = 16 * 1024
HEARTBEAT = 20.0
"""Seconds between the pings that find connections whose other end has vanished."""
T = TypeVar("T")


class WebSocketSink:
    """The `/frames` door.

    hello: the object that opens a connection, engine.wire.hello(). now: engine clock.
    teller: tells what the lights are asked to do, None where there are no lights.
    """

    url = "websocket:/frames"

    def __init__(
        self,
        hello: Mapping[str, Any],
        now: Callable[[], float],
        teller: Teller | None = None,
    ) -> None:
        self.hello = hello
        self._now, self._teller = now, teller
        self._lights: str | None = None
        self._clients: dict[web.WebSocketResponse, _Client] = {}

    @property
    def reports(self) -> list[Report]:
        """What receivers that are connected have told of themselves last."""
        return [client.report for client in self._clients.values() if client.report is not None]

    @property
    def clients(self) -> int:
        """How many are connected."""
        return len(self._clients)

    async def open(self) -> None:
        """Do nothing: the clients come by themselves."""

    async def send(self, frame: Frame, packed: bytes) -> None:
        """Put the frame in every client's slot, and what the lights are asked to do."""
        told = None if self._teller is None else self._teller.tell(frame.clock)
        if told is not None:
            self._lights = '{"type":"lights","state":' + told + "}"
            for client in self._clients.values():
                client.lights.put(self._lights)
        self.put(packed)

    def put(self, packed: bytes) -> None:
        """Put bytes in every client's slot."""
        for client in self._clients.values():
            client.frames.put(packed)

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
        client = _Client()
        await ws.send_str(json.dumps(dict(self.hello) | {"clock": self._now()}))
        if self._lights is not None:
            await ws.send_str(self._lights)
        self._clients[ws] = client
        writers = [
            asyncio.create_task(_write(ws, ws.send_bytes, client.frames)),
            asyncio.create_task(_write(ws, ws.send_str, client.lights)),
        ]
        try:
            async for message in ws:
                if message.type is WSMsgType.TEXT:
                    await self._answer(ws, client, message.data)
        except ConnectionError:
            pass  # the client has gone while it was answered
        finally:
            del self._clients[ws]
            for writer in writers:
                writer.cancel()
        return ws

    async def _answer(self, ws: web.WebSocketResponse, client: _Client, text: str) -> None:
        pong = clock_ping.answer(text, self._now())
        if pong is not None:
            await ws.send_str(pong)
            return
        client.report = receiver_report.parse(text) or client.report


class _Client:
    """One who is connected, and what it has told of itself last."""

    def __init__(self) -> None:
        self.frames: Slot[bytes] = Slot()
        self.lights: Slot[str] = Slot()
        self.report: Report | None = None


def bound_buffer(request: web.Request) -> None:
    """Let little data wait for this client, in the kernel and in the event loop."""
    transport = request.transport
    if isinstance(transport, asyncio.Transport):
        transport.set_write_buffer_limits(high=0)
        peer = transport.get_extra_info("socket")
        if peer is not None:
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)


async def _write(
    ws: web.WebSocketResponse, send: Callable[[T], Awaitable[None]], slot: Slot[T]
) -> None:
    try:
        while not ws.closed:
            await send(await slot.take())
    except ConnectionError:
        return
