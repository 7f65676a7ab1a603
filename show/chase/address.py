"""The address of a timecode: internal:, mtc:PORT NAME, midiclock:PORT NAME, ltc:DEVICE or FILE."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from engine.errors import AddressError

INTERNAL = "internal:"
FORMS = {
    "internal": INTERNAL,
    "mtc": "mtc:PORT NAME",
    "midiclock": "midiclock:PORT NAME",
    "ltc": "ltc:DEVICE or FILE",
}
"""Schemes, each with what its address looks like."""
OPTIONS = {"midiclock": ("bpm",), "ltc": ("channel",)}
LIMITS = {"bpm": (10.0, 400.0), "channel": (1.0, 32.0)}


@dataclass(frozen=True, slots=True)
class TimecodeAddress:
    """A scheme, the name of a port, a device or a file, and options: "ltc:Line In?channel=2"."""

    url: str
    scheme: str
    name: str
    options: Mapping[str, float] = field(default_factory=dict)


def parse(url: str) -> TimecodeAddress:
    """Give the address in a URL; raises AddressError where it is none of a timecode."""
    expected = f"one of {', '.join(FORMS.values())}"
    if not url.isprintable():
        raise AddressError(repr(url), found="unprintable characters", expected=expected)
    scheme, colon, rest = url.partition(":")
    if not colon or scheme not in FORMS:
        raise AddressError(url, found=f"scheme {scheme or 'none'!r}", expected=expected)
    name, _, query = rest.partition("?") if scheme in OPTIONS else (rest, "", "")
    if scheme == "internal" and name:
        raise AddressError(url, found="more than a scheme", expected=INTERNAL)
    return TimecodeAddress(url, scheme, name.strip(), _options(url, scheme, query))


def _options(url: str, scheme: str, query: str) -> dict[str, float]:
    found = {}
    for key, value in parse_qsl(query, keep_blank_values=True):
        known = OPTIONS[scheme]
        if key not in known:
            raise AddressError(url, key, found="an unknown option", expected=", ".join(known))
        low, high = LIMITS[key]
        try:
            number = float(value)
        except ValueError:
            number = -1.0
        if not low <= number <= high:
            expected = f"a number from {low:g} to {high:g}"
            raise AddressError(url, key, found=repr(value), expected=expected)
        found[key] = number
    return found
