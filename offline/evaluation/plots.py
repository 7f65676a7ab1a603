"""The plots of an evaluation."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from engine import skeleton
from engine.errors import ModelError
from offline.evaluation import kinetic
from offline.evaluation.evaluation import GENERATED, HELD_OUT, TRAINING, Evaluation
from offline.evaluation.kinetic import kinetic_features
from offline.evaluation.likeness import Floor

REAL, KNOWN, DANCED = "#555555", "#b0b0b0", "#d6336c"
PATH_SECONDS = 60.0
FAR_SECONDS = 20.0
BARS = (
    ("energy", "kinetic energy"),
    ("jerk", "jerk"),
    ("support", "support speed"),
    ("skate", "foot skate"),
    ("contact", "foot contact (PFC)"),
    ("root_range", "root range in 30 s"),
    ("max_speed", "fastest joint"),
    ("kinetic_diversity", "kinetic diversity"),
    ("geometric_diversity", "geometric diversity"),
)


def draw(result: Evaluation, folder: Path) -> list[Path]:
    """Draw the figures of an evaluation into PNG files of a folder; gives their paths.

    Raises ModelError where the folder cannot be written.
    """
    drawn = {
        "likeness.png": likeness(result),
        "body.png": body(result),
        "prediction.png": prediction(result),
        "long_run.png": long_run(result),
        "steering.png": steering(result),
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, figure in drawn.items():
            figure.savefig(folder / name, dpi=110)
            plt.close(figure)
    except OSError as error:
        raise ModelError(
            folder, found=error.strerror or error, expected="a folder that can be written"
        ) from None
    return [folder / name for name in drawn]


def likeness(result: Evaluation) -> Figure:
    """Draw how far generated windows are from real ones."""
    figure, (top, bottom) = plt.subplots(2, 2, figsize=(11, 7), layout="constrained")
    reference, danced = result.reference, result.rows[GENERATED]
    _floor(top[0], "kinetic Fréchet distance", reference.kinetic_floor, danced.kinetic_fd)
    _floor(top[1], "geometric Fréchet distance", reference.geometric_floor, danced.geometric_fd)
    novelty = {
        HELD_OUT: np.concatenate(reference.novelty.nearest(reference.held_out)),
        GENERATED: np.concatenate(reference.novelty.nearest(list(result.dances))),
    }
    most = float(np.percentile(np.concatenate(list(novelty.values())), 99.5))
    for (name, values), color in zip(novelty.items(), (REAL, DANCED), strict=True):
        edges = np.linspace(0, most, 36)
        bottom[0].hist(values, edges, density=True, alpha=0.55, color=color, label=name)
        bottom[0].axvline(values.mean(), color=color, lw=1.5)
    bottom[0].set_title("novelty: distance to the nearest training window")
    bottom[0].set_xlabel("cm a joint (0: copied)")
    bottom[0].set_yticks([])
    bottom[0].legend()
    _joints(bottom[1], result)
    return figure


def _floor(axes: Axes, title: str, floor: Floor, found: float) -> None:
    """Draw where a distance lies beside those of real against real."""
    most = 1.1 * max(floor.distances[-1], found)
    label = f"real against real, {len(floor.distances)} splits"
    edges = np.linspace(0, most, 45).tolist()
    axes.hist(floor.distances, edges, color=KNOWN, label=label)
    axes.axvspan(floor.low, floor.high, color=KNOWN, alpha=0.25, label="5 to 95 % of them")
    axes.axvline(floor.held_out, color=REAL, label="the model's own split")
    axes.axvline(found, color=DANCED, lw=2.5, label=f"generated: {found:.3g}")
    axes.set_xlim(0, most)
    axes.set_ylabel("splits")
    axes.set_title(title)
    axes.legend(loc="upper right", fontsize=8, framealpha=0.95)


def _joints(axes: Axes, result: Evaluation) -> None:
    """Draw the energy of each joint."""
    rate = result.reference.rate
    at = np.arange(len(skeleton.JOINTS))

    def energies(sequences: Sequence[NDArray[np.float32]], weights: Sequence[float]) -> list[float]:
        found = [kinetic_features(s, rate).reshape(-1, 17, len(kinetic.KINDS)) for s in sequences]
        each = np.repeat(weights, [len(f) for f in found])
        mean = np.average(np.concatenate(found)[..., :2].sum(-1), axis=0, weights=each)
        return [float(value) for value in mean]

    real = result.reference.held_out
    dances = list(result.dances)
    axes.bar(at - 0.2, energies(real, [1.0] * len(real)), 0.4, color=REAL, label=HELD_OUT)
    weights = [d.weight for d in result.dancers]
    axes.bar(at + 0.2, energies(dances, weights), 0.4, color=DANCED, label=GENERATED)
    axes.set_xticks(at, [j.replace("_", " ") for j in skeleton.JOINTS], rotation=60, ha="right")
    axes.set_title("mean squared speed of each joint, m²/s²")
    axes.legend()


def body(result: Evaluation) -> Figure:
    """Draw the measures of a body as ratios to the held-out clips, and its ways."""
    figure, (left, right) = plt.subplots(
        1, 2, figsize=(11, 5), layout="constrained", width_ratios=(1.3, 1)
    )
    real = result.rows[HELD_OUT]
    at = np.arange(len(BARS))
    for shift, name, color in ((-0.19, TRAINING, KNOWN), (0.19, GENERATED, DANCED)):
        row = result.rows[name]
        ratios = [getattr(row, key) / max(getattr(real, key), 1e-9) for key, _ in BARS]
        drawn = left.barh(at + shift, ratios, 0.36, color=color, label=name)
        left.bar_label(drawn, [f" {ratio:.2f}" for ratio in ratios], fontsize=8)
    left.axvline(1, color=REAL, label=HELD_OUT)
    left.set_yticks(at, [label for _, label in BARS])
    left.invert_yaxis()
    left.set_title("beside the held-out clips (1.0)")
    left.margins(x=0.12)
    left.legend(loc="upper center", bbox_to_anchor=(0.5, -0.06), ncols=3)
    size = round(PATH_SECONDS * result.reference.rate)
    for joints, color in (
        *((j, DANCED) for j in result.dances),
        *((j, REAL) for j in result.reference.held_out),
    ):
        way = joints[:size, skeleton.HIP, :2]
        middle = np.median(way, axis=0)
        right.plot(*(way - middle).T, color=color, lw=0.8, alpha=0.7)
    right.plot([], color=REAL, label=f"{HELD_OUT}")
    right.plot([], color=DANCED, label=f"{GENERATED}, first minute")
    right.set_aspect("equal", adjustable="datalim")
    right.set_title("the hip's way on the floor, m")
    right.legend(loc="upper right")
    right.grid(alpha=0.3)
    return figure


def prediction(result: Evaluation) -> Figure:
    """Draw the errors of prediction, and the calibration."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4.5), layout="constrained")
    found = result.prediction
    if found:
        at = [1000 * horizon for horizon in found.horizons]
        left.plot(at, found.still, "o:", color=KNOWN, label="stands still")
        left.plot(at, found.constant, "o--", color=REAL, label="goes on at its velocity")
        left.plot(at, found.mpjpe, "o-", color=DANCED, label="the model's mean")
        left.set_yscale("log")
        left.legend()
    left.set_xlabel("ms ahead")
    left.set_ylabel("cm off a joint")
    left.set_title("prediction of held-out clips")
    left.grid(alpha=0.3, which="both")
    ranks = result.likelihood.ranks
    right.bar((np.arange(len(ranks)) + 0.5) / len(ranks), ranks, 0.95 / len(ranks), color=DANCED)
    right.axhline(1 / len(ranks), color=REAL, label="a model that is as sure as it may be")
    right.set_xlabel("rank in the predicted distribution")
    right.set_ylabel("share of real values")
    right.set_title(
        f"calibration: {result.likelihood.within_50:.0%} within 50 %, "
        f"{result.likelihood.within_90:.0%} within 90 %"
    )
    right.legend(loc="lower center")
    return figure


