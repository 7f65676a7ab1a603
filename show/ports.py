"""Ports: which sink or source a URL stands for; the same URLs on the command line and in
show.toml. What a scheme needs is imported when a URL has it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from engine import address
from engine.errors import AddressError
from engine.fanout import Sink
from engine.lights.outlet import is_outlet
from engine.lights.state import LightState
from engine.lights.teller import Teller
from engine.sinks.osc import OscSink
from engine.slot import Slot
from engine.sources.osc import Handle, OscSource

SCHEMES = ("osc", "mqtt", "mqtts")


class Source(Protocol):
    """Where commands come from."""

    url: str

    async def open(self) -> None:
        """Begin to listen; raises AddressError where that cannot be."""
        ...

    def close(self) -> None:
        """Stop listening; closing twice is harmless."""
        ...


@dataclass(frozen=True, slots=True)
class Engine:
    """What sinks tell of the engine behind them.

    hello: engine.wire.hello(). name: its own among those of a broker. now: its clock.
    lights: gives what the lights are asked to do, None where there are no lights. troupe:
    URL of the broker where engines know each other, None without. states:
    where the newest state of the show is put, one slot a sink that tells it.
    """

    hello: Mapping[str, Any]
    name: str
    now: Callable[[], float]
    lights: Callable[[], LightState] | None = None
    troupe: str | None = None
    states: list[Slot[str]] = field(default_factory=list)

    @property
    def performers(self) -> list[str]:
        """Names of the performers in the order of the frame."""
        return [performer["name"] for performer in self.hello["performers"]]

    def teller(self) -> Teller | None:
        """Give one who tells a listener what the lights are asked to do."""
        return None if self.lights is None else Teller(self.lights)


def check_output(url: str, performers: Sequence[str]) -> None:
    """Raise AddressError where a URL is no output's; those of the lights are not looked at.

    performers: their names in the order of the frame.
    """
    if is_outlet(url):
        return
    if _scheme(url) == "osc":
        OscSink(url, performers)
    else:
        _check_broker(url)


def check_source(url: str) -> None:
    """Raise AddressError where a URL is no source's."""
    if _scheme(url) == "osc":
        address.parse(url, "osc")
    else:
        _check_broker(url)


def sinks(urls: Sequence[str], engine: Engine) -> list[Sink]:
    """Give the sink of each output that takes frames, every URL once."""
    return [_sink(url, engine) for url in dict.fromkeys(urls) if not is_outlet(url)]


def sources(urls: Sequence[str], handle: Handle) -> list[Source]:
    """Give the source of each URL, every one once; handle: takes the commands."""
    return [_source(url, handle) for url in dict.fromkeys(urls)]


def _sink(url: str, engine: Engine) -> Sink:
    if _scheme(url) == "osc":
        return OscSink(
            url,
            engine.performers,
            delay=engine.hello.get("delay", 0.0),
            now=engine.now,
            teller=engine.teller(),
        )
    from engine.sinks.mqtt import MqttSink

    state: Slot[str] = Slot()
    engine.states.append(state)
    name = None if url == engine.troupe else engine.name
    return MqttSink(url, engine.hello, name=name, now=engine.now, state=state)


def _source(url: str, handle: Handle) -> Source:
    if _scheme(url) == "osc":
        return OscSource(url, handle)
    from engine.sources.mqtt import MqttSource

    return MqttSource(url, handle)


def _check_broker(url: str) -> None:
    from engine import mqtt

    mqtt.parse(url)


def _scheme(url: str) -> str:
    found = address.scheme(url)
    if found not in SCHEMES:
        expected = f"one of {', '.join(f'{scheme}://' for scheme in SCHEMES)}"
        raise AddressError(repr(url)[1:-1], found=f"scheme {found or 'none'!r}", expected=expected)
    return found
