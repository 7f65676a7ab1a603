"""Discovery: the show says on the network what it serves, by zeroconf (multicast DNS).

Pages are announced as `_http._tcp`, OSC that is heard as `_osc._udp`, OSCQuery as
`_oscjson._tcp`, an embedded broker as `_mqtt._tcp`. What listens on this machine alone is
announced to nobody. A network that refuses is logged, and the show goes on.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import logging
import socket
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field

log = logging.getLogger(__name__)

GOODBYE = 1.0
"""Seconds that taking leave of the network may take."""


@dataclass(frozen=True, slots=True)
class Service:
    """Something that is served. kind: as in "_http._tcp". host: where it listens."""

    kind: str
    host: str
    port: int
    properties: Mapping[str, str] = field(default_factory=dict)

    @property
    def reachable(self) -> bool:
        """Whether another machine may reach it."""
        try:
            return not ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host not in ("localhost", "")


@contextlib.asynccontextmanager
async def announced(title: str, services: Sequence[Service]) -> AsyncIterator[None]:
    """Announce, while the context lasts, those services that another machine may reach."""
    reachable = [service for service in services if service.reachable]
    if not reachable:
        yield
        return
    task = asyncio.create_task(_announce(title, reachable))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _announce(title: str, services: Sequence[Service]) -> None:
    """Announce until cancelled, then take leave."""
    import ifaddr
    from zeroconf import Error, IPVersion
    from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf

    try:
        net = AsyncZeroconf(ip_version=IPVersion.V4Only)
    except OSError as error:
        log.warning("not announced on the network: %s", error)
        return
    machine = [
        ip.ip for adapter in ifaddr.get_adapters() for ip in adapter.ips if isinstance(ip.ip, str)
    ]
    try:
        for service in services:
            kind = f"{service.kind}.local."
            info = AsyncServiceInfo(
                kind,
                f"{title.replace('.', ' ')[:40]}.{kind}",
                port=service.port,
                parsed_addresses=await _addresses(service.host, machine),
                properties=dict(service.properties),
                server=f"{socket.gethostname()}.local.",
            )
            await (await net.async_register_service(info, allow_name_change=True))
        await asyncio.Event().wait()
    except (Error, OSError) as error:
        log.warning("not announced on the network: %s", error or type(error).__name__)
    finally:
        with contextlib.suppress(TimeoutError, OSError):
            async with asyncio.timeout(GOODBYE):
                await net.async_unregister_all_services()
        with contextlib.suppress(TimeoutError, OSError):
            async with asyncio.timeout(GOODBYE):
                await net.async_close()


async def _addresses(host: str, machine: Sequence[str]) -> list[str]:
    """Give the IPv4 addresses under which a host of this machine is reached."""
    if host in ("0.0.0.0", "::"):
        return [ip for ip in machine if not ipaddress.ip_address(ip).is_loopback]
    found = await asyncio.get_running_loop().getaddrinfo(host, None, family=socket.AF_INET)
    return sorted({str(where[0]) for *_, where in found})
