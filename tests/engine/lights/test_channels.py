"""Channel orders: letters as on a data sheet."""

from __future__ import annotations

import pytest

from engine.lights import channels
from engine.lights.channels import DIMMER, UNUSED

ORDERS = {
    "RGB": ((0, 1, 2), "---"),
    "GRB": ((1, 0, 2), "---"),
    "RGBW": ((0, 1, 2, 3), "----"),
    "RGBA": ((0, 1, 2, 4), "----"),
    "RGBWAUV": ((0, 1, 2, 3, 4, 5), "------"),
    "DRGB": ((DIMMER, 0, 1, 2), "----"),
    "D": ((DIMMER,), "-"),
    "Dd": ((DIMMER, DIMMER), "cf"),
    "RrGgBb": ((0, 0, 1, 1, 2, 2), "cfcfcf"),
    "UVuv": ((5, 5), "cf"),
    "D_RGB": ((DIMMER, UNUSED, 0, 1, 2), "-----"),
    "RGBrgb": ((0, 1, 2, 0, 1, 2), "cccfff"),
}


@pytest.mark.parametrize("text", ORDERS)
def test_letters_say_emitter_and_half(text: str) -> None:
    order = channels.order(text)
    source, halves = ORDERS[text]
    assert order.source == source
    marks = zip(order.wide, order.fine, strict=True)
    assert "".join("f" if fine else "c" if wide else "-" for wide, fine in marks) == halves


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("RGX", "found letter 'X', expected letters of"),
        ("RGBU", "found letter 'U', expected letters of"),
        ("RGG", "found 'G' twice, expected each once"),
        ("RgB", "found 'g' alone, expected 'G' as well"),
        ("__", "found no light, expected an emitter or D"),
        ("", "found nothing, expected letters of"),
    ],
)
def test_other_letters_are_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        channels.order(text)
