"""Frames from another machine's show, as a lighting machine or a screen takes them.

========================== ============================================================
ws://host[:8137]           the show's own `/frames`
osc://[host]:port          OSC bundles that the show sends here (`--output osc://…`)
mqtt://…, mqtts://…        a broker, engine.sources.mqtt_frames
========================== ============================================================
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping
from typing import Any, Protocol

from engine import address
from engine.errors import AddressError
from engine.frame import Frame

SCHEMES = ("ws", "osc", "mqtt", "mqtts")
Ponged = Callable[[float, float, float], None]
"""Takes when a ping was sent and when its answer came, both by `now`, and the engine clock."""


class FrameSource(Protocol):
    """Frames of a show, for ever; what breaks on the way is opened again.

    hello: of the show, None before the first; new performers make a new one.
    """

    url: str
    hello: dict[str, Any] | None

    async def open(self) -> None:
        """Make ready to listen; raises AddressError where that cannot be."""
        ...

    def frames(self) -> AsyncGenerator[Frame, None]:
        """Yield frames as they come."""
        ...


def frame_source(
    url: str,
    *,
    now: Callable[[], float],
    ponged: Ponged = lambda sent, came, clock: None,
    lit: Callable[[Mapping[str, Any]], None] = lambda told: None,
    report: Callable[[], Mapping[str, Any]] | None = None,
) -> FrameSource:
    """Give the source of a URL.

    now: this machine's clock. lit: takes each light state that comes, as JSON holds it.
    report: gives what the show is told of this receiver, where the way leads back to it.
    Raises AddressError where the URL is none, naming the nearest scheme.
    """
    match address.scheme(url):
        case "ws":
            from engine.sources.websocket_frames import WebSocketFrames

            return WebSocketFrames(url, now=now, ponged=ponged, lit=lit, report=report)
        case "osc":
            from engine.sources.osc_frames import OscFrames

            return OscFrames(url, now=now, ponged=ponged, lit=lit)
        case "mqtt" | "mqtts":
            from engine.sources.mqtt_frames import MqttFrames

            return MqttFrames(url, now=now, ponged=ponged, lit=lit)
    scheme = address.scheme(url)
    raise AddressError(
        url, found=f"scheme {scheme or 'none'!r}", expected=address.nearest(scheme, SCHEMES)
    )
