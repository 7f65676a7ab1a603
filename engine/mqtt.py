"""MQTT: the broker in a URL, a client of it, and the topics of a show.

mqtt://[user@]host[:1883][/prefix], or mqtts://[user@]host[:8883][/prefix][?ca=FILE] over
TLS. The password is in the environment, in FIGURANT_MQTT_PASSWORD, so that it stands in no
file and no list of processes. The prefix is `figurant` where the URL names none.

================================ ====================================================
topic below the prefix           payload
================================ ====================================================
`hello`                          JSON, retained: engine.wire.hello()
`frame`                          the wire's bytes, QoS 0
`engine/<name>`                  JSON, retained: {"alive": true}; false by last will
`state`                          JSON, retained: what the stage page shows
`ping/<id>`, `pong/<id>`         JSON, engine.clock_ping
`control/<command>`              to the show: engine.sources.mqtt
`claim`, `night`, `ask` …        between engines: show/troupe/troupe.py
================================ ====================================================

MQTT 3.1.1 is spoken, which every broker knows. Source: OASIS, MQTT Version 3.1.1, 2014.
"""

from __future__ import annotations

import asyncio
import logging
import os
import random
import socket
import ssl
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from aiomqtt import Client, Message, MqttCodeError, MqttError, Will
from aiomqtt.types import PahoSocket
from paho.mqtt import client as paho
from paho.mqtt.client import MQTTMessage

from engine import address
from engine.address import Form
from engine.errors import AddressError

log = logging.getLogger(__name__)

PASSWORD = "FIGURANT_MQTT_PASSWORD"
PREFIX = "figurant"
_SECRET = f" with the password in {PASSWORD}"
PLAIN = Form(
    "mqtt",
    1883,
    user=True,
    path=True,
    example="mqtt://[user@]host[:1883][/prefix]" + _SECRET,
)
TLS = Form(
    "mqtts",
    8883,
    user=True,
    path=True,
    options=("ca",),
    example="mqtts://[user@]host[:8883][/prefix][?ca=FILE]" + _SECRET,
)
FORMS = {form.scheme: form for form in (PLAIN, TLS)}
KEEPALIVE = 5
"""Seconds: a broker that hears nothing for one and a half of them publishes the last will."""
PATIENCE = 3.0
"""Seconds that a broker may take to answer."""
FIRST_PAUSE, LONGEST_PAUSE = 0.25, 1.5
"""Seconds between two attempts to reach a broker."""
MOST_WAITING = 256
"""Messages that may wait for their reader; beyond that the oldest are dropped."""
SEND_BUFFER = 32 * 1024
"""Bytes that the kernel may keep on their way to a broker."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Broker:
    """A broker, and the prefix of one show's topics. context: TLS, None without."""

    url: str
    host: str
    port: int
    user: str | None
    prefix: str
    context: ssl.SSLContext | None

    def topic(self, *names: str) -> str:
        """Give a topic below the prefix."""
        return "/".join((self.prefix, *names))

    def client(self, will: Will | None = None) -> BrokerClient:
        """Give a client that `async with` connects; what it raises is aiomqtt's MqttError.

        Only the newest messages wait to be read. Frames are small and come often, so TCP
        must neither gather them (Nagle's algorithm is off) nor keep many (a small buffer):
        they would come late instead of never. Needs a running event loop.
        """
        return BrokerClient(
            self.host,
            self.port,
            username=self.user,
            password=os.environ.get(PASSWORD) if self.user else None,
            will=will,
            tls_context=self.context,
            keepalive=KEEPALIVE,
            timeout=PATIENCE,
            queue_type=NewestQueue,
            max_queued_incoming_messages=MOST_WAITING,
            socket_options=[
                (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),
                (socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER),
            ],
        )


