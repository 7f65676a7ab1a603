"""Colors: the linear light of six emitters, from what people write."""

from __future__ import annotations

from functools import lru_cache

Color6 = tuple[float, float, float, float, float, float]
"""Linear light 0..1 of red, green, blue, white, amber and UV."""


@lru_cache(1024)
def light(text: str) -> Color6:
    """Give the light of "#rrggbb", which is sRGB, or of emitters "#rrggbbwwaauv", linear.

    sRGB: IEC 61966-2-1.
    """
    levels = [int(text[i : i + 2], 16) / 255 for i in range(1, len(text), 2)]
    if len(levels) == 6:
        r, g, b, w, a, uv = levels
        return r, g, b, w, a, uv
    r, g, b = map(linear, levels)
    return r, g, b, 0.0, 0.0, 0.0


def linear(srgb: float) -> float:
    """Give the linear light of an sRGB value 0..1."""
    return srgb / 12.92 if srgb <= 0.04045 else ((srgb + 0.055) / 1.055) ** 2.4


def scaled(color: Color6, by: float) -> Color6:
    """Give a color times a number."""
    r, g, b, w, a, uv = color
    return r * by, g * by, b * by, w * by, a * by, uv * by
