"""The patch: which pixel of light hangs where, and on which DMX channels.

These are the engine's own words for it; `show` reads them from patch.toml.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from engine.lights.channels import Order
from engine.lights.levels import CHANNELS
from engine.lights.look import Look
from engine.lights.loss import Loss

LAST_UNIVERSE = 63_999
"""Of sACN; a protocol with fewer refuses those beyond."""
Straddle = Literal["no", "pixels", "channels"]


@dataclass(frozen=True, slots=True)
class Fixture:
    """A run of n pixels of one kind.

    positions: float32 [n, 3], metres, stage space. channels: int32 [n, C], of each pixel
    universe * 512 + channel - 1 in the order of `order`. fixed: channels that always have
    one value. gamma: of the fixture itself, light = value ** gamma. dimmer_max: the most
    light it gives, 0..1. supply: the name of its power supply, None for one without a
    limit. watts: of one pixel's emitters at full, one number each as in `channels.EMITTERS`.
    dither: whether 8-bit channels are dithered in time.
    """

    name: str
    order: Order
    positions: NDArray[np.float32]
    channels: NDArray[np.int32]
    fixed: Mapping[int, int]
    gamma: float
    dimmer_max: float
    supply: str | None
    watts: tuple[float, ...]
    dither: bool

    @property
    def all_channels(self) -> NDArray[np.int32]:
        """Every channel that it takes, fixed ones first."""
        return np.concatenate([np.array([*self.fixed], np.int32), self.channels.ravel()])

    @property
    def span(self) -> str:
        """The channels as people write them, "1.1-72" or "1.500 to 2.60"."""
        channels = self.all_channels
        first, last = int(channels.min()), int(channels.max())
        if first // CHANNELS == last // CHANNELS:
            return f"{place(first)}-{last % CHANNELS + 1}"
        return f"{place(first)} to {place(last)}"


@dataclass(frozen=True, slots=True)
class Patch:
    """A rig: N pixels in the order of their fixtures, and the looks that it can have.

    supplies: watts that each power supply gives. flashes: most flashes a second. loss:
    what the lights do without frames. projection: whether the projection shows the pixels.
    """

    path: Path
    fixtures: tuple[Fixture, ...]
    supplies: Mapping[str, float]
    looks: Mapping[str, Look]
    flashes: float
    loss: Loss
    projection: bool = False

    @property
    def positions(self) -> NDArray[np.float32]:
        """Where the pixels are: float32 [N, 3], metres, stage space."""
        return np.concatenate([fixture.positions for fixture in self.fixtures])

    @property
    def universes(self) -> tuple[int, ...]:
        """The universes that are used, ascending."""
        return tuple(self.lengths)

    @property
    def lengths(self) -> dict[int, int]:
        """How many channels of each universe are used, from the first one on, ascending."""
        used = np.unique(np.concatenate([fixture.all_channels for fixture in self.fixtures]))
        return {int(channel) // CHANNELS: int(channel) % CHANNELS + 1 for channel in used}


def place(channel: int) -> str:
    """Give a channel as people write it, "universe.channel"."""
    return f"{channel // CHANNELS}.{channel % CHANNELS + 1}"


def lay(start: int, pixels: int, width: int, straddle: Straddle) -> NDArray[np.int32]:
    """Give the channels [pixels, width] of pixels that follow one another from `start` on.

    straddle: "no" to stay in one universe; "pixels" to go on at channel 1 of the next one
    with the first pixel that does not fit; "channels" to go on in the middle of a pixel.
    Raises ValueError, "found …, expected …", where they leave their universe unasked or
    the last one there is.
    """
    room = CHANNELS - start % CHANNELS
    at = start + np.arange(pixels * width, dtype=np.int64).reshape(pixels, width)
    if straddle == "pixels":
        own, each = room // width, CHANNELS // width
        beyond = np.maximum(np.arange(pixels) - own, 0)
        first = (start // CHANNELS + 1 + beyond // each) * CHANNELS + beyond % each * width
        moved = np.arange(pixels) >= own
        at[moved] = first[moved, None] + np.arange(width)
    elif straddle == "no" and pixels * width > room:
        raise ValueError(
            f"found {place(start)} to {start // CHANNELS}.{start % CHANNELS + pixels * width}, "
            f"expected {CHANNELS} at most, or straddle"
        )
    if at[-1, -1] // CHANNELS > LAST_UNIVERSE:
        raise ValueError(
            f"found universe {at[-1, -1] // CHANNELS}, expected at most {LAST_UNIVERSE}"
        )
    return at.astype(np.int32)


def overlap(fixtures: Sequence[Fixture]) -> tuple[Fixture, Fixture, int] | None:
    """Give two fixtures that take the same channel, and the first such channel; None for none."""
    taken: dict[int, Fixture] = {}
    for fixture in fixtures:
        for channel in fixture.all_channels.tolist():
            if channel in taken:
                return taken[channel], fixture, channel
            taken[channel] = fixture
    return None
