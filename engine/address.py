"""Addresses: every device and peer has a URL, the same on the command line and in show.toml."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlsplit

from engine.errors import AddressError


@dataclass(frozen=True, slots=True)
class Address:
    """What a URL says: scheme://user@host:port/path?key=value.

    host, user and path are empty where the URL names none; path has no outer slashes.
    """

    url: str
    host: str
    port: int
    user: str = ""
    path: str = ""
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Form:
    """What the URLs of a scheme may hold besides a host and a port.

    port: where a URL names none, None where it must. user, path: whether there may be
    one. options: the keys after the question mark. example: what an error expects.
    """

    scheme: str
    port: int | None = None
    user: bool = False
    path: bool = False
    options: Collection[str] = ()
    example: str = ""

    @property
    def expected(self) -> str:
        """How such a URL looks."""
        return self.example or f"{self.scheme}://host:port"


def scheme(url: str) -> str:
    """Give the part of a URL before the colon, in small letters; empty where there is none."""
    return url.partition(":")[0].lower() if ":" in url else ""


def parse(url: str, form: str | Form) -> Address:
    """Give what a URL says; form: a scheme alone stands for scheme://[host]:port.

    Raises AddressError where the URL has another form, or options that nothing reads.
    """
    if isinstance(form, str):
        form = Form(form)
    expected = form.expected
    if not url.isprintable():
        raise AddressError(repr(url), found="unprintable characters", expected=expected)
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise AddressError(url, found=error, expected=expected) from None
    if parts.scheme != form.scheme:
        raise AddressError(url, found=f"scheme {parts.scheme or 'none'!r}", expected=expected)
    if parts.password is not None:
        raise AddressError("a URL", found="a password in it", expected=expected)
    port = form.port if port is None else port
    if not port:
        raise AddressError(url, found="no port", expected=expected)
    path = unquote(parts.path).strip("/")
    beyond = parts.fragment or (path and not form.path) or (parts.username and not form.user)
    if beyond or (parts.query and not form.options):
        raise AddressError(url, found="more than a host and a port", expected=expected)
    read = options(url, parts.query, form.options)
    return Address(url, host or "", port, unquote(parts.username or ""), path, read)


def options(url: str, query: str, known: Collection[str]) -> dict[str, str]:
    """Give the options in the part of a URL after the question mark.

    Raises AddressError for one that is not known, with the nearest, or that comes twice.
    """
    found: dict[str, str] = {}
    for key, value in parse_qsl(query, keep_blank_values=True):
        if key in found:
            raise AddressError(url, found=f"option {key!r} twice", expected="it once")
        if key not in known:
            raise AddressError(url, found=f"option {key!r}", expected=nearest(key, known))
        found[key] = value
    return found


def nearest(word: str, known: Collection[str]) -> str:
    """Give what an error expects instead of a word: the known one nearest to it, and all."""
    near = difflib.get_close_matches(word, known, 1, cutoff=0.5)
    perhaps = f"{near[0]!r} perhaps, or " if near else ""
    return f"{perhaps}one of {', '.join(known)}"
