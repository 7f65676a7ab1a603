"""Control by OSC over UDP: one socket, the addresses of the stage manager's commands.

`/figurant/go`, `/go/<number>`, `/back`, `/panic`, `/standby <number>`, `/locate <seconds>`,
`/hold [0|1]`, `/blackout [0|1]`, `/control/<name> <value>`, `/load/<number> <seconds>`,
`/arm/<number> [0|1]`, and live poses by `/seed/<performer>` with 51 numbers, each below
`/figurant`. A button that sends 1 when pressed and 0 when released is one press: go, back
and panic with a 0 are ignored. Time tags are not waited for. osc://:9000 listens on this
machine only; osc://0.0.0.0:9000 on the network.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence

from pythonosc.osc_packet import OscPacket, ParseError

from engine import address
from engine.errors import AddressError, FigurantError

log = logging.getLogger(__name__)

LOOPBACK = "127.0.0.1"
PREFIX = "/figurant/"
GO = "go/"
BUTTONS = ("go", "back", "panic")
"""Commands without an argument, which a button gives."""
Command = tuple[str, dict[str, object]]
Handle = Callable[[str, Mapping[str, object], str], None]
"""Carries out a command that someone gives; raises FigurantError where it refuses."""


def commands(packet: bytes) -> Iterator[Command]:
    """Yield the commands in an OSC packet; other addresses are passed over.

    Raises ValueError where the packet is no OSC, or an argument is missing.
    """
    try:
        messages = [timed.message for timed in OscPacket(packet).messages]
    except (ParseError, ValueError, RecursionError) as error:
        raise ValueError(f"found no OSC: {error}") from None
    for message in messages:
        if message.address.startswith(PREFIX):
            found = command(message.address.removeprefix(PREFIX), list(message))
            if found is not None:
                yield found


def command(name: str, arguments: Sequence[object]) -> Command | None:
    """Give a command and its fields, None for a button let go or a name that is none.

    Raises ValueError where the argument is not the command's.
    """
    first = arguments[0] if arguments else None
    released = first in (0, 0.0, False) and first is not None
    match name:
        case "go" if isinstance(first, str) and first:
            return name, {"cue": first}
        case _ if name in BUTTONS:
            return None if released else (name, {})
        case _ if name.startswith(GO):
            return None if released else ("go", {"cue": name.removeprefix(GO)})
        case "hold" | "blackout":
            return name, {} if first is None else {"value": _switch(name, first)}
        case "standby":
            return name, {"cue": _number(first)}
        case "locate":
            return name, {"show_time": first}
    kind, _, rest = name.partition("/")
    match kind:
        case "control" if rest:
            return kind, {"name": rest, "value": first}
        case "load" if rest:
            return kind, {"cue": rest, "seconds": first}
        case "arm" if rest:
            return kind, {"cue": rest} | ({} if first is None else {"value": _switch(name, first)})
        case "seed" if rest:
            pose = first if isinstance(first, list) else list(arguments)
            return kind, {"performer": rest, "pose": pose}
    return None


def _switch(name: str, value: object) -> bool:
    if isinstance(value, int | float):
        return bool(value)
    raise ValueError(f"{PREFIX}{name}: found {value!r}, expected 0 or 1")


def _number(value: object) -> str:
    """Give a cue number as text, 12 for 12.0, however the desk sends it."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"{value:g}"
    if isinstance(value, str):
        return value
    raise ValueError(f"{PREFIX}standby: found {value!r}, expected a cue number")


class OscSource:
    """Listens at osc://[host]:port and hands commands on.

    heard, refused: packets that came, and those that were no OSC or were refused.
    """

    def __init__(self, url: str, handle: Handle) -> None:
        """Raises AddressError where the URL is not osc://[host]:port."""
        self.url = url
        self.heard = self.refused = 0
        self._address = address.parse(url, "osc")
        self._handle = handle
        self._transport: asyncio.DatagramTransport | None = None

    async def open(self) -> None:
        """Bind the socket; raises AddressError where that cannot be."""
        where = (self._address.host or LOOPBACK, self._address.port)
        try:
            loop = asyncio.get_running_loop()
            self._transport, _ = await loop.create_datagram_endpoint(
                lambda: _Protocol(self.receive), local_addr=where
            )
        except OSError as error:
            found = error.strerror or str(error)
            raise AddressError(
                self.url, found=found, expected="a free port (another show? change [[source]] url)"
            ) from None

    def receive(self, packet: bytes) -> None:
        """Carry out what a packet says; what is wrong with it is counted, never raised."""
        self.heard += 1
        try:
            for name, fields in commands(packet):
                self._handle(name, fields, "osc")
        except (ValueError, FigurantError) as error:
            self.refused += 1
            if self.refused & (self.refused - 1) == 0:  # the 1st, 2nd, 4th, 8th …
                log.warning("%s: %s (%d packets refused)", self.url, error, self.refused)

    def close(self) -> None:
        """Close the socket; closing twice is harmless."""
        if self._transport is not None:
            self._transport.close()
            self._transport = None


class _Protocol(asyncio.DatagramProtocol):
    def __init__(self, receive: Callable[[bytes], None]) -> None:
        self._receive = receive

    def datagram_received(self, data: bytes, addr: tuple[str | object, int]) -> None:
        self._receive(data)
