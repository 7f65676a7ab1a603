"""Log-likelihood and calibration, on what was drawn from the prediction itself."""

from __future__ import annotations

import numpy as np
import pytest

from offline.evaluation import likelihood
from offline.evaluation.teacher import Lesson

STEPS, COMPONENTS, NUMBERS = 4000, 3, 4


def lesson(steps: np.ndarray, spread: float = 1.0) -> Lesson:
    """What a model expected of so many steps: mixtures that change from step to step."""
    rng = np.random.default_rng(7)
    shape = (len(steps), COMPONENTS, NUMBERS)
    return Lesson(
        h=np.empty(0),
        c=np.empty(0),
        logits=rng.standard_normal(shape[:2]),
        means=3 * rng.standard_normal(shape),
        log_sigmas=np.log(spread) + 0.5 * rng.standard_normal(shape),
        steps=steps,
    )


def drawn(spread: float = 1.0) -> np.ndarray:
    """Steps that were drawn from the mixtures of `lesson`."""
    from scipy.special import softmax

    mixture = lesson(np.empty((STEPS, NUMBERS)), spread)
    rng = np.random.default_rng(8)
    passed = np.cumsum(softmax(mixture.logits, axis=1), axis=1) < rng.random((STEPS, 1))
    at = np.arange(STEPS), np.minimum(passed.sum(1), COMPONENTS - 1)
    normal = rng.standard_normal((STEPS, NUMBERS))
    return mixture.means[at] + np.exp(mixture.log_sigmas[at]) * normal


def test_what_was_drawn_from_the_prediction_lies_within_it_as_it_should() -> None:
    found = likelihood.measure([lesson(drawn())])
    assert found.within_50 == pytest.approx(0.5, abs=0.01)
    assert found.within_90 == pytest.approx(0.9, abs=0.01)
    assert found.ranks == pytest.approx([0.05] * 20, abs=0.01)


def test_a_model_too_sure_and_one_not_sure_enough() -> None:
    sure = likelihood.measure([lesson(drawn(spread=2.0), spread=0.3)])
    assert sure.within_90 < 0.8
    timid = likelihood.measure([lesson(drawn(spread=0.3), spread=2.0)])
    assert timid.within_50 > 0.55
    right = likelihood.measure([lesson(drawn())])
    assert right.nats > likelihood.measure([lesson(drawn(), spread=1.5)]).nats
    assert right.nats > likelihood.measure([lesson(drawn(), spread=0.6)]).nats


def test_the_likelihood_of_one_gaussian() -> None:
    from scipy.stats import norm

    one = Lesson(
        h=np.empty(0),
        c=np.empty(0),
        logits=np.zeros((1, 1)),
        means=np.array([[[1.0, -2.0]]]),
        log_sigmas=np.log([[[0.5, 2.0]]]),
        steps=np.array([[1.5, 0.0]]),
    )
    expected = norm.logpdf(1.5, 1, 0.5) + norm.logpdf(0, -2, 2)
    assert likelihood.log_likelihood(one) == pytest.approx(expected)
    assert likelihood.ranks(one)[0] == pytest.approx(norm.cdf([1, 1]))