def long_run(result: Evaluation) -> Figure:
    """Draw the energy over the minutes, and how far from the middle each dancer is."""
    figure, (top, bottom) = plt.subplots(2, 1, figsize=(11, 7), layout="constrained", sharex=True)
    run, rate = result.long_run, result.reference.rate
    shades = plt.get_cmap("plasma")(np.linspace(0.1, 0.8, len(run.energy)))
    for i, (energy, shade) in enumerate(zip(run.energy, shades, strict=True)):
        dancer = result.dancers[i]
        label = f"from {dancer.phrase.name}, seed {dancer.asked.seed}"
        top.plot(np.arange(len(energy)) + 0.5, energy, color=shade, label=label)
        root = result.dances[i][:, skeleton.HIP, :2]
        far = np.linalg.norm(root - np.median(root, axis=0), axis=1)
        size = round(FAR_SECONDS * rate)
        far = far[: len(far) // size * size].reshape(-1, size).max(axis=1)
        bottom.plot((np.arange(len(far)) + 0.5) * FAR_SECONDS / 60, far, color=shade)
    top.axhline(1, color=REAL, ls="--", label="held-out clips, mean")
    top.set_ylim(bottom=0)
    top.set_ylabel("kinetic energy a minute, of real")
    trend = (
        "" if run.trend is None else f", {run.trend:+.1%} in ten minutes (p = {run.trend_p:.2f})"
    )
    top.set_title(f"energy{trend}; frozen seconds: {sum(run.frozen)}")
    top.legend(ncols=3, fontsize=8)
    bottom.axhline(result.rows[HELD_OUT].wander, color=REAL, ls="--", label="held-out clips, most")
    bottom.set_ylim(bottom=0)
    bottom.set_ylabel(f"farthest from the middle in {FAR_SECONDS:g} s, m")
    bottom.set_xlabel("minutes")
    bottom.legend(loc="upper right", fontsize=8)
    for axes in (top, bottom):
        axes.grid(alpha=0.3)
    return figure


def steering(result: Evaluation) -> Figure:
    """Draw what was danced beside what was asked for."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4.5), layout="constrained")
    found = result.steering
    left.plot(found.levels, found.energy, "o-", color=DANCED)
    left.axhline(1, color=REAL, ls="--", label="held-out clips, mean")
    left.set_ylim(bottom=0)
    left.set_xlabel("energy asked for")
    left.set_ylabel("energy danced, of real")
    left.set_title(f"energy: rank correlation {found.rank:.2f}")
    left.legend(loc="lower right")
    shades = plt.get_cmap("plasma")(np.linspace(0.1, 0.8, max(len(found.tags), 1)))
    for (tag, at), shade in zip(found.tags.items(), shades, strict=False):
        right.plot(found.weights, at, "o-", color=shade, label=tag)
    right.plot([0, 1], [0, 1], color=KNOWN, ls=":", label="from clips without to clips with it")
    right.set_xlabel("weight of the tag")
    right.set_ylabel("kinetic features: 0 without, 1 with the tag")
    right.set_title("tags, at an energy of 0.5")
    right.legend(fontsize=8)
    for axes in (left, right):
        axes.grid(alpha=0.3)
    return figure
