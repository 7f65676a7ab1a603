"""The rule from red, green and blue to the emitters that there are."""

from __future__ import annotations

import numpy as np
import pytest

from engine.lights import channels
from engine.lights.emitters import Emitters

Six = tuple[float, ...]


def emitted(letters: str, *light: float) -> list[float]:
    """What each emitter gives, for a color, and perhaps single emitters."""
    asked = np.zeros((9, 1), np.float32)
    asked[: len(light), 0] = light
    emitters = Emitters(channels.order(letters), 1)
    return emitters.of(asked, plain=len(light) == 3)[:, 0].tolist()


@pytest.mark.parametrize(
    ("letters", "light", "expected"),
    [
        ("RGB", (0.2, 0.4, 0.6), (0.2, 0.4, 0.6)),
        ("RGBW", (0.2, 0.4, 0.6), (0, 0.2, 0.4, 0.2)),
        ("RGBW", (1, 1, 1), (0, 0, 0, 1)),
        ("RGBA", (1, 0.4, 0), (0, 0, 0, 1)),
        ("RGBA", (0.5, 0.5, 0), (0, 0.3, 0, 0.5)),
        ("RGBA", (1, 0.2, 0), (0.5, 0, 0, 0.5)),
        ("RGBWA", (1, 0.7, 0.5), (0, 0, 0, 0.5, 0.5)),
        ("RGBWAUV", (0.35, 0, 1), (0.35, 0, 1, 0, 0, 1)),
        ("RGBWAUV", (0, 0, 1), (0, 0, 1, 0, 0, 0)),
        # Asked for by name, and there or not.
        ("RGBWAUV", (0, 0, 0, 1, 1, 1, 0.3, 0.2, 0.1), (1, 1, 1, 0.3, 0.2, 0.1)),
        ("RGB", (0, 0, 0, 0, 0, 0, 0.5, 0, 0), (0.5, 0.5, 0.5)),
        ("RGB", (0, 0, 0, 0, 0, 0, 0, 0.5, 0), (0.5, 0.2, 0)),
        ("RGB", (0, 0, 0, 0, 0, 0, 0, 0, 1), (0.175, 0, 0.5)),
        ("W", (0, 0, 0, 0.5, 0.2, 0.1, 0, 0, 0), (0.5,)),
        # Too bright: the hue stays.
        ("RGB", (2, 1, 0), (1, 0.5, 0)),
        ("RGBW", (0.5, 0.5, 0.5, 0, 0, 0, 0.8, 0, 0), (0, 0, 0, 1)),
        # Without colors.
        ("D", (0.2, 0.7, 0.1), (0.7,)),
        ("W", (0.2, 0.7, 0.1), (0.7,)),
        ("WA", (1, 0.4, 0), (0, 1)),
        ("UV", (0, 0, 0.6), (0.6,)),
    ],
)
def test_the_stated_rule(letters: str, light: Six, expected: Six) -> None:
    assert emitted(letters, *light) == pytest.approx(expected, abs=1e-6)


def test_the_light_is_the_same_with_white_and_amber_or_without() -> None:
    rng = np.random.default_rng(1)
    for r, g, b in rng.uniform(0, 1, (50, 3)).tolist():
        red, green, blue, white, amber = emitted("RGBWA", r, g, b)
        mixed = (red + white + amber, green + white + 0.4 * amber, blue + white)
        assert mixed == pytest.approx((r, g, b), abs=1e-5)
