"""The material of a run: clips chosen, split, measured and encoded."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from engine import features
from engine.clip import Clip
from engine.errors import TrainingError
from engine.motion_model import Metadata
from offline import dataset
from offline.dataset import Example
from offline.design import Scaling, importance
from offline.origin import Origin
from offline.run_folder import Options


@dataclass(frozen=True, slots=True)
class Material:
    """What a run trains on, made from clips and options alone."""

    training: list[Example]
    held_out: list[Example]
    scaling: Scaling
    metadata: Metadata
    clips: list[dict[str, Any]]


def choose(clips: Sequence[Clip], options: Options) -> list[Clip]:
    """Give the clips of the dancers and tags that were asked for, without faulty ones.

    tags: any of them; one with "+" asks for all of its parts ("allbody+uplevel").
    """

    def fits(clip: Clip) -> bool:
        dancer = not options.dancers or clip.dancer in options.dancers
        tags = not options.tags or any(
            set(entry.split("+")) <= set(clip.tags) for entry in options.tags
        )
        return dancer and tags and not any("torso" in w for w in clip.warnings)

    chosen = [clip for clip in clips if fits(clip)]
    if not chosen:
        raise TrainingError(
            "dataset",
            "--dancers, --tags",
            found=f"no clip of {','.join(options.dancers) or 'anyone'}"
            f" with {','.join(options.tags) or 'any tag'}",
            expected=f"dancers {sorted({c.dancer for c in clips})}, "
            f"tags {sorted({t for c in clips for t in c.tags})}",
        )
    return chosen


def prepare(clips: Sequence[Clip], options: Options, origin: Origin | None = None) -> Material:
    """Choose, split, measure and encode clips.

    origin: what the training goes on from: its body, its tags and its scaling are kept,
    and its range is widened. Raises TrainingError where nothing fits, or a side of the
    split would be empty.
    """
    clips = choose(clips, options)
    train, held = dataset.split(clips, options.hold_out or None, options.share, options.seed)
    before = origin.metadata if origin else None
    reference = before.lengths if before else dataset.reference_lengths(train)
    known = before.controls if before else None
    controls = dataset.controls_of(train, clips, options.rate, known)
    low, high = 1 - options.stretch, 1 + options.stretch
    training = dataset.make_examples(
        train,
        controls,
        reference,
        options.rate,
        mirror=options.mirror,
        shifts=True,
        untagged=True,
        speeds=sorted({float(s) for s in np.linspace(low, high, 5)}),
    )
    held_out = dataset.make_examples(held, controls, reference, options.rate)
    worth = importance(reference, options.rate)
    scaling = Scaling.of([e.vectors for e in training], worth)
    if origin:
        scaling = replace(
            origin.scaling,
            low=np.minimum(scaling.low, origin.scaling.low),
            high=np.maximum(scaling.high, origin.scaling.high),
        )
    if not any(len(e.vectors) > options.length for e in training):
        raise TrainingError(
            "--length",
            found=f"{options.length} frames, and no clip that is longer",
            expected="a sequence shorter than the longest clip",
        )
    held_takes = {clip.take for clip in held}
    listed = [
        {
            "name": clip.name,
            "take": clip.take,
            "dancer": clip.dancer,
            "source": clip.source,
            "seconds": round(clip.seconds, 2),
            "sha256": hashlib.sha256(clip.joints.tobytes()).hexdigest(),
            "held_out": clip.take in held_takes,
        }
        for clip in (*train, *held)
    ]
    metadata = Metadata(
        rate=options.rate,
        units=options.units,
        layers=options.layers,
        components=options.components,
        lengths=reference,
        low=scaling.low,
        high=scaling.high,
        to_basis=scaling.to_basis,
        max_speed=max(_fastest(train, options.rate), before.max_speed if before else 0.0),
        controls=controls,
        training={
            "clips": [c["name"] for c in listed if not c["held_out"]],
            "held_out": [c["name"] for c in listed if c["held_out"]],
            "mirror": options.mirror,
            **(
                {"from": {"model": origin.path.name, **before.training}}
                if origin and before
                else {}
            ),
        },
        metrics={},
    )
    return Material(training, held_out, scaling, metadata, listed)


def _fastest(clips: Sequence[Clip], rate: float) -> float:
    """Speed in m/s of the fastest joint in the clips, at the model's rate."""
    fastest = 0.0
    for clip in clips:
        joints = features.resample(clip.joints, clip.fps, rate).astype(np.float64)
        speed = np.linalg.norm(np.diff(joints, axis=0), axis=-1) * rate
        fastest = max(fastest, float(speed.max()))
    return fastest
