"""Frames from a broker: what a screen, a lighting machine or a standby engine listens to."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import secrets
from collections.abc import AsyncGenerator, Callable, Mapping
from typing import Any

from aiomqtt import Message, MqttError

from engine import mqtt, wire
from engine.frame import Frame
from engine.mqtt import BrokerClient
from engine.sources.frames import Ponged
from engine.sources.mqtt import bytes_of

log = logging.getLogger(__name__)

FIRST_PINGS = 8
"""Pings in the first two seconds; later ones are rare, since hundreds of receivers ask."""
PING_SECONDS, SELDOM = 0.25, 5.0


class MqttFrames:
    """The frames of a show at mqtt://host/prefix; a broker that goes is waited for.

    hello: of the show, None before the first. refused: messages that were no frame.
    """

    def __init__(
        self,
        url: str,
        *,
        now: Callable[[], float],
        ponged: Ponged = lambda sent, came, clock: None,
        lit: Callable[[Mapping[str, Any]], None] | None = None,
    ) -> None:
        """Take who is told; raises AddressError where the URL is no broker's.

        now: this machine's clock. lit: takes each light state, None where nobody wants it.
        """
        self.url = url
        self.hello: dict[str, Any] | None = None
        self.refused = 0
        self._broker = mqtt.parse(url)
        self._id = secrets.token_hex(6)
        self._now, self._ponged, self._lit = now, ponged, lit

    async def open(self) -> None:
        """Do nothing: a broker that is away may come later."""

    async def frames(self) -> AsyncGenerator[Frame, None]:
        """Yield frames as they come, for ever; a reader that is late misses the oldest.

        Frames that come before any hello are passed over.
        """
        pings: set[asyncio.Task[None]] = set()

        async def opened(client: BrokerClient) -> None:
            for old in pings:
                old.cancel()
            pings.clear()
            pings.add(asyncio.create_task(self._ping(client)))

        topics = ["hello", "frame", f"pong/{self._id}"]
        if self._lit is not None:
            topics.append("state")
        try:
            async with contextlib.aclosing(mqtt.listen(self._broker, topics, opened)) as messages:
                async for message in messages:
                    frame = self._take(message)
                    if frame is not None and self.hello is not None:
                        yield frame
        finally:
            for task in pings:
                task.cancel()

    async def _ping(self, client: BrokerClient) -> None:
        """Ask for the engine's clock until the connection breaks."""
        topic = self._broker.topic("ping", self._id)
        sent = 0
        with contextlib.suppress(MqttError):
            while True:
                await client.publish(topic, json.dumps({"type": "ping", "t": self._now()}))
                sent += 1
                await asyncio.sleep(PING_SECONDS if sent < FIRST_PINGS else SELDOM)

    def _take(self, message: Message) -> Frame | None:
        topic, payload = message.topic.value, bytes_of(message)
        try:
            if topic == self._broker.topic("frame"):
                return wire.unpack(payload)
            answer = json.loads(payload)
            if topic == self._broker.topic("hello"):
                self.hello = dict(answer)
            elif topic == self._broker.topic("state"):
                if self._lit is not None and answer["lights"] is not None:
                    self._lit(answer["lights"])
            else:
                self._ponged(float(answer["t"]), self._now(), float(answer["clock"]))
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            self.refused += 1
            if self.refused & (self.refused - 1) == 0:  # the 1st, 2nd, 4th, 8th …
                log.warning("%s: %s (%d messages refused)", topic, error, self.refused)
        return None
