"""Frames, hello and state to a broker, from which any number of screens may take them.

The topics are those of engine.mqtt. Retained are the hello, the state, and whether this
engine is alive, which the broker itself denies when the connection breaks (last will). A
receiver that asks at `ping/<id>` with JSON {"t": …} is told the engine clock at
`pong/<id>`, as by the `/frames` WebSocket.

A broker that takes frames slowly misses some instead of getting them late: little data may
wait in the kernel, and the lane's slot keeps the newest.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Callable, Mapping
from typing import Any

from aiomqtt import MqttError, Will

from engine import clock_ping, mqtt
from engine.errors import AddressError
from engine.frame import Frame
from engine.mqtt import BrokerClient
from engine.slot import Slot

FRAME_SECONDS = 1.0
"""Longest that a frame may take to leave; what takes longer is a broken connection."""


class MqttSink:
    """Publishes every frame at mqtt://host/prefix or mqtts://host/prefix.

    hello: engine.wire.hello(). name: of this engine, one level of a topic; None where
    another connection tells that it lives. now: the engine clock. state: where the newest
    state is put, JSON; None where nobody tells it.
    """

    def __init__(
        self,
        url: str,
        hello: Mapping[str, Any],
        *,
        name: str | None,
        now: Callable[[], float],
        state: Slot[str] | None = None,
    ) -> None:
        """Raises AddressError where the URL is no broker's."""
        self.url = url
        self._broker = mqtt.parse(url)
        self._hello, self._name, self._now, self._state = hello, name, now, state
        self._frame = self._broker.topic("frame")
        self._client: BrokerClient | None = None
        self._closing = contextlib.AsyncExitStack()

    async def open(self) -> None:
        """Connect and say who is here; raises MqttError where the broker does not answer."""
        await self.close()
        async with contextlib.AsyncExitStack() as opening:
            client = await opening.enter_async_context(self._broker.client(self._will()))
            hello = json.dumps(dict(self._hello) | {"clock": self._now()})
            await client.publish(self._broker.topic("hello"), hello, qos=1, retain=True)
            if self._name is not None:
                alive = self._broker.topic("engine", self._name)
                await client.publish(alive, _alive(True), qos=1, retain=True)
                opening.push_async_callback(
                    client.publish, alive, _alive(False), qos=1, retain=True
                )
            await client.subscribe(self._broker.topic("ping", "+"))
            for work in (self._answer(client), self._tell(client)):
                opening.callback(asyncio.create_task(work).cancel)
            self._client, self._closing = client, opening.pop_all()

    async def send(self, frame: Frame, packed: bytes) -> None:
        """Publish a frame; raises MqttError where the broker is away."""
        if self._client is None:
            raise AddressError(self.url, found="a closed connection", expected="an open one")
        await self._client.post(self._frame, packed, FRAME_SECONDS)

    async def close(self) -> None:
        """Say that this engine goes, and disconnect; closing twice is harmless."""
        self._client, closing = None, self._closing
        self._closing = contextlib.AsyncExitStack()
        with contextlib.suppress(MqttError):
            await closing.aclose()

    def _will(self) -> Will | None:
        if self._name is None:
            return None
        return Will(self._broker.topic("engine", self._name), _alive(False), qos=1, retain=True)

    async def _answer(self, client: BrokerClient) -> None:
        """Answer pings until the connection breaks, which the next frame says."""
        with contextlib.suppress(MqttError):
            async for message in client.received():
                pong = clock_ping.answer(message.payload, self._now())
                if pong is not None:
                    asker = message.topic.value.rpartition("/")[2]
                    await client.publish(self._broker.topic("pong", asker), pong)

    async def _tell(self, client: BrokerClient) -> None:
        """Publish each new state until the connection breaks."""
        with contextlib.suppress(MqttError):
            while self._state is not None:
                state = await self._state.take()
                await client.publish(self._broker.topic("state"), state, retain=True)


def _alive(alive: bool) -> str:
    return json.dumps({"alive": alive})
