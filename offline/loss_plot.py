"""The plot of a run's losses."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

from matplotlib import pyplot as plt


def draw(history: Sequence[dict[str, float]], path: Path) -> None:
    """Draw training and held-out loss (nats a frame) over the updates into a PNG."""
    figure, axes = plt.subplots(figsize=(8, 4.5), layout="constrained")
    updates = [row["update"] for row in history]
    axes.plot(updates, [row["loss"] for row in history], label="training, noise on the input")
    axes.plot(updates, [row["validation"] for row in history], label="held out, no noise")
    axes.set_xlabel("update")
    axes.set_ylabel("negative log-likelihood, nats a frame")
    axes.grid(alpha=0.3)
    axes.legend()
    figure.savefig(path, dpi=120)
    plt.close(figure)
