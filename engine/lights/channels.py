"""The channel order of a pixel, read from letters as on a fixture's data sheet.

``R G B W A UV`` are its emitters, ``D`` a dimmer for all of them, ``_`` a channel that
stays 0. A capital is a channel of 8 bits, or the coarse half of one of 16; the same letter
small is its fine half. So ``RGB``, ``GRB``, ``RGBWAUV``, ``DRGB``, ``D``, ``RrGgBb``,
``Dd``, ``D_RGB``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

EMITTERS = ("R", "G", "B", "W", "A", "UV")
"""Emitters in the order of the rows of light, linear: red, green, blue, white, amber, UV."""
DIMMER = len(EMITTERS)
UNUSED = -1
_NAMES = (*EMITTERS, "D")
_TOKEN = re.compile(r"UV|uv|[RGBWAD]|[rgbwad]|_")
KNOWN = "letters of R G B W A UV D _, small ones for the fine half of 16 bits"


@dataclass(frozen=True, slots=True)
class Order:
    """The channels of one pixel, in their order.

    text: as it was written. source: of each channel the row of its emitter, DIMMER or
    UNUSED. fine: whether it is the fine half. wide: whether its source has 16 bits.
    """

    text: str
    source: tuple[int, ...]
    fine: tuple[bool, ...]
    wide: tuple[bool, ...]

    @property
    def emitters(self) -> tuple[int, ...]:
        """Rows of the emitters that the pixel has, ascending; none for a lone dimmer."""
        return tuple(sorted({source for source in self.source if 0 <= source < DIMMER}))

    @property
    def dimmed(self) -> bool:
        """Whether a dimmer channel scales the emitters."""
        return DIMMER in self.source

    def __len__(self) -> int:
        return len(self.source)


def order(text: str) -> Order:
    """Give the order that the letters say.

    Raises ValueError, "found …, expected …", where they say none.
    """
    tokens = _TOKEN.findall(text)
    if not text or "".join(tokens) != text:
        rest = _TOKEN.sub("", text)
        raise ValueError(f"found {f'letter {rest[0]!r}' if rest else 'nothing'}, expected {KNOWN}")
    for token in tokens:
        if token != "_" and tokens.count(token) > 1:
            raise ValueError(f"found {token!r} twice, expected each once")
        if token.islower() and token.upper() not in tokens:
            raise ValueError(f"found {token!r} alone, expected {token.upper()!r} as well")
    if all(token == "_" for token in tokens):
        raise ValueError("found no light, expected an emitter or D")
    return Order(
        text,
        tuple(UNUSED if token == "_" else _NAMES.index(token.upper()) for token in tokens),
        tuple(token.islower() for token in tokens),
        tuple(token.lower() in tokens and token != "_" for token in tokens),
    )
