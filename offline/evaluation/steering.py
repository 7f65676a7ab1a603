"""Steering: whether a dance does what it is asked for, by energy and by tags."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from engine.clip import Clip
from engine.motion_model import MotionModel
from offline.evaluation import physical
from offline.evaluation.conditions import Dancer
from offline.evaluation.kinetic import kinetic_features
from offline.evaluation.reference import Reference
from offline.generate import Asked, generate, typical_tags

Float = NDArray[np.float64]

LEVELS = tuple((i + 0.5) / 8 for i in range(8))
"""Energies that are asked for."""
WEIGHTS = (0.0, 0.25, 0.5, 0.75, 1.0)
"""Weights of a tag that are asked for."""
SECONDS = 90.0
"""Of dance at each level."""


@dataclass(frozen=True, slots=True)
class Steering:
    """What was danced beside what was asked for.

    energy: danced at each of `levels`, of real. rank: Spearman's rank correlation of the
    two. weights, tags: for each tag, where the dance is at each weight on the way from
    clips without the tag (0) to clips with it (1), in kinetic features; the other tags go
    from those that the first have to those that the second have.
    """

    levels: list[float]
    energy: list[float]
    rank: float
    weights: list[float]
    tags: dict[str, list[float]]

    @property
    def monotone(self) -> bool:
        """Whether more was danced at each level than at the one below."""
        return bool(np.all(np.diff(self.energy) > 0))


def measure(
    model: MotionModel,
    reference: Reference,
    training: Sequence[Clip],
    dancers: Sequence[Dancer],
    seconds: float = SECONDS,
) -> Steering:
    """Let a dancer of each held-out clip dance for `seconds` at each level and weight.

    At all levels the noise is the same, so that only what is asked for differs (it is a
    function of seed and place in the batch: hence a batch for each level). For the tags an
    energy of 0.5 is asked for.
    """
    first = {d.clip: d for d in reversed(dancers)}.values()
    weights = np.array([reference.clips[d.clip].seconds for d in first])

    def dance(wishes: Sequence[Asked]) -> list[NDArray[np.float32]]:
        return list(generate(model, [d.phrase for d in first], wishes, seconds))

    levels = [dance([replace(d.asked, energy=level) for d in first]) for level in LEVELS]
    rate = reference.rate
    energy = [
        float(np.average([physical.mean_energy(j, rate) for j in row], weights=weights))
        / reference.energy
        for row in levels
    ]
    clips = [*training, *reference.clips]
    told = [typical_tags(model, clip) for clip in clips]
    found = [kinetic_features(j, rate) for j in (*reference.training, *reference.held_out)]
    spread = np.maximum(np.concatenate(found).std(axis=0), 1e-9)
    tags = {}
    for tag in model.metadata.controls.tags:
        having = [tag in tags for tags in told]
        if all(having) or not any(having):
            continue
        ends = []
        for side in (False, True):
            some = [t for t, has in zip(told, having, strict=True) if has == side]
            ends.append({t: np.mean([t in s for s in some]) for t in model.metadata.controls.tags})
        turned = [
            {t: float((1 - w) * ends[0][t] + w * ends[1][t]) for t in ends[0]} for w in WEIGHTS
        ]
        danced = [
            dance([replace(d.asked, energy=0.5, tags=weights) for d in first]) for weights in turned
        ]
        without, there = (
            np.concatenate([f for f, has in zip(found, having, strict=True) if has == side])
            for side in (False, True)
        )
        tags[tag] = [
            position(
                np.concatenate([kinetic_features(j, rate) for j in row]), without, there, spread
            )
            for row in danced
        ]
    rank = float(stats.spearmanr(LEVELS, energy).statistic)
    return Steering(list(LEVELS), energy, rank, list(WEIGHTS), tags)


def position(danced: Float, without: Float, there: Float, spread: Float) -> float:
    """Where the mean of features [N, D] lies on the way from `without` (0) to `there` (1).

    Each feature is measured in its spread [D] over real windows; across the way does not
    count.
    """
    start = without.mean(axis=0) / spread
    way = there.mean(axis=0) / spread - start
    return float((danced.mean(axis=0) / spread - start) @ way / max(way @ way, 1e-12))
