"""What a model dances, measured beside real clips that it never saw.

Everything is computed at the model's rate. Real clips are measured against one another
too (training against held-out), since no model can come closer than that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine import features
from engine.clip import Clip
from engine.errors import ModelError
from engine.motion_model import MotionModel
from offline import dataset
from offline.evaluation import likelihood, long_run, prediction, steering, windows
from offline.evaluation.conditions import Dancer, cast, split
from offline.evaluation.likelihood import Likelihood
from offline.evaluation.long_run import LongRun
from offline.evaluation.prediction import Prediction
from offline.evaluation.reference import Measures, Reference
from offline.evaluation.steering import Steering
from offline.evaluation.teacher import teach
from offline.generate import Asked, generate

Array = NDArray[np.float32]

HELD_OUT, TRAINING, GENERATED = "held-out clips", "training clips", "generated"
LEAST_MINUTES = 0.2


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A model's dance beside real dance: rows by name, floors, and what else was measured.

    dances: float32 [seeds, T, 17, 3], what was measured as generated.
    """

    rows: dict[str, Measures]
    reference: Reference
    prediction: Prediction | None
    likelihood: Likelihood
    long_run: LongRun
    steering: Steering
    dancers: list[Dancer]
    dances: Array

    def to_dict(self) -> dict[str, Any]:
        """Give it as a JSON object, as docs/motion-metrics.md describes it."""
        reference = self.reference
        return {
            "format": 1,
            "rate": reference.rate,
            "window_seconds": windows.SECONDS,
            "held_out": [clip.name for clip in reference.clips],
            "asked": [
                {
                    "clip": d.phrase.name,
                    "energy": round(d.asked.energy, 4),
                    "temperature": d.asked.temperature,
                    "sigma": d.asked.sigma,
                    "tags": d.asked.tags,
                    "seed": d.asked.seed,
                }
                for d in self.dancers
            ],
            "rows": {name: measures.to_dict() for name, measures in self.rows.items()},
            "floor": {
                "kinetic": asdict(reference.kinetic_floor),
                "geometric": asdict(reference.geometric_floor),
            },
            "prediction": asdict(self.prediction) if self.prediction else None,
            "likelihood": asdict(self.likelihood),
            "long_run": asdict(self.long_run),
            "steering": asdict(self.steering),
        }


def reference_of(model: MotionModel, clips: Sequence[Clip]) -> tuple[Reference, list[Clip]]:
    """Give the reference that a model is measured against, and its training clips."""
    training, held_out = split(model, clips)
    mirror = model.metadata.training.get("mirror", True)
    return Reference(training, held_out, model.metadata.rate, mirror=mirror), training


def evaluate(
    model: MotionModel,
    clips: Sequence[Clip],
    minutes: float,
    seeds: int,
    asked: Asked | None = None,
    energy: float | None = None,
) -> Evaluation:
    """Dance `minutes` from each of `seeds` phrases of held-out clips, and measure.

    asked: temperatures, tags and first seed. energy: asked for, 0 to 1. Tags and energy
    that are not given are those of the clip that a dancer goes on from. Raises ModelError
    or ClipError where clips or minutes are too few.
    """
    if minutes < LEAST_MINUTES:
        raise ModelError("minutes", found=minutes, expected=f"at least {LEAST_MINUTES}")
    asked = asked or Asked()
    rate = model.metadata.rate
    reference, training = reference_of(model, clips)
    held_out = reference.clips
    dancers = cast(model, held_out, seeds, asked, energy)
    dances = generate(model, [d.phrase for d in dancers], [d.asked for d in dancers], minutes * 60)
    rows = {
        HELD_OUT: reference.measure(reference.held_out),
        TRAINING: reference.measure(reference.training),
        GENERATED: reference.measure(
            list(dances), weights=[d.weight for d in dancers], lengths=model.metadata.lengths
        ),
    }
    return Evaluation(
        rows,
        reference,
        prediction.measure(model, held_out, training, asked),
        held_out_likelihood(model, held_out),
        long_run.measure(list(dances), rate, reference.energy),
        steering.measure(model, reference, training, dancers, min(steering.SECONDS, 60 * minutes)),
        dancers,
        dances,
    )


def held_out_likelihood(model: MotionModel, clips: Sequence[Clip]) -> Likelihood:
    """How likely the real steps of clips are to a model."""
    metadata = model.metadata
    examples = [
        dataset.encode_clip(
            clip,
            features.resample(clip.joints, clip.fps, metadata.rate),
            metadata.controls,
            metadata.lengths,
            metadata.rate,
        )
        for clip in clips
    ]
    lessons = teach(model, [e.vectors for e in examples], [e.controls for e in examples])
    return likelihood.measure(lessons)
