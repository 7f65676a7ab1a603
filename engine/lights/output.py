"""The output stage: from linear light to DMX values, once for every protocol.

In this order: the emitters (`engine.lights.emitters`), the grand master and the fixture's
dimmer maximum, the power limit, a dimmer channel, the fixture's gamma, 16 bits, and 8 bits
with dithering (`engine.lights.dither`). Blackout comes last and wins over all of it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from engine.lights.channels import DIMMER, UNUSED
from engine.lights.dither import Dither
from engine.lights.emitters import Emitters
from engine.lights.levels import CHANNELS
from engine.lights.light import Light
from engine.lights.patch import Fixture, Patch

Array = NDArray[np.float32]
FULL = 65535


class Output:
    """Turns the light of a rig into the values of its universes."""

    def __init__(self, patch: Patch) -> None:
        self.universes = patch.universes
        rows = {universe: row for row, universe in enumerate(self.universes)}
        supplies = list(patch.supplies)
        self._limits = np.array([*patch.supplies.values(), np.inf])
        self.dark = np.zeros((len(self.universes), CHANNELS), np.uint8)
        for fixture in patch.fixtures:
            for channel, value in fixture.fixed.items():
                self.dark[rows[channel // CHANNELS], channel % CHANNELS] = value
        groups: dict[tuple[object, ...], list[tuple[int, Fixture]]] = {}
        first = 0
        for fixture in patch.fixtures:
            kind = (fixture.order, fixture.gamma, fixture.dimmer_max, fixture.watts, fixture.dither)
            groups.setdefault(kind, []).append((first, fixture))
            first += len(fixture.positions)
        self._groups = [_Group(members, rows, supplies) for members in groups.values()]

    def levels(
        self, light: Light, *, master: float, blackout: bool, frame: int
    ) -> NDArray[np.uint8]:
        """Give the values [U, 512] of a frame's number, a new array.

        master: of everything, 0..1. Channels with a fixed value keep it in a blackout too:
        they are no light.
        """
        data = self.dark.copy()
        if blackout:
            return data
        watts = np.zeros(len(self._limits))
        for group in self._groups:
            group.emit(light, master)
            group.draw(watts)
        over = watts > self._limits
        if over.any():
            share = np.where(over, self._limits / np.maximum(watts, 1e-9), 1.0)
            for group in self._groups:
                group.limit(share.astype(np.float32))
        for group in self._groups:
            group.write(data.reshape(-1), frame)
        return data


class _Group:
    """All pixels that are laid out alike."""

    def __init__(
        self,
        members: Sequence[tuple[int, Fixture]],
        rows: dict[int, int],
        supplies: Sequence[str],
    ) -> None:
        fixture = members[0][1]
        self._order = fixture.order
        self._gamma, self._most = fixture.gamma, fixture.dimmer_max
        pixels = np.concatenate([first + np.arange(len(f.positions)) for first, f in members])
        whole = np.array_equal(pixels, np.arange(pixels[0], pixels[0] + len(pixels)))
        self._pixels: slice | NDArray[np.intp] = (
            slice(int(pixels[0]), int(pixels[0]) + len(pixels)) if whole else pixels
        )
        self._emitters = Emitters(fixture.order, len(pixels))
        self._light = np.zeros((0, len(pixels)), np.float32)
        channels = np.concatenate([f.channels for _, f in members]).T
        row = np.vectorize(rows.__getitem__, otypes=[np.int64])(channels // CHANNELS)
        self._to = row * CHANNELS + channels % CHANNELS
        self._watts = np.array(fixture.watts, np.float32)
        self._supply = np.concatenate(
            [
                np.full(
                    len(f.positions),
                    len(supplies) if f.supply is None else supplies.index(f.supply),
                )
                for _, f in members
            ]
        )
        slots = [s for s in range(len(self._order)) if self._order.source[s] != UNUSED]
        self._wide = [s for s in slots if self._order.wide[s]]
        self._narrow = [s for s in slots if not self._order.wide[s]]
        shape = (len(self._narrow), len(pixels))
        self._dither = Dither(shape) if fixture.dither else None
        sources = (*self._order.emitters, *((DIMMER,) if self._order.dimmed else ()))
        self._row = {source: i for i, source in enumerate(sources)}
        self._values = np.zeros((len(sources), len(pixels)), np.float32)
        self._steps = np.zeros((len(sources), len(pixels)), np.uint32)

    def emit(self, light: Light, master: float) -> None:
        """Take this group's part of the light, as bright as the dimmers let it be."""
        part = light.rows[:, self._pixels]
        self._light = self._emitters.of(part, plain=light.plain)
        scale = np.float32(min(max(master, 0.0), 1.0) * self._most)
        if scale != 1.0:
            self._light *= scale

    def draw(self, watts: NDArray[np.float64]) -> None:
        """Add what it draws to the watts of each supply, the last one being without a limit."""
        if self._watts.any() and len(watts) > 1:
            each = self._watts[: len(self._light)] @ self._light
            watts += np.bincount(self._supply, each, len(watts))

    def limit(self, share: Array) -> None:
        """Leave of each supply's light only a share."""
        self._light *= share[self._supply]

    def write(self, data: NDArray[np.uint8], frame: int) -> None:
        """Write the channels into all universes' values, one after the other."""
        values = self._values
        count = len(self._order.emitters)
        values[:count] = self._light[:count]
        if self._order.dimmed:
            np.max(self._light, axis=0, out=values[count])
            values[:count] /= np.maximum(values[count], np.float32(1e-9))
        if self._gamma != 1.0:
            np.power(values, np.float32(1.0 / self._gamma), out=values)
        values *= np.float32(FULL)
        values += np.float32(0.5)
        steps = self._steps
        np.copyto(steps, values, casting="unsafe")
        for slot in self._wide:
            step = steps[self._row[self._order.source[slot]]]
            data[self._to[slot]] = step & 255 if self._order.fine[slot] else step >> 8
        if self._narrow:
            chosen = steps[[self._row[self._order.source[slot]] for slot in self._narrow]]
            if self._dither is None:
                data[self._to[self._narrow]] = (chosen + 128) // 257
            else:
                data[self._to[self._narrow]] = self._dither(chosen, frame)
