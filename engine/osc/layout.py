"""Which format an OSC output's URL asks for.

=================== ===================================================================
format=figurant     engine.osc.figurant; so without any
format=joints       the same with an address for each joint
format=bisnad       engine.osc.bisnad; scale=100 for centimetres
format=vmc          engine.osc.vmc; performer=NAME for that one alone
=================== ===================================================================
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Protocol

from engine.errors import AddressError
from engine.frame import Frame
from engine.osc.bisnad import Bisnad
from engine.osc.figurant import Bundle
from engine.osc.vmc import Vmc

OWN = ("figurant", "joints")
"""Formats with addresses of Figurant's own."""
FORMATS = ("figurant", "joints", "bisnad", "vmc")
OPTIONS = ("format", "performer", "scale")
_OWN = {"performer": "vmc", "scale": "bisnad"}
"""Options that belong to one format."""


class Layout(Protocol):
    """Lays out frames as datagrams. ports: how many it sends to, the output's and the next."""

    ports: int

    def datagrams(self, frame: Frame) -> list[tuple[int, bytes]]:
        """Give datagrams, each with the port it goes to, counted from the output's."""
        ...


def layout(url: str, options: Mapping[str, str], performers: Sequence[str], delay: float) -> Layout:
    """Give the layout that the options of a URL ask for.

    performers: names in the order of the frame. delay: seconds from a frame's clock to its
    showing. Raises AddressError for what no format knows.
    """
    name = options.get("format", "figurant")
    if name not in FORMATS:
        raise AddressError(url, "format", found=repr(name), expected=f"one of {', '.join(FORMATS)}")
    for option, own in _OWN.items():
        if option in options and name != own:
            raise AddressError(url, option, found=f"format={name}", expected=f"format={own}")
    match name:
        case "bisnad":
            return Bisnad(len(performers), _scale(url, options.get("scale", "1")))
        case "vmc":
            return Vmc(_rows(url, options.get("performer"), performers))
    return Bundle(performers, delay, joints=name == "joints")


def _scale(url: str, text: str) -> float:
    try:
        scale = float(text)
    except ValueError:
        scale = math.nan
    if not 0 < scale < math.inf:
        raise AddressError(url, "scale", found=repr(text), expected="a number above 0")
    return scale


def _rows(url: str, name: str | None, performers: Sequence[str]) -> list[int]:
    if name is None:
        return list(range(len(performers)))
    if name not in performers:
        expected = f"one of {', '.join(performers)}"
        raise AddressError(url, "performer", found=repr(name), expected=expected)
    return [performers.index(name)]
