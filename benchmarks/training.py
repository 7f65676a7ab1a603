"""Seconds of training per 1,000 updates: offline.train beside Keras's own `fit`.

Both train the same network from the same start with the same optimizer on the same
batches. `fit` gets its batches ready made, with the noise on them; ours draws, cuts and
blurs its own. They take turns, round by round. The clips are real salsa where the motion
capture lies beside the checkout, else figures that a formula moves.

Run: .venv/bin/python benchmarks/training.py [updates a round]
"""

from __future__ import annotations

import contextlib
import io
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np

from engine.clip import Clip
from offline import dataset, network
from offline.import_clips import Batch
from offline.material import prepare
from offline.run_folder import Options
from offline.train import UNSCORED, Trainer
from tests.dancing import walking

SALSA = Path(__file__).resolve().parents[2] / "shared" / "data" / "mocap" / "salsa"
CLIPS = (("01", "calm"), ("05", "calm"), ("16", "lively"), ("20", "lively"))
ROUNDS = 3


def clips() -> list[Clip]:
    """Two couples of the real clips, or four formulas."""
    if not SALSA.is_dir():
        return [
            Clip(walking(600, 30.0, seed=n).astype(np.float32), 30.0, f"d{n}", (tag,), take=name)
            for n, (name, tag) in enumerate(CLIPS)
        ]
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        for name, tag in CLIPS:
            batch = Batch(Path(folder), fps=60.0, tags=(tag,))
            batch.open()
            batch.add(SALSA / f"{name}.bvh")
        return dataset.load_clips(Path(folder))


class Fit:
    """The baseline: the trainer's network, compiled and fitted by Keras."""

    def __init__(self, trainer: Trainer) -> None:
        options = trainer.options
        self._size = options.batch
        self._trainer = trainer
        self._model = network.with_dropout(
            network.build(options.design, len(trainer.material.metadata.controls.names)),
            options.design,
            options.dropout,
        )
        self._model.set_weights(trainer.model.get_weights())

        def loss(steps: Any, head: Any) -> Any:
            return -network.log_likelihood(head, steps, options.design)[:, UNSCORED:]

        optimizer = trainer.optimizer.from_config(trainer.optimizer.get_config())
        self._model.compile(optimizer=optimizer, loss=loss)

    def cost(self, updates: range) -> tuple[float, float]:
        """Seconds and mean loss of an epoch over these updates' batches, made beforehand."""
        parts = [self._trainer._inputs(*self._trainer.batch(update)) for update in updates]
        inputs = np.concatenate([part[0].numpy() for part in parts])
        steps = np.concatenate([part[1].numpy() for part in parts])
        began = time.perf_counter()
        history = self._model.fit(
            inputs, steps, batch_size=self._size, epochs=1, shuffle=False, verbose=0
        )
        return time.perf_counter() - began, history.history["loss"][0]


def ours(trainer: Trainer, updates: range) -> tuple[float, float]:
    """Seconds and mean loss of these updates as `offline train` makes them."""
    began = time.perf_counter()
    losses = [trainer.update(update, 0.0) for update in updates]
    return time.perf_counter() - began, float(np.mean(losses))


def main() -> None:
    updates = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    options = Options()
    trainer = Trainer(options, prepare(clips(), options))
    fit = Fit(trainer)
    ours(trainer, range(2))
    fit.cost(range(2))
    rounds: dict[str, list[tuple[float, float]]] = {"offline train": [], "keras fit": []}
    for n in range(ROUNDS):
        turn = range(n * updates, (n + 1) * updates)
        rounds["offline train"].append(ours(trainer, turn))
        rounds["keras fit"].append(fit.cost(turn))
    print(
        f"{options.layers} x {options.units} units, batches of {options.batch} x {options.length}"
        f" frames, {'real salsa' if SALSA.is_dir() else 'formulas'};"
        f" median of {ROUNDS} rounds of {updates} updates"
    )
    seconds = {
        name: float(np.median([cost for cost, _ in values])) / updates * 1000
        for name, values in rounds.items()
    }
    print(f"{'':16}{'s per 1,000 updates':>22}{'beside fit':>14}{'loss, last round':>20}")
    for name, cost in seconds.items():
        print(
            f"{name:16}{cost:22.0f}{cost / seconds['keras fit']:13.2f}x{rounds[name][-1][1]:20.2f}"
        )


if __name__ == "__main__":
    main()
