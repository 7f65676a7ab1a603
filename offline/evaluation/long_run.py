"""Long runs: whether a dance stays alive, and itself, over half an hour."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from offline.evaluation import likeness, physical
from offline.evaluation.kinetic import kinetic_features

Array = NDArray[np.float32]
Float = NDArray[np.float64]

ENDS = 5.0
"""Minutes at either end that are compared (half of the run if that is less)."""
SHUFFLES = 40


@dataclass(frozen=True, slots=True)
class LongRun:
    """What became of a dance over so many minutes from each seed.

    frozen: seconds of it, for each seed. nan: frames, likewise. wander: m, likewise.
    energy: of real, [seeds][minutes]. trend: change of the energy in ten minutes, as a
    share of its mean, with its 95 % interval and p-value (least squares, seeds taken out;
    None below three minutes). drift: kinetic Fréchet distance of the first and the last
    five minutes. drift_by_chance: 95th percentile of the same for minutes shuffled.
    """

    minutes: float
    frozen: list[int]
    nan: list[int]
    wander: list[float]
    energy: list[list[float]]
    trend: float | None
    trend_low: float | None
    trend_high: float | None
    trend_p: float | None
    drift: float
    drift_by_chance: float

    @property
    def trending(self) -> bool:
        """Whether the energy rises or falls, at a level of 5 %."""
        return self.trend_p is not None and self.trend_p < 0.05


def measure(sequences: Sequence[Array], rate: float, real_energy: float) -> LongRun:
    """Measure dances [T, 17, 3] of the same length at `rate`; real_energy: m²/s²."""
    dances = [np.nan_to_num(s) for s in sequences]
    energy = np.array([physical.energy_by(s, rate, 60.0) for s in dances]) / real_energy
    slope = trend(energy)
    drift, chance = _drift(dances, rate)
    return LongRun(
        minutes=len(dances[0]) / rate / 60,
        frozen=[physical.frozen_seconds(s, rate, real_energy) for s in dances],
        nan=[int((~np.isfinite(s)).any(axis=(1, 2)).sum()) for s in sequences],
        wander=[physical.wander(s) for s in dances],
        energy=energy.tolist(),
        trend=slope and slope[0],
        trend_low=slope and slope[1],
        trend_high=slope and slope[2],
        trend_p=slope and slope[3],
        drift=drift,
        drift_by_chance=chance,
    )


def trend(energy: Float) -> tuple[float, float, float, float] | None:
    """Slope of energies [seeds, minutes] over time: (slope, low, high, p).

    In shares of the mean for ten minutes. Each seed has a level of its own; what is left
    is fitted by one line. low, high: 95 % interval. None below three minutes.
    """
    seeds, minutes = energy.shape
    if minutes < 3 or not energy.any():
        return None
    mean = energy.mean()
    at = np.tile(np.arange(minutes) - (minutes - 1) / 2, seeds)
    level = (energy / mean - (energy / mean).mean(axis=1, keepdims=True)).ravel()
    slope = float(at @ level / (at @ at))
    free = seeds * minutes - seeds - 1
    error = float(np.sqrt(((level - slope * at) ** 2).sum() / free / (at @ at)))
    p = float(2 * stats.t.sf(abs(slope) / max(error, 1e-12), free))
    reach = float(stats.t.ppf(0.975, free)) * error
    return 10 * slope, 10 * (slope - reach), 10 * (slope + reach), p


def _drift(dances: Sequence[Array], rate: float) -> tuple[float, float]:
    """Kinetic Fréchet distance of first and last minutes, and what chance makes of it.

    For chance, whole stretches of as many minutes as are compared change places at random
    between beginning and end: windows of one stretch are like one another.
    """
    minutes = min(ENDS, len(dances[0]) / rate / 120)
    size = round(minutes * 60 * rate)
    pieces = max(round(minutes), 1)
    ends: list[Float] = []
    for dance in dances:
        for end in (dance[:size], dance[-size:]):
            features = kinetic_features(end, rate)
            ends += np.array_split(features, pieces)
    first = np.tile(np.repeat([True, False], pieces), len(dances))

    def apart(chosen: NDArray[np.bool_]) -> float:
        one = [f for f, c in zip(ends, chosen, strict=True) if c]
        other = [f for f, c in zip(ends, chosen, strict=True) if not c]
        return likeness.frechet_distance(np.concatenate(one), np.concatenate(other))

    rng = np.random.default_rng(0)
    by_seed = first.reshape(len(dances), -1)
    shuffled = [apart(rng.permuted(by_seed, axis=1).ravel()) for _ in range(SHUFFLES)]
    return apart(first), float(np.percentile(shuffled, 95))
