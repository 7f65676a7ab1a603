"""Dance from a model, without a show: for evaluation, for files, for phrases to seed from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine import score
from engine.clip import Clip
from engine.motion_model import MotionModel
from engine.performance import Performance

Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Asked:
    """How to dance: energy 0..1, temperature and sigma of the mixture, tag weights, seed."""

    energy: float = 0.5
    temperature: float = 1.0
    sigma: float = 1.0
    tags: dict[str, float] = field(default_factory=dict)
    seed: int = 1


def generate(
    model: MotionModel, phrases: Sequence[Clip], asked: Sequence[Asked], seconds: float
) -> Array:
    """Give float32 [N, T, 17, 3] at the model's rate: N dancers go on from N phrases.

    Just what the stage would show: the very performance, of one cue.
    """
    names = [str(i) for i in range(len(phrases))]
    performers = [score.Performer(name, (1.0, 1.0, 1.0)) for name in names]
    keys = {name: Path(name) for name in names}
    actions = {
        name: score.Action(
            "generate",
            keys[name],
            seed=a.seed,
            temperature=a.temperature,
            sigma=a.sigma,
            energy=a.energy,
            tags=a.tags,
        )
        for name, a in zip(names, asked, strict=True)
    }
    rate = model.metadata.rate
    performance = Performance(
        performers,
        [score.Cue("1", 0.0, actions)],
        model=model,
        phrases={keys[name]: clip for name, clip in zip(names, phrases, strict=True)},
        rate=rate,
    )
    performance.apply(score.Event(0.0, "cue", "1"))
    frames = [performance.at(i / rate).joints for i in range(round(seconds * rate))]
    return np.stack(frames, axis=1)


def as_clip(joints: Array, model: MotionModel, name: str, dancer: str = "generated") -> Clip:
    """Give generated joints [T, 17, 3] as a clip."""
    return Clip(joints, model.metadata.rate, dancer, source=model.path.name, take=name, name=name)


def phrase_of(clip: Clip, start: float, seconds: float = 3.0) -> Clip:
    """Give the part of a clip that begins at `start` seconds."""
    first = round(start * clip.fps)
    last = first + max(round(seconds * clip.fps), 2)
    return Clip(clip.joints[first:last], clip.fps, clip.dancer, clip.tags, name=clip.name)


def typical_tags(model: MotionModel, clip: Clip) -> dict[str, float]:
    """Give weight 1 to those tags of the model that a clip has."""
    return {tag: 1.0 for tag in model.metadata.controls.tags if tag in clip.tags}