class BrokerClient(Client):
    """aiomqtt's client, with less between a frame and the wire.

    It writes at once and watches the socket only where that did not take everything, so
    never one that a killed broker has closed, which asyncio logs as an error each time.
    It hands on what has come without a task for each message. With aiomqtt's own ways a
    frame took 1.5 times as long to a receiver as by paho alone (benchmarks/mqtt.py).
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._news = asyncio.Event()

    async def post(self, topic: str, payload: bytes, timeout: float) -> None:
        """Publish at QoS 0; raises MqttError where that fails, or the socket stays full."""
        sent = self._client.publish(topic, payload)
        if sent.rc != paho.MQTT_ERR_SUCCESS:
            raise MqttCodeError(sent.rc, "the connection is broken")
        self._client.loop_write()
        if not sent.is_published():
            written = asyncio.Event()
            with self._pending_call(sent.mid, written, self._pending_publishes):
                await self._wait_for(written.wait(), timeout)

    def post_soon(self, topic: str, payload: bytes) -> None:
        """Publish at QoS 0 without waiting; what the socket has no room for is lost."""
        if not self._client.want_write():
            self._client.publish(topic, payload)
            self._client.loop_write()

    async def received(self) -> AsyncGenerator[Message, None]:
        """Yield messages as they come; raises MqttError when the connection breaks."""
        self._disconnected.add_done_callback(lambda _: self._news.set())
        while True:
            while self._queue.empty():
                if self._disconnected.done():
                    broken = MqttError("the connection is broken")
                    raise broken from self._disconnected.exception()
                self._news.clear()
                await self._news.wait()
            yield self._queue.get_nowait()

    def _on_message(self, client: paho.Client, userdata: object, message: MQTTMessage) -> None:
        super()._on_message(client, userdata, message)
        self._news.set()

    def _on_socket_register_write(
        self, client: paho.Client, userdata: object, sock: PahoSocket
    ) -> None:
        def write() -> None:
            try:
                client.loop_write()
            except OSError as error:
                if not self._disconnected.done():
                    self._disconnected.set_exception(error)

        def write_at_once() -> None:
            write()
            if client.want_write() and sock.fileno() >= 0:
                self._loop.add_writer(sock.fileno(), write)

        self._loop.call_soon_threadsafe(write_at_once)


class NewestQueue(asyncio.Queue[T]):
    """A queue that drops its oldest item where it is full, as live data wants it."""

    def put_nowait(self, item: T) -> None:
        """Put an item in."""
        if self.full():
            self.get_nowait()
        super().put_nowait(item)


async def listen(
    broker: Broker,
    topics: Sequence[str] | Callable[[], Sequence[str]],
    opened: Callable[[BrokerClient], Awaitable[None]] | None = None,
    closed: Callable[[], None] = lambda: None,
    *,
    will: Callable[[], Will] | None = None,
    qos: int = 0,
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    jitter: Callable[[], float] = random.random,
) -> AsyncGenerator[Message, None]:
    """Yield what comes at topics below the prefix, for ever: what breaks is opened again.

    topics, will: of each new connection, asked for then where they may have changed.
    opened: called with each new connection, once it is subscribed; closed: when it is no
    more. A fault is logged once.
    """
    failed = 0
    while True:
        try:
            async with broker.client(None if will is None else will()) as client:
                wanted = topics() if callable(topics) else topics
                await client.subscribe([(broker.topic(topic), qos) for topic in wanted])
                if opened is not None:
                    await opened(client)
                if failed:
                    log.info("%s: back after %d attempts", broker.url, failed)
                failed = 0
                try:
                    async for message in client.received():
                        yield message
                finally:
                    closed()
        except MqttError as error:
            failed += 1
            if failed == 1:
                log.warning("%s: %s; trying again until it is back", broker.url, error)
            wait = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(failed - 1, 8))
            await pause(wait * (0.5 + 0.5 * jitter()))


def parse(url: str) -> Broker:
    """Give the broker in a URL.

    Raises AddressError where it is none, or names a CA file that cannot be read.
    """
    found = address.parse(url, FORMS.get(address.scheme(url), PLAIN))
    expected = FORMS[address.scheme(url)].expected
    if not found.host:
        raise AddressError(url, found="no host", expected=expected)
    prefix = found.path or PREFIX
    if set(prefix) & set("+#") or prefix.startswith("$") or "//" in prefix:
        raise AddressError(url, found=f"prefix {prefix!r}", expected="one without + # $ or //")
    context = None
    if address.scheme(url) == TLS.scheme:
        context = _context(url, found.options.get("ca"))
    return Broker(url, found.host, found.port, found.user or None, prefix, context)


def _context(url: str, ca: str | None) -> ssl.SSLContext:
    if ca is not None and not Path(ca).is_file():
        raise AddressError(url, "ca", found=f"no file {ca!r}", expected="certificates in PEM")
    try:
        return ssl.create_default_context(cafile=ca)
    except (ssl.SSLError, OSError) as error:
        raise AddressError(url, "ca", found=error, expected="certificates in PEM") from None
