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
from typing import TypeVar

from aiomqtt import Client, Message, MqttError, Will
from aiomqtt.types import PahoSocket
from paho.mqtt import client as paho

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

    def client(self, will: Will | None = None) -> Client:
        """Give a client that `async with` connects; what it raises is aiomqtt's MqttError.

        Only the newest messages wait to be read. Frames are small and come often, so TCP
        must neither gather them (Nagle's algorithm is off) nor keep many (a small buffer):
        they would come late instead of never. Needs a running event loop.
        """
        return _Client(
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


class _Client(Client):
    """aiomqtt's client, but for one thing: it never watches a socket that is closed.

    aiomqtt asks for the socket to be watched in the loop's next round, and a broker that
    is killed may have closed it by then, which asyncio would log as an error each time.
    """

    def _on_socket_register_write(
        self, client: paho.Client, userdata: object, sock: PahoSocket
    ) -> None:
        def write() -> None:
            try:
                client.loop_write()
            except OSError as error:
                if not self._disconnected.done():
                    self._disconnected.set_exception(error)

        def watch() -> None:
            if sock.fileno() >= 0:
                self._loop.add_writer(sock.fileno(), write)

        self._loop.call_soon_threadsafe(watch)


class NewestQueue(asyncio.Queue[T]):
    """A queue that drops its oldest item where it is full, as live data wants it."""

    def put_nowait(self, item: T) -> None:
        """Put an item in."""
        if self.full():
            self.get_nowait()
        super().put_nowait(item)


async def listen(
    broker: Broker,
    topics: Sequence[str],
    opened: Callable[[Client], Awaitable[None]] | None = None,
    *,
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    jitter: Callable[[], float] = random.random,
) -> AsyncGenerator[Message, None]:
    """Yield what comes at topics below the prefix, for ever: what breaks is opened again.

    opened: called with each new connection, once it is subscribed. A fault is logged once.
    """
    failed = 0
    while True:
        try:
            async with broker.client() as client:
                await client.subscribe([(broker.topic(topic), 0) for topic in topics])
                if opened is not None:
                    await opened(client)
                if failed:
                    log.info("%s: back after %d attempts", broker.url, failed)
                failed = 0
                async for message in client.messages:
                    yield message
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
