"""Size of a network, and how vectors and steps are measured inside it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine import features

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
    which no vector may go. to_basis, from_basis [52, 52]: steps to unit spread in the
    basis of the data's jolts, and back (row vectors: ``step @ to_basis``).
    """

    mean: Array
    std: Array
    low: Array
    high: Array
    to_basis: Array
    from_basis: Array

    @classmethod
    def of(cls, sequences: list[Array], importance: Array) -> Scaling:
        """Measure sequences of vectors [T, 52]; `importance` [52] turns them to metres."""
        rows = np.concatenate(sequences).astype(np.float64)
        steps = np.concatenate([np.diff(s, axis=0) for s in sequences]) * importance
        jolts = np.concatenate([np.diff(s, n=2, axis=0) for s in sequences]) * importance
        _, axes = np.linalg.eigh(np.cov(jolts.T))
        # A millimetre: steps smaller than that are the recording's noise, not dance.
        spread = np.sqrt(np.var(steps @ axes, axis=0) + 1e-3**2)
        margin = 0.05 * np.ptp(rows, axis=0)
        return cls(
            mean=rows.mean(0).astype(np.float32),
            std=np.maximum(rows.std(0), 1e-3).astype(np.float32),
            low=(rows.min(0) - margin).astype(np.float32),
            high=(rows.max(0) + margin).astype(np.float32),
            to_basis=((importance[:, None] * axes) / spread).astype(np.float32),
            from_basis=((axes * spread).T / importance).astype(np.float32),
        )


def importance(lengths: Array, rate: float) -> Array:
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
