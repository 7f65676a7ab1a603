"""Outlets: what a URL of the lights' outputs stands for.

======================================= =================================================
artnet://[node]                         Art-Net to a node; without one to everyone
sacn://[host]                           sACN by multicast, or to one host
ddp://host                              DDP, as WLED and others take it
wled://host                             WLED's realtime protocol
serial:DEVICE?protocol=P                a serial device, engine.lights.framing
======================================= =================================================

Options of all: `universes` (1-4,7; 1:10 sends the patch's universe 1 as 10), `delay_ms`,
`fps`, `end` (dark, hold). Of artnet and sacn: `offset` of the universe's number, `sync`,
`interface` (address of the network card). Of sacn: `priority`, `source`. Of ddp: `pixel`,
`id`. Of wled: `pixel`, `timeout`. Of serial: `protocol`, `baud`.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from engine import address
from engine.address import Form
from engine.errors import AddressError
from engine.lights import artnet, ddp, sacn, wled
from engine.lights.artnet import ArtNetDriver
from engine.lights.ddp import DdpDriver
from engine.lights.driver import Driver, Route
from engine.lights.framing import FRAMINGS
from engine.lights.sacn import SacnDriver
from engine.lights.serial_line import SerialDriver
from engine.lights.udp import UdpSender
from engine.lights.url_options import UrlOptions
from engine.lights.wled import WledDriver

ALL = ("universes", "delay_ms", "fps", "end")
DMX = (*ALL, "offset", "sync", "interface")
FORMS = {
    form.scheme: form
    for form in (
        Form("artnet", artnet.PORT, options=DMX, example="artnet://[node]"),
        Form("sacn", sacn.PORT, options=(*DMX, "priority", "source"), example="sacn://[host]"),
        Form("ddp", ddp.PORT, options=(*ALL, "pixel", "id"), example="ddp://host"),
        Form("wled", wled.PORT, options=(*ALL, "pixel", "timeout"), example="wled://host"),
    )
}
SERIAL = Form("serial", options=(*ALL, "protocol", "baud"), example="serial:DEVICE?protocol=P")
SCHEMES = (*FORMS, SERIAL.scheme)
LONGEST_DELAY = 2000.0


@dataclass(frozen=True, slots=True)
class Outlet:
    """An output: its driver and when it is served.

    delay: seconds after the others, negative for before. rate: pictures a second, None for
    as many as there are frames. stays: whether it keeps its last light when the show ends.
    """

    driver: Driver
    delay: float = 0.0
    rate: float | None = None
    stays: bool = False

    def check(self) -> None:
        """Raise AddressError where the device that it needs is not there."""
        if isinstance(self.driver, SerialDriver):
            self.driver.check()


def is_outlet(url: str) -> bool:
    """Tell whether a URL is one of the lights'."""
    return address.scheme(url) in SCHEMES


def outlet(url: str, used: Mapping[int, int], production: str = "Figurant") -> Outlet:
    """Give the outlet of a URL.

    used: how many channels each universe of the patch uses, in the order of its levels.
    production: what receivers read as the name of the source. Raises AddressError, in one
    line with the nearest that would do.
    """
    scheme = address.scheme(url)
    if scheme == SERIAL.scheme:
        target, options = _serial(url)
        routes = _routes(url, options, used, range(64000))
        driver: Driver = SerialDriver(
            url,
            target,
            options.choice("protocol", FRAMINGS),
            routes,
            baud=options.whole("baud", 0, 1200, 4_000_000),
        )
    elif scheme in FORMS:
        driver, options = _network(url, FORMS[scheme], used, production)
    else:
        near = address.nearest(scheme, SCHEMES)
        raise AddressError(url, found=f"scheme {scheme or 'none'!r}", expected=near)
    return Outlet(
        driver,
        options.number("delay_ms", 0.0, -LONGEST_DELAY, LONGEST_DELAY) / 1e3,
        options.number("fps", None, 5.0, 240.0),
        options.choice("end", ("dark", "hold"), "dark") == "hold",
    )


def _network(
    url: str, form: Form, used: Mapping[int, int], production: str
) -> tuple[Driver, UrlOptions]:
    found = address.parse(url, form)
    options = UrlOptions(url, found.options)
    if not found.host and form.scheme in ("ddp", "wled"):
        raise AddressError(url, found="no host", expected=form.expected)
    card = _interface(url, options)
    match form.scheme:
        case "artnet":
            host = found.host or artnet.BROADCAST
            routes = _routes(url, options, used, range(artnet.LAST_PORT_ADDRESS + 1))
            sender = UdpSender(host, found.port, interface=card)
            sync = options.choice("sync", ("0", "1"), "0") == "1"
            return ArtNetDriver(url, sender, routes, sync=sync), options
        case "sacn":
            routes = _routes(url, options, used, sacn.UNIVERSES)
            return (
                SacnDriver(
                    url,
                    UdpSender(found.host or sacn.group(1), found.port, interface=card),
                    routes,
                    multicast=not found.host,
                    sender=sacn.cid(production, url.partition("?")[0]),
                    name=options.text("source", production),
                    priority=options.whole("priority", 100, 0, 200),
                    sync=options.whole("sync", 0, 1, sacn.UNIVERSES[-1]),
                ),
                options,
            )
    routes = _routes(url, options, used, range(64000))
    sender = UdpSender(found.host, found.port)
    pixel = options.choice("pixel", ("rgb", "rgbw"), "rgb")
    if form.scheme == "ddp":
        to = options.whole("id", 1, 1, 255)
        return DdpDriver(url, sender, routes, pixel=pixel, destination=to), options
    timeout = options.whole("timeout", 2, 2, 255)
    return WledDriver(url, sender, routes, pixel=pixel, timeout=timeout), options


def _serial(url: str) -> tuple[str, UrlOptions]:
    parts = urlsplit(url)
    target = unquote(parts.path)
    if not target or parts.netloc or not url.isprintable():
        raise AddressError(repr(url)[1:-1], found="no device", expected=SERIAL.expected)
    return target, UrlOptions(url, address.options(url, parts.query, SERIAL.options))


def _interface(url: str, options: UrlOptions) -> str:
    card = options.text("interface", "")
    try:
        return str(ipaddress.IPv4Address(card)) if card else ""
    except ValueError:
        expected = "the address of a network card of this machine"
        raise AddressError(url, "interface", found=repr(card), expected=expected) from None


def _routes(
    url: str, options: UrlOptions, used: Mapping[int, int], allowed: range
) -> Sequence[Route]:
    """Give the universes that go out, with their numbers on the wire."""
    offset = options.whole("offset", 0, -64000, 64000)
    rows = {universe: row for row, universe in enumerate(used)}
    wanted = options.universes() or {universe: universe for universe in used}
    routes = []
    for universe, named in wanted.items():
        if universe not in rows:
            expected = "one of " + ", ".join(map(str, rows))
            raise AddressError(url, "universes", found=universe, expected=expected)
        number = named + offset
        if number not in allowed:
            raise AddressError(
                url,
                "universes",
                found=f"universe {universe} as {number}",
                expected=f"{allowed[0]} to {allowed[-1]}",
            )
        routes.append(Route(rows[universe], universe, number, used[universe]))
    return routes
