"""Teacher forcing: a model that is shown real clips, and what it expects at every frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.errors import ModelError
from engine.motion_model import MIXTURE_OUTPUTS, NOISE, MotionModel

Array = NDArray[np.float32]

GREEDY = np.zeros((1, 2), np.float32)
"""Temperatures of the mean prediction: the likeliest component, no spread."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """What a model expected while it saw a clip of T + 1 vectors: for each of T steps.

    h, c: float32 [T, layers, units] after the step. logits [T, K], means and log_sigmas
    [T, K, D]: of the step to come, in the mixture's basis. steps [T, D]: the real ones.
    """

    h: Array
    c: Array
    logits: Array
    means: Array
    log_sigmas: Array
    steps: Array


def teach(model: MotionModel, vectors: Sequence[Array], controls: Sequence[Array]) -> list[Lesson]:
    """Show vectors [T + 1, 52] and controls [T, C] of clips, all at once.

    Raises ModelError for a model whose graph does not tell its mixture.
    """
    outputs = {node.name for node in model.session.get_outputs()}
    if missing := sorted(set(MIXTURE_OUTPUTS) - outputs):
        raise ModelError(
            model.path, "outputs", found=f"no {', '.join(missing)}", expected="a mixture"
        )
    count, longest = len(vectors), max(len(c) for c in controls)
    h, c = model.zeros(count)
    inputs = {
        "noise": np.zeros((count, NOISE), np.float32),
        "temperatures": np.ones((count, 2), np.float32),
    }
    names = ["next_h", "next_c", *MIXTURE_OUTPUTS]
    kept: list[list[Array]] = [[] for _ in names]
    for t in range(longest):
        rows = [min(t, len(c) - 1) for c in controls]
        inputs["vector"] = np.stack([v[i] for v, i in zip(vectors, rows, strict=True)])
        inputs["previous"] = np.stack(
            [v[max(i - 1, 0)] for v, i in zip(vectors, rows, strict=True)]
        )
        inputs["controls"] = np.stack([c[i] for c, i in zip(controls, rows, strict=True)])
        values = model.session.run(names, {**inputs, "h": h, "c": c})
        h, c = values[:2]
        for list_of, value in zip(kept, values, strict=True):
            list_of.append(value)
    hs, cs, logits, means, log_sigmas = (np.stack(values) for values in kept)
    lessons = []
    for b, (own, row) in enumerate(zip(vectors, controls, strict=True)):
        long = len(row)
        lessons.append(
            Lesson(
                h=hs[:long, :, b],
                c=cs[:long, :, b],
                logits=logits[:long, b],
                means=means[:long, b],
                log_sigmas=log_sigmas[:long, b],
                steps=np.diff(own[: long + 1], axis=0) @ model.metadata.to_basis,
            )
        )
    return lessons
