"""The address of a timecode: internal:, mtc:PORT NAME, midiclock:PORT NAME, ltc:DEVICE or FILE."""

from __future__ import annotations

from dataclasses import dataclass

from engine.errors import AddressError

INTERNAL = "internal:"
FORMS = {
    "internal": INTERNAL,
    "mtc": "mtc:PORT NAME",
}
"""Schemes, each with what its address looks like."""


@dataclass(frozen=True, slots=True)
class TimecodeAddress:
    """A scheme and the name of a port, a device or a file: "mtc" and "Desk"."""

    url: str
    scheme: str
    name: str


def parse(url: str) -> TimecodeAddress:
    """Give the address in a URL; raises AddressError where it is none of a timecode."""
    expected = f"one of {', '.join(FORMS.values())}"
    if not url.isprintable():
        raise AddressError(repr(url), found="unprintable characters", expected=expected)
    scheme, colon, name = url.partition(":")
    if not colon or scheme not in FORMS:
        raise AddressError(url, found=f"scheme {scheme or 'none'!r}", expected=expected)
    if scheme == "internal" and name:
        raise AddressError(url, found="more than a scheme", expected=INTERNAL)
    return TimecodeAddress(url, scheme, name.strip())
