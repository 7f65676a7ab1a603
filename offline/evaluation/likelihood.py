"""How likely real movement is to a model, and whether it is as sure as it may be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_softmax, logsumexp, ndtr, softmax

from offline.evaluation.teacher import Lesson

Array = NDArray[np.float32]
Float = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Likelihood:
    """Of held-out clips: log-likelihood a frame in nats, and its calibration.

    within_50, within_90: share of real values within the predicted 50 % and 90 % range,
    0.5 and 0.9 for a model that knows what it does not know. ranks [20]: share of the real
    values in each twentieth of the predicted distribution, 0.05 each at best.
    """

    nats: float
    within_50: float
    within_90: float
    ranks: list[float]


def log_likelihood(lesson: Lesson) -> Float:
    """Log density [T] in nats of each real step, in the mixture's basis."""
    z = (lesson.steps[:, None] - lesson.means) * np.exp(-lesson.log_sigmas)
    each = -0.5 * (z**2 + 2 * lesson.log_sigmas + np.log(2 * np.pi)).sum(-1, dtype=np.float64)
    nats: Float = logsumexp(log_softmax(lesson.logits, axis=-1) + each, axis=-1)
    return nats


def ranks(lesson: Lesson) -> Float:
    """Where each real value lies in its predicted distribution [T, D], 0 to 1.

    The probability integral transform (Dawid, 1984): of each number of a step, in the
    mixture's basis, the cumulative distribution of its marginal, sum of w_k Phi((x -
    mean_k) / sigma_k). Uniform if the prediction is right.
    """
    z = (lesson.steps[:, None] - lesson.means) * np.exp(-lesson.log_sigmas)
    weights = softmax(lesson.logits.astype(np.float64), axis=-1)
    rank: Float = np.einsum("tk,tkd->td", weights, ndtr(z))
    return rank


def measure(lessons: Sequence[Lesson]) -> Likelihood:
    """Measure what a model expected of real clips; every frame counts the same."""
    at = np.concatenate([ranks(lesson) for lesson in lessons])
    off = np.abs(at - 0.5)
    histogram, _ = np.histogram(at, np.linspace(0, 1, 21))
    return Likelihood(
        nats=float(np.concatenate([log_likelihood(lesson) for lesson in lessons]).mean()),
        within_50=float((off <= 0.25).mean()),
        within_90=float((off <= 0.45).mean()),
        ranks=(histogram / at.size).tolist(),
    )
