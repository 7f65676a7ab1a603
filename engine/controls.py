"""What steers the model besides the pose: energy, tag weights, and the way home.

Energy is asked for as a quantile of the training material that has the tags which are
asked for: 0 as calm as it ever was, 1 as lively. So a tag's weight changes the dance at
the same energy too, and an energy of 0.5 is what is usual for it.

The way home leads from the dancer to its place on the stage, in the dancer's own heading;
the clips were danced around a place too, so a model that is told the way stays on the
stage without being pulled, and its feet do not slide.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

_NORMAL = NormalDist()

HOME_REACH = 2.0
"""Metres: the way home is never told to be longer."""


@dataclass(frozen=True, slots=True)
class Controls:
    """The control vector: energy, the way home (left, back), then a weight for each tag.

    quantiles: float32 [Q], running kinetic energy in m²/s² at evenly spaced quantiles of
    all material. by_tag: float32 [tags, Q], of the material that has each tag; all alike
    for a model that was trained without.
    """

    tags: tuple[str, ...]
    quantiles: NDArray[np.float32]
    by_tag: NDArray[np.float32]

    ENERGY: ClassVar[int] = 0
    HOME: ClassVar[slice] = slice(1, 3)

    @property
    def names(self) -> tuple[str, ...]:
        """Name of each number of the control vector."""
        return ("energy", "home_left", "home_back", *self.tags)

    def row(self, *, energy: float, tags: Mapping[str, float]) -> NDArray[np.float32]:
        """Give a control vector float32 [C] of a dancer that is at home.

        A tag that is not named weighs 0.
        """
        weights = [tags.get(tag, 0.0) for tag in self.tags]
        return np.array([energy, 0.0, 0.0, *weights], np.float32)

    def quantile(
        self, energy: NDArray[np.floating], tags: Mapping[str, float]
    ) -> NDArray[np.float32]:
        """Give the quantile 0..1 of running kinetic energies in m²/s², for tag weights.

        Beside the material of each tag by its weight; without tags beside all of it.
        """
        weights = np.array([tags.get(tag, 0.0) for tag in self.tags])
        table = self.quantiles
        if weights.sum() > 0:
            table = weights @ self.by_tag / weights.sum()
        return np.asarray(np.interp(energy, table, np.linspace(0, 1, len(table))), np.float32)

    @staticmethod
    def way_home(
        placements: NDArray[np.float64],
        homes: NDArray[np.float64],
        scale: float = 1.0,
    ) -> NDArray[np.float32]:
        """Give the way [P, 2] from placements [P, 3] to homes [P, 2] or [2].

        In metres of the reference body, in the dancer's heading; no longer than 2 m.
        """
        places = placements[:, :2].view(np.complex128)[:, 0]
        ways = homes.view(np.complex128)[..., 0] - places
        ways *= np.exp(-1j * placements[:, 2]) / scale
        ways *= HOME_REACH / np.maximum(np.abs(ways), HOME_REACH)
        return ways.view(np.float64).reshape(-1, 2).astype(np.float32)


CLOSE, NEAR, FAR = 0.9, 1.2, 2.0
"""Metres from home: within NEAR a dancer is free, beyond FAR it gets no farther.

From within CLOSE nobody gets beyond NEAR in one step.
"""


def keep_near(
    before: NDArray[np.float64], placements: NDArray[np.float64], homes: NDArray[np.float64]
) -> None:
    """Take from steps that lead away from home, in place, the more the farther they are.

    before, placements [P, 3]: ahead of the step and after it. homes [P, 2]. The model
    goes home by itself nearly always; this keeps the rest on the stage.
    """
    places = placements[:, :2].view(np.complex128)[:, 0]
    away = places - homes.view(np.complex128)[:, 0]
    distance = np.abs(away)
    if distance.max() <= NEAR:
        return
    out = away / np.maximum(distance, 1e-9)
    steps = places - before[:, :2].view(np.complex128)[:, 0]
    outward = np.maximum((steps * out.conj()).real, 0.0)
    share = np.minimum(np.maximum((distance - NEAR) / (FAR - NEAR), 0.0), 1.0)
    places -= out * outward * share


def swayed(energy: float, sway: float) -> float:
    """Give the energy quantile that a dancer has now, asked for `energy`, at a normal `sway`.

    Real dance is never at one energy: over a clip its quantile is spread from 0 to 1. So
    is this, for an energy of 0.5; asked for more or less, it leans that way.
    """
    lean = _NORMAL.inv_cdf(min(max(energy, 0.02), 0.98))
    return _NORMAL.cdf(lean + sway)


def tag_names(tags: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """Give the tags, sorted, that tell some of the clips from others."""
    everywhere = set.intersection(*(set(t) for t in tags)) if tags else set()
    return tuple(sorted(set().union(*tags) - everywhere))
