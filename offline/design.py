"""Size of a network, and how vectors and steps are measured inside it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine import features
from offline import steps

Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Design:
    """Size of the network. components: Gaussians of the mixture."""

    units: int = 320
    layers: int = 2
    components: int = 4
    min_sigma: float = 0.05


@dataclass(frozen=True, slots=True)
class Scaling:
    """How vectors and steps are measured inside the network; all float32.

    mean, std [52]: vectors in. low, high [52]: the range that training saw, outside
    which no vector may go. to_basis, from_basis [52, 52]: steps (`offline.steps`) to unit
    spread, and back (row vectors: ``step @ to_basis``); each foot's numbers keep axes of
    their own, the rest is turned to the basis of the data's jolts. ankles [48, 6]: of
    `steps.ankle_map`. astray [52, 52]: noise of unit spread to strayed vectors.
    """

    mean: Array
    std: Array
    low: Array
    high: Array
    to_basis: Array
    from_basis: Array
    ankles: Array
    astray: Array

    @classmethod
    def of(cls, sequences: list[Array], lengths: Array, rate: float) -> Scaling:
        """Measure sequences of vectors [T, 52] of a body with bone lengths [16]."""
        rows = np.concatenate(sequences).astype(np.float64)
        worth = importance(lengths)
        ankles = steps.ankle_map(lengths)
        _, astray = _basis([np.diff(s, axis=0) for s in sequences], worth, [])
        feet = [at + axis for at in steps.FEET for axis in range(3)]
        worth[feet] = 1.0
        ways = [steps.steps(s[:-1], s[1:], ankles, rate) for s in sequences]
        to_basis, from_basis = _basis(ways, worth, feet)
        margin = 0.05 * np.ptp(rows, axis=0)
        return cls(
            mean=rows.mean(0).astype(np.float32),
            std=np.maximum(rows.std(0), 1e-3).astype(np.float32),
            low=(rows.min(0) - margin).astype(np.float32),
            high=(rows.max(0) + margin).astype(np.float32),
            to_basis=to_basis,
            from_basis=from_basis,
            ankles=ankles,
            astray=astray,
        )


def _basis(ways: list[Array], worth: Array, apart: list[int]) -> tuple[Array, Array]:
    """Give the matrices [52, 52] that take steps to unit spread in the jolts' axes, and back.

    worth [52]: metres that a unit of each number is worth. apart: numbers that keep axes
    of their own.
    """
    moved = np.concatenate(ways).astype(np.float64) * worth
    jolts = np.concatenate([np.diff(w.astype(np.float64), axis=0) for w in ways]) * worth
    joined = np.setdiff1d(np.arange(features.SIZE), apart)
    axes = np.eye(features.SIZE)
    _, turned = np.linalg.eigh(np.cov(jolts[:, joined].T))
    axes[np.ix_(joined, joined)] = turned
    # A millimetre: steps smaller than that are the recording's noise, not dance.
    spread = np.sqrt(np.var(moved @ axes, axis=0) + 1e-3**2)
    to_basis = (worth[:, None] * axes) / spread
    from_basis = (axes * spread).T / worth
    return to_basis.astype(np.float32), from_basis.astype(np.float32)


def importance(lengths: Array) -> Array:
    """Metres that a unit of each number of the vector [52] is worth, about.

    A bone's direction moves its end by the bone's length; a velocity moves the body for
    a fifth of a second; a turn swings the arms half a metre out.
    """
    worth = np.empty(features.SIZE, np.float32)
    worth[features.HEIGHT] = 1.0
    worth[features.VELOCITY] = 0.2
    worth[features.YAW_RATE] = 0.1
    worth[features.DIRECTIONS] = np.repeat(lengths, 3)
    return worth
