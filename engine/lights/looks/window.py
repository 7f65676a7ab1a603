"""Window: the few pixels of a bar that are nearest to a dancer, the outer ones dimmed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.lights import parameter
from engine.lights.color import scaled
from engine.lights.light import Light
from engine.lights.look import Moment, Plain
from engine.lights.looks.pools import PLANES
from engine.lights.parameter import DANCER
from engine.lights.places import Places
from engine.lights.scene import Scene

Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Window(Plain):
    """A window of `size` pixels that slides along the bars, as Deep.Dance's of 5.

    run: "fixture" for a window on each bar, "rig" for one that counts all pixels as a
    single row. reach: metres that a bar may be farther away than the nearest one and still
    show something.
    """

    level: float = parameter.level()
    color: str = parameter.color(DANCER)
    who: tuple[str, ...] = parameter.who()
    at: tuple[str, ...] = parameter.at()
    size: float = parameter.number(5.0, 1.0, 512.0)
    reach: float = parameter.number(0.5, 0.01, 50.0)
    run: str = parameter.word("fixture", ("fixture", "rig"))
    plane: str = parameter.word("floor", tuple(PLANES))

    def add(self, scene: Scene, moment: Moment, to: Light) -> None:
        """Add the windows of the dancers that are to be seen."""
        for p in scene.seen(self.who):
            color = scaled(scene.color(self.color, p), self.level)
            for name in self.at:
                to.add(color, self._around(scene.pixels, scene.point(p, name)))

    def _around(self, pixels: Places, point: Array) -> Array:
        """Give how bright each pixel [N] is, 1 at the nearest."""
        axes = list(PLANES[self.plane])
        at = pixels.at[axes]
        ways = point[axes, None] - at
        squares = np.einsum("kn,kn->n", ways, ways)
        if self.run == "rig":
            run, starts = np.zeros(pixels.count, np.intp), np.zeros(1, np.intp)
            number = np.arange(pixels.count, dtype=np.float32)
        else:
            run, starts, number = pixels.fixture, pixels.starts, pixels.number
        nearest = np.minimum.reduceat(squares, starts)
        chosen = np.flatnonzero(squares == nearest[run])[::-1]
        centre = np.empty(len(starts), np.intp)
        centre[run[chosen]] = chosen
        slid = number[centre] + _slide(at, ways, centre, run)
        half = (self.size + 1.0) / 2.0
        shade = np.maximum(1.0 - np.abs(number - slid[run]) / np.float32(half), 0.0)
        beyond = np.sqrt(nearest) - np.sqrt(nearest.min())
        shade *= np.maximum(1.0 - beyond / np.float32(self.reach), 0.0)[run]
        return np.asarray(shade)


def _slide(at: Array, ways: Array, centre: NDArray[np.intp], run: NDArray[np.intp]) -> Array:
    """Give how far [B] the point is beyond the nearest pixel of each run, -0.5 to 0.5 pixels."""
    last = len(run) - 1
    after = np.minimum(centre + 1, last)
    after = np.where(run[after] == run[centre], after, centre)
    before = np.maximum(centre - 1, 0)
    before = np.where(run[before] == run[centre], before, centre)
    along = at[:, after] - at[:, before]
    length = np.einsum("kb,kb->b", along, along) / np.maximum(after - before, 1)
    slide = np.einsum("kb,kb->b", ways[:, centre], along) / np.maximum(length, 1e-9)
    return np.asarray(np.clip(slide, -0.5, 0.5), np.float32)
