"""What other programs may find out about a running show: OSCQuery, and zeroconf."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from urllib.parse import urlsplit

from engine import address
from engine.address import Address
from engine.sources.osc import LOOPBACK
from show import osc_query, osc_tree
from show.announce import Service, announced
from show.osc_tree import Node

log = logging.getLogger(__name__)


@contextlib.asynccontextmanager
async def discoverable(
    title: str,
    pages: str,
    sources: Sequence[str],
    tree: Callable[[], Node],
    *,
    host: str,
    broker: int | None,
) -> AsyncIterator[None]:
    """Let a show be found while the context lasts.

    pages: URL of the projection page. sources: URLs of what the show hears. tree: gives its
    OSC addresses as they are now. host: where the show serves. broker: port of its own
    broker, None without.
    """
    served = urlsplit(pages)
    assert served.hostname is not None
    assert served.port is not None
    services = [Service("_http._tcp", host, served.port, {"path": "/"})]
    heard = _heard(sources)
    if heard is not None:
        services.append(Service("_osc._udp", heard.host, heard.port))
    if broker is not None:
        services.append(Service("_mqtt._tcp", host, broker))
    info = osc_tree.host_info(title, heard)
    async with osc_query.served(tree, info, host, (served.port + 1) % 65536) as port:
        log.info("OSCQuery at http://%s:%d/", served.hostname, port)
        services.append(Service("_oscjson._tcp", host, port))
        async with announced(title, services):
            yield


def _heard(sources: Sequence[str]) -> Address | None:
    """Give where OSC is heard first."""
    for url in sources:
        if address.scheme(url) == "osc":
            found = address.parse(url, "osc")
            return replace(found, host=found.host or LOOPBACK)
    return None
