"""Pixel streams: the used channels of several universes, one after another.

DDP, WLED, Adalight and TPM2 know no universes, only a strip of pixels. What the patch
lays out in universes follows one another there, each universe up to the last channel that
it uses.
"""

from __future__ import annotations

from collections.abc import Sequence

from engine.errors import AddressError
from engine.lights.driver import Route
from engine.lights.levels import Levels


def strip(levels: Levels, routes: Sequence[Route]) -> bytes:
    """Give the bytes of a strip."""
    return b"".join(levels.data[route.row, : route.length].tobytes() for route in routes)


def check(url: str, routes: Sequence[Route], size: int, most: int) -> None:
    """Check that every universe holds whole pixels of `size` channels, `most` of them at all.

    Raises AddressError.
    """
    for route in routes:
        if route.length % size:
            raise AddressError(
                url,
                found=f"{route.length} channels in universe {route.universe}",
                expected=f"whole pixels of {size} channels",
            )
    count = sum(route.length for route in routes) // size
    if count > most:
        raise AddressError(url, found=f"{count} pixels", expected=f"{most} at most")
