"""Colors: linear light, from what people write."""

from __future__ import annotations

from functools import lru_cache

Emission = tuple[float, float, float, float, float, float]
"""Linear light 0..1 of single emitters: red, green, blue, white, amber, UV."""
Color = tuple[float, ...]
"""Nine numbers: a color as red, green and blue, to be made of whatever emitters there are,
then an Emission, which goes to its emitters as it is."""
MIXED = 3
"""How many of the nine are the color."""
WHITE: Color = (1.0, 1.0, 1.0, *(0.0,) * 6)


@lru_cache(1024)
def light(text: str) -> Color:
    """Give the light of "#rrggbb", a color in sRGB (IEC 61966-2-1), or of "#rrggbbwwaauv"."""
    if len(text) == 13:
        return (0.0, 0.0, 0.0, *emission(text[1:]))
    levels = (int(text[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return (*map(linear, levels), *(0.0,) * 6)


def emission(digits: str) -> Emission:
    """Give the light of emitters, linear, in twelve hexadecimal digits RRGGBBWWAAUV."""
    r, g, b, w, a, uv = (int(digits[i : i + 2], 16) / 255 for i in range(0, 12, 2))
    return r, g, b, w, a, uv


def linear(srgb: float) -> float:
    """Give the linear light of an sRGB value 0..1."""
    return srgb / 12.92 if srgb <= 0.04045 else ((srgb + 0.055) / 1.055) ** 2.4


def scaled(color: Color, by: float) -> Color:
    """Give a color times a number."""
    return tuple(value * by for value in color)


def mixed(first: Color, second: Color, part: float) -> Color:
    """Give the color that is a part of the way from one to another."""
    return tuple(a + (b - a) * part for a, b in zip(first, second, strict=True))
