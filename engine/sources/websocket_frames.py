"""Frames from a show's own `/frames` WebSocket, ws://host[:8137]."""

from __future__ import annotations

import asyncio
import json
import logging
import random
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout, ClientWebSocketResponse, WSMsgType

from engine import address, wire
from engine.address import Form
from engine.errors import AddressError
from engine.frame import Frame
from engine.sources.frames import Ponged

log = logging.getLogger(__name__)

FORM = Form("ws", 8137, example="ws://host[:8137]")
FIRST_PINGS = 8
"""Pings in the first two seconds, later they are rarer."""
PING_SECONDS, SELDOM = 0.25, 2.0
REPORT_SECONDS = 1.0
SILENCE = 3.0
"""Seconds without a frame after which a connection is given up."""
FIRST_PAUSE, LONGEST_PAUSE = 0.25, 1.5


class WebSocketFrames:
    """The frames of a show; one that goes is waited for.

    hello: of the show, None before the first. refused: messages that were no frame.
    report: gives what the show is told of this receiver every second, as JSON holds it.
    """

    def __init__(
        self,
        url: str,
        *,
        now: Callable[[], float],
        ponged: Ponged = lambda sent, came, clock: None,
        lit: Callable[[Mapping[str, Any]], None] = lambda told: None,
        report: Callable[[], Mapping[str, Any]] | None = None,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        """Raises AddressError where the URL is not ws://host[:port]."""
        found = address.parse(url, FORM)
        if not found.host:
            raise AddressError(url, found="no host", expected=FORM.expected)
        self.url = url
        self.hello: dict[str, Any] | None = None
        self.refused = 0
        host = f"[{found.host}]" if ":" in found.host else found.host
        self._where = f"http://{host}:{found.port}/frames"
        self._now, self._ponged, self._lit, self._report = now, ponged, lit, report
        self._pause, self._jitter = pause, jitter

    async def open(self) -> None:
        """Do nothing: a show that is not there may come later."""

    async def frames(self) -> AsyncGenerator[Frame, None]:
        """Yield frames as they come, for ever. Those before any hello are passed over."""
        failed = 0
        while True:
            try:
                async for frame in self._connection():
                    if failed:
                        log.info("%s: back after %d attempts", self.url, failed)
                    failed = 0
                    yield frame
                error: Exception | str = "the show has closed the connection"
            except (ClientError, OSError, TimeoutError) as fault:
                error = str(fault) or type(fault).__name__
            failed += 1
            if failed == 1:
                log.warning("%s: %s; trying again until it is back", self.url, error)
            wait = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(failed - 1, 8))
            await self._pause(wait * (0.5 + 0.5 * self._jitter()))

    async def _connection(self) -> AsyncGenerator[Frame, None]:
        timeout = ClientTimeout(total=None, sock_connect=SILENCE)
        async with (
            ClientSession(timeout=timeout) as session,
            session.ws_connect(self._where, max_msg_size=1 << 20) as ws,
        ):
            tasks = [asyncio.create_task(work(ws)) for work in (self._ping, self._tell)]
            try:
                while True:
                    message = await ws.receive(SILENCE)
                    if message.type is WSMsgType.BINARY:
                        frame = self._frame(message.data)
                        if frame is not None and self.hello is not None:
                            yield frame
                    elif message.type is WSMsgType.TEXT:
                        self._text(message.data)
                    else:
                        return
            finally:
                for task in tasks:
                    task.cancel()

    async def _ping(self, ws: ClientWebSocketResponse) -> None:
        """Ask for the engine's clock until the connection breaks."""
        sent = 0
        while not ws.closed:
            await ws.send_json({"type": "ping", "t": self._now()})
            sent += 1
            await asyncio.sleep(PING_SECONDS if sent < FIRST_PINGS else SELDOM)

    async def _tell(self, ws: ClientWebSocketResponse) -> None:
        """Tell the show of this receiver until the connection breaks."""
        while self._report is not None and not ws.closed:
            await ws.send_json({"type": "report", **self._report()})
            await asyncio.sleep(REPORT_SECONDS)

    def _frame(self, data: bytes) -> Frame | None:
        try:
            return wire.unpack(data)
        except ValueError as error:
            self._refuse(error)
            return None

    def _text(self, text: str) -> None:
        came = self._now()
        try:
            told = json.loads(text)
            match told["type"]:
                case "hello":
                    self.hello = dict(told)
                case "pong":
                    self._ponged(float(told["t"]), came, float(told["clock"]))
                case "lights":
                    self._lit(told["state"])
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            self._refuse(error)

    def _refuse(self, error: Exception) -> None:
        self.refused += 1
        if self.refused & (self.refused - 1) == 0:  # the 1st, 2nd, 4th, 8th …
            log.warning("%s: %s (%d messages refused)", self.url, error, self.refused)
