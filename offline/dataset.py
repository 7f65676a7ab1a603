"""What a model learns from: clips as examples of model vectors and controls.

A split keeps whole takes together (both partners of a duet, every window of a clip), so
that nothing in the held-out set was danced in the training set.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine import clip as clip_file
from engine import features, skeleton
from engine.clip import Clip
from engine.controls import Controls, tag_names
from engine.errors import ClipError, TrainingError

Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Example:
    """One clip at the model's rate: vectors [T, 52], controls [T - 1, C], joints [T, 17, 3].

    controls[t] belong to the step from frame t to t + 1.
    """

    name: str
    take: str
    vectors: Array
    controls: Array
    joints: Array


def load_clips(folder: Path) -> list[Clip]:
    """Read every clip of a dataset folder in the order of their names."""
    paths = sorted(folder.glob("*.npz")) if folder.is_dir() else []
    if not paths:
        raise ClipError(folder, found="no clips (*.npz)", expected="a dataset of `offline import`")
    return [clip_file.load(path) for path in paths]


def split(
    clips: Sequence[Clip], held_out: Sequence[str] | None, share: float, seed: int
) -> tuple[list[Clip], list[Clip]]:
    """Give (training, held-out) clips, whole takes to one side.

    held_out: names of takes; without them, `share` of the takes drawn by `seed`.
    Raises TrainingError where a take is unknown or a side would be empty.
    """
    takes = sorted({clip.take for clip in clips})
    if held_out is None:
        count = max(1, round(share * len(takes)))
        order = np.random.default_rng(seed).permutation(len(takes))
        held_out = [takes[i] for i in order[:count]]
    unknown = sorted(set(held_out) - set(takes))
    if unknown:
        raise TrainingError("--hold-out", found=", ".join(unknown), expected=", ".join(takes))
    train = [clip for clip in clips if clip.take not in held_out]
    held = [clip for clip in clips if clip.take in held_out]
    if not train or not held:
        raise TrainingError(
            "dataset", "takes", found=len(takes), expected="at least 2, to hold one out"
        )
    return train, held


def reference_lengths(clips: Sequence[Clip]) -> Array:
    """Bone lengths [16] of the reference body: the median over the clips, sides made equal."""
    lengths = np.median([np.median(skeleton.bone_lengths(c.joints), 0) for c in clips], 0)
    swapped = [skeleton.MIRROR[joint] - 1 for _, joint in skeleton.BONES]
    return np.asarray((lengths + lengths[swapped]) / 2, np.float32)


def energy_quantiles(clips: Sequence[Clip], rate: float) -> Array:
    """Table [33] of running kinetic energy, m²/s², at evenly spaced quantiles."""
    energies = [
        features.running_energy(features.resample(c.joints, c.fps, rate), rate) for c in clips
    ]
    table = np.quantile(np.concatenate(energies), np.linspace(0, 1, 33)).astype(np.float32)
    return np.maximum.accumulate(table + np.arange(33, dtype=np.float32) * 1e-7)


def controls_of(
    training: Sequence[Clip], every: Sequence[Clip], rate: float, known: Controls | None = None
) -> Controls:
    """Give the controls of a model: the tags of all clips, measured on those of training.

    known: controls of the model that this one goes on from; its tags come first. A tag that
    no clip of training has is as it was there, or measured as all of them.
    """
    before = known.tags if known else ()
    new = tag_names([clip.tags for clip in every])
    tags = (*before, *(tag for tag in new if tag not in before))
    whole = energy_quantiles(training, rate)
    by_tag = []
    for i, tag in enumerate(tags):
        having = [clip for clip in training if tag in clip.tags]
        there = known.by_tag[i] if known and i < len(before) else whole
        by_tag.append(energy_quantiles(having, rate) if having else there)
    return Controls(tags, whole, np.array(by_tag, np.float32).reshape(len(tags), len(whole)))


def make_examples(
    clips: Sequence[Clip],
    controls: Controls,
    reference: Array,
    rate: float,
    *,
    mirror: bool = False,
    shifts: bool = False,
    untagged: bool = False,
    speeds: Sequence[float] = (1.0,),
) -> list[Example]:
    """Encode clips at the model's rate.

    mirror: add each clip with left and right exchanged. shifts: use every phase of a
    clip whose frame rate is a multiple of the model's. speeds: dance it that much faster.
    untagged: tell no tags in every fifth, as a stage that asks for none.
    """
    examples: list[Example] = []
    for clip in clips:
        phases = round(clip.fps / rate) if shifts and clip.fps > 1.5 * rate else 1
        for speed in speeds:
            for phase in range(phases):
                fps = clip.fps * speed
                joints = features.resample(clip.joints, fps, rate, phase / fps)
                if len(joints) < 2:
                    continue
                told = replace(clip, tags=()) if untagged and len(examples) % 5 == 4 else clip
                examples.append(encode_clip(told, joints, controls, reference, rate))
                if mirror:
                    other = np.asarray(features.mirror(joints), np.float32)
                    examples.append(encode_clip(told, other, controls, reference, rate))
    return examples


def encode_clip(
    clip: Clip, joints: Array, controls: Controls, reference: Array, rate: float
) -> Example:
    """Encode poses [T, 17, 3] of a clip that are at the model's rate already."""
    body = features.Body.of(np.median(skeleton.bone_lengths(joints), 0), reference)
    vectors, placements = features.encode(joints, rate, body)
    weights = dict.fromkeys(clip.tags, 1.0)
    row = controls.row(energy=0.0, tags=weights)
    rows = np.tile(row, (len(joints) - 1, 1))
    energy = features.running_energy(joints, rate)[1:]
    rows[:, controls.ENERGY] = controls.quantile(energy, weights)
    home = np.median(placements[:, :2], axis=0)
    rows[:, controls.HOME] = controls.way_home(placements[:-1], home, body.scale)
    return Example(clip.name, clip.take, vectors, rows, joints)
