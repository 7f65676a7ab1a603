"""How like two sets of windows are, as sets of features, and how varied one is in itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb

import numpy as np
from numpy.typing import NDArray
from scipy import linalg
from scipy.spatial import distance

Float = NDArray[np.float64]

MOST_PAIRED = 600
"""Windows that the diversity is measured on at most."""
MOST_SPLITS = 200
"""Splits that the floor is measured on at most."""


def frechet_distance(
    a: Float, b: Float, a_weights: Float | None = None, b_weights: Float | None = None
) -> float:
    """Fréchet distance of two sets of features [N, D], at least two each, taken as Gaussians.

    |mean_a - mean_b|² + tr(A + B - 2 (A B)^½): Heusel et al., GANs trained by a two
    time-scale update rule (2017), equation 6. In the squared unit of the features.
    weights [N]: how much each row counts.
    """
    mean = np.average(a, 0, a_weights) - np.average(b, 0, b_weights)
    ca = np.atleast_2d(np.cov(a.T, aweights=a_weights))
    cb = np.atleast_2d(np.cov(b.T, aweights=b_weights))
    # The trace of (ca cb)^1/2 by the eigenvalues of the product, which are not negative.
    root = np.sqrt(np.maximum(linalg.eigvals(ca @ cb).real, 0)).sum()
    return max(float(mean @ mean + np.trace(ca) + np.trace(cb) - 2 * root), 0.0)


def diversity(features: Float, weights: Float | None = None) -> float:
    """Mean distance between two different rows of features [N, D]; 0 for fewer than two.

    As in Lee et al., Dancing to Music (2019). Of more than 600 rows every second (third,
    ...) is taken. weights [N]: how much each row counts.
    """
    if len(features) < 2:
        return 0.0
    every = -(-len(features) // MOST_PAIRED)
    share = np.ones(len(features)) if weights is None else weights
    share = share[::every]
    pairs = np.multiply.outer(share, share)[np.triu_indices(len(share), 1)]
    return float(np.average(distance.pdist(features[::every]), weights=pairs))


@dataclass(frozen=True, slots=True)
class Floor:
    """Fréchet distances between real and real: no dance can be told from real within them.

    held_out: training against held-out clips. low, middle, high: 5th, 50th and 95th
    percentile over random splits that keep couples on one side, as many held out.
    distances: theirs, sorted.
    """

    held_out: float
    low: float
    middle: float
    high: float
    distances: list[float]


def floor(by_take: Sequence[Float], held_out: Sequence[int], seed: int = 0) -> Floor:
    """Give the floor of features [N, D] by take (a couple's windows), some of them held out.

    Every way to hold out as many takes is tried that leaves two windows on either side, or
    up to 200 of them drawn by `seed`.
    """
    count, rows = len(held_out), [len(f) for f in by_take]

    def fair(held: Sequence[int]) -> bool:
        out = sum(rows[i] for i in held)
        return 2 <= out <= sum(rows) - 2

    every = range(len(by_take))
    if comb(len(every), count) <= MOST_SPLITS:
        ways = list(combinations(every, count))
    else:
        rng = np.random.default_rng(seed)
        drawn = (rng.choice(len(every), count, replace=False) for _ in range(MOST_SPLITS))
        ways = sorted({tuple(sorted(way.tolist())) for way in drawn})
    ways = [way for way in ways if fair(way)]

    def apart(held: Sequence[int]) -> float:
        rest = [f for i, f in enumerate(by_take) if i not in held]
        return frechet_distance(np.concatenate(rest), np.concatenate([by_take[i] for i in held]))

    found = sorted(apart(way) for way in ways)
    low, middle, high = np.percentile(found, [5, 50, 95])
    return Floor(apart(held_out), float(low), float(middle), float(high), found)
