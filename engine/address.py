"""Addresses: every device and peer has a URL, the same on the command line and in show.toml."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from engine.errors import AddressError


@dataclass(frozen=True, slots=True)
class Address:
    """A host and a port, as in osc://host:port. host is empty where the URL names none."""

    url: str
    host: str
    port: int


def parse(url: str, scheme: str) -> Address:
    """Give the address in a URL of the form scheme://host:port or scheme://:port.

    Raises AddressError where the URL has another form, or options that nothing reads.
    """
    expected = f"{scheme}://host:port"
    if not url.isprintable():
        raise AddressError(repr(url), found="unprintable characters", expected=expected)
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise AddressError(url, found=error, expected=expected) from None
    if parts.scheme != scheme:
        raise AddressError(url, found=f"scheme {parts.scheme or 'none'!r}", expected=expected)
    if port is None or port == 0:
        raise AddressError(url, found="no port", expected=expected)
    if parts.path not in ("", "/") or parts.query or parts.fragment or parts.username:
        raise AddressError(url, found="more than a host and a port", expected=expected)
    return Address(url, host or "", port)
