"""Deep.Dance's HTTP call for an LED: /<led|all>/<RRGGBBWWAAUV>/<fade in milliseconds>.

All 8 bits of each color count (Deep.Dance read the upper four), "all" is the LEDs that
there are (it wrote one more), and an empty fade is 200 ms, as it was. `release` in place
of the color gives the LED back to the looks.
"""

from __future__ import annotations

import re

from engine.lights.color import Emission, emission
from show.refusal import RefusedError

RELEASE = "release"
FADE = 0.2
LONGEST_FADE = 3_600_000
_COLOR = re.compile(r"[0-9a-fA-F]{12}")


def color(text: str) -> Emission | None:
    """Give the light of the emitters, None to let go; raises RefusedError."""
    if text == RELEASE:
        return None
    if not _COLOR.fullmatch(text):
        expected = f"12 hexadecimal digits RRGGBBWWAAUV, or {RELEASE}"
        raise RefusedError("color", found=repr(text)[:40], expected=expected)
    return emission(text)


def seconds(text: str) -> float:
    """Give the fade in seconds; raises RefusedError."""
    if not text:
        return FADE
    if not (text.isascii() and text.isdigit() and len(text) < 9 and int(text) <= LONGEST_FADE):
        expected = f"milliseconds, 0 to {LONGEST_FADE}"
        raise RefusedError("fade", found=repr(text)[:40], expected=expected)
    return int(text) / 1000
