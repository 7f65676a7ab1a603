"""Control by MQTT: the stage manager's commands at `<prefix>/control/<command>`.

The payload is what the command needs: nothing for `go`, `back` and `panic`; a cue's number
for `standby`; `1`, `0` or nothing for `hold` and `blackout`; a number for
`control/<name>`, so `figurant/control/control/red/energy` with `0.8`; `go/<number>` gives
that cue. A JSON object is
taken as the command's fields, as by HTTP. A button that sends 1 when pressed and 0 when
released is one press.

A retained command is not obeyed: a broker would give it again at every connection, and a
show must not begin with the GO of last night.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Mapping

from aiomqtt import Message

from engine import mqtt
from engine.errors import FigurantError
from engine.sources import osc
from engine.sources.osc import Command, Handle

log = logging.getLogger(__name__)

LONGEST = 4096
"""Bytes of a payload that is still looked at."""


class MqttSource:
    """Hears commands at mqtt://host/prefix and hands them on.

    heard, refused: messages that came, and those that made no sense or were refused.
    """

    def __init__(self, url: str, handle: Handle) -> None:
        """Raises AddressError where the URL is no broker's."""
        self.url = url
        self.heard = self.refused = 0
        self._broker = mqtt.parse(url)
        self._handle = handle
        self._prefix = self._broker.topic("control") + "/"
        self._task: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Begin to listen; a broker that is away may come later."""
        self._task = asyncio.create_task(self._listen(), name=f"source {self.url}")

    def receive(self, topic: str, payload: bytes) -> None:
        """Carry out what a message says; what is wrong with it is counted, never raised."""
        self.heard += 1
        try:
            found = command(topic.removeprefix(self._prefix), payload)
            if found is not None:
                self._handle(*found, "mqtt")
        except (ValueError, FigurantError) as error:
            self.refused += 1
            if self.refused & (self.refused - 1) == 0:  # the 1st, 2nd, 4th, 8th …
                log.warning("%s: %s (%d messages refused)", self.url, error, self.refused)

    def close(self) -> None:
        """Stop listening; closing twice is harmless."""
        if self._task is not None:
            self._task.cancel()
            self._task = None

    async def _listen(self) -> None:
        async for message in mqtt.listen(self._broker, ["control/#"]):
            if not message.retain:
                self.receive(message.topic.value, bytes_of(message))


def bytes_of(message: Message) -> bytes:
    """Give a message's payload, which a client that receives has as bytes."""
    return message.payload if isinstance(message.payload, bytes) else b""


def command(name: str, payload: bytes) -> Command | None:
    """Give the command of a topic below `control/`, None for a button let go.

    Raises ValueError where the payload is none of its own.
    """
    fields = _fields(name, payload)
    if isinstance(fields, Mapping):
        return name, dict(fields)
    found = osc.command(name, [] if fields is None else [fields])
    if found is None and fields not in (0, False):
        raise ValueError(f"control/{name[:40]}: found no such command")
    return found


def _fields(name: str, payload: bytes) -> object:
    """Give the value in a payload: JSON, or a text that is none; 6.10 is a cue's number."""
    if len(payload) > LONGEST:
        raise ValueError(f"control/{name[:40]}: found {len(payload)} bytes, expected a value")
    try:
        text = payload.decode()
    except UnicodeDecodeError:
        raise ValueError(f"control/{name[:40]}: found bytes, expected text") from None
    try:
        value = json.loads(text, parse_constant=str) if text.strip() else None
    except (ValueError, RecursionError):
        return text.strip()
    return text.strip() if name == "standby" and isinstance(value, float) else value
