"""What a model is asked for when it is measured: what the held-out clips had."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist

import numpy as np

from engine import features
from engine.clip import Clip
from engine.errors import ClipError, ModelError
from engine.motion_model import MotionModel
from offline.generate import Asked, phrase_of, typical_tags

PHRASE_SECONDS = 3.0
_NORMAL = NormalDist()


def split(model: MotionModel, clips: Sequence[Clip]) -> tuple[list[Clip], list[Clip]]:
    """Give (training, held-out) clips of a dataset, as the model's metadata tell them apart.

    Clips that the model does not name are held out, those with a broken torso left out.
    What trained the model that this one went on from is no longer held out. Raises
    ModelError where a side is empty.
    """
    told = model.metadata.training
    trained, named = set(told.get("clips", ())), set(told.get("held_out", ()))
    while told := told.get("from", {}):
        trained |= set(told.get("clips", ())) - named
    sound = [clip for clip in clips if not any("torso" in w for w in clip.warnings)]
    held = [clip for clip in sound if clip.name not in trained]
    training = [clip for clip in clips if clip.name in trained]
    if not held:
        raise ModelError(
            model.path,
            "held-out clips",
            found="none in the dataset",
            expected="clips that training never saw",
        )
    if not training:
        raise ModelError(
            model.path,
            "training clips",
            found="none in the dataset",
            expected=f"some of {', '.join(sorted(trained)) or 'those that trained it'}",
        )
    return training, held


def matched(model: MotionModel, clip: Clip) -> tuple[float, dict[str, float]]:
    """Give the energy and the tags to ask for, so that a model dances as a clip was danced.

    The energy on stage sways around what is asked for, as far as a dancer's does: asked is
    the middle of the clip's own quantiles, on the normal scale that the sway is measured in.
    """
    controls, rate = model.metadata.controls, model.metadata.rate
    joints = features.resample(clip.joints, clip.fps, rate)
    tags = typical_tags(model, clip)
    quantiles = controls.quantile(features.running_energy(joints, rate), tags)
    lean = np.mean([_NORMAL.inv_cdf(q) for q in np.clip(quantiles, 0.02, 0.98).tolist()])
    return _NORMAL.cdf(float(lean)), tags


@dataclass(frozen=True, slots=True)
class Dancer:
    """One that is measured: goes on from a phrase of held-out clip number `clip`, as asked.

    weight: how much a frame counts, so that each clip counts by its length, however many
    dancers go on from it.
    """

    clip: int
    phrase: Clip
    asked: Asked
    weight: float


def cast(
    model: MotionModel, held_out: Sequence[Clip], seeds: int, asked: Asked, energy: float | None
) -> list[Dancer]:
    """Give dancers for so many seeds, from the held-out clips in turn.

    energy: asked for, None for each clip's own. asked: the rest; its tags, if any, are
    taken for all. The first seed is asked.seed. Raises ClipError for clips too short.
    """
    turns = [i % len(held_out) for i in range(seeds)]
    dancers = []
    for i, turn in enumerate(turns):
        clip = held_out[turn]
        if clip.seconds < PHRASE_SECONDS:
            raise ClipError(
                clip.name,
                found=f"{clip.seconds:.1f} s",
                expected=f"at least {PHRASE_SECONDS:g} s to go on from",
            )
        own, tags = matched(model, clip)
        latest = clip.seconds - PHRASE_SECONDS
        start = latest * (0.3 + 0.5 * i / max(seeds - 1, 1))
        wish = replace(
            asked,
            energy=own if energy is None else energy,
            tags=asked.tags or tags,
            seed=asked.seed + i,
        )
        weight = clip.seconds / turns.count(turn)
        dancers.append(Dancer(turn, phrase_of(clip, start, PHRASE_SECONDS), wish, weight))
    return dancers
