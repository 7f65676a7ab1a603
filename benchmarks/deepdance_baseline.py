"""Generated dance beside its forerunner's and beside the replay of what was recorded.

The forerunner is Deep.Dance's design, written anew from its description: three LSTM layers
of 64, a dense layer of 64, a mixture density output of 3 Gaussians on the absolute positions
of the 17 joints (51 numbers, m), a look-back of 10 frames, and a loss of negative
log-likelihood and bone-length error. It is trained here, on the clips that trained the
model, at the model's frame rate, for a given wall time; the weights of the lowest held-out
loss dance, at several settings of the two temperatures, of which the best by kinetic
Fréchet distance is shown, and the plain one (1, 1).

The replay dances random training clips of the tags that are asked for.

All go on from the same phrases, for as long, and are measured alike (docs/motion-metrics.md).

Run: .venv/bin/python benchmarks/deepdance_baseline.py [--minutes 0.3] [--dance 0.5]
         [--model cues/salsa/model.onnx] [--dataset FOLDER]
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from offline.quiet import quiet

with quiet():
    import keras
    import tensorflow as tf

import numpy as np
from rich.console import Console

from engine import features, skeleton
from engine.clip import Clip
from engine.errors import ClipError
from engine.motion_model import MotionModel
from offline import dataset
from offline.evaluation import tables
from offline.evaluation.conditions import Dancer, cast
from offline.evaluation.evaluation import HELD_OUT, TRAINING, reference_of
from offline.evaluation.reference import Measures, Reference
from offline.generate import Asked, generate
from offline.import_clips import Batch

ROOT = Path(__file__).resolve().parent.parent
SALSA = ROOT.parent / "shared" / "data" / "mocap" / "salsa"
LOOK_BACK = 10
UNITS = 64
COMPONENTS = 3
NUMBERS = 51
BATCH = 256
VALIDATE_EVERY = 100
SETTINGS = ((1.0, 1.0), (1.0, 0.1), (1.0, 0.01), (0.5, 0.1), (0.5, 0.01), (0.5, 0.0))
"""Temperatures of the mixture and of sigma that the forerunner may dance with."""
PARENTS = np.array([parent for parent, _ in skeleton.BONES])


def salsa_clips(folder: Path) -> list[Clip]:
    """Import the real clips as the card of the model says."""
    with contextlib.redirect_stdout(io.StringIO()):
        for dancer, tag, side in (
            ("cmu60", "calm", range(1, 13)),
            ("cmu61", "lively", range(16, 28)),
        ):
            batch = Batch(folder, fps=60.0, dancer=dancer, tags=("salsa", tag))
            batch.open()
            for path in sorted(SALSA.glob("*.bvh")):
                if int(path.stem) in side:
                    batch.add(path)
    return dataset.load_clips(folder)


class DeepDance:
    """The forerunner: its network, its training, its dance."""

    def __init__(self, training: list[np.ndarray], held_out: list[np.ndarray]) -> None:
        """Take poses [T, 17, 3] of the clips at the rate that it will dance at."""
        keras.utils.set_random_seed(1)
        self._seen, self._new = self._windows(training), self._windows(held_out)
        layers = [keras.Input((LOOK_BACK, NUMBERS))]
        x = layers[0]
        for last in (False, False, True):
            x = keras.layers.LSTM(UNITS, return_sequences=not last)(x)
        x = keras.layers.Dense(UNITS, activation="relu")(x)
        x = keras.layers.Dense(COMPONENTS * (1 + 2 * NUMBERS))(x)
        self._network = keras.Model(layers[0], x)
        self._optimizer = keras.optimizers.Adam(1e-3)
        self._optimizer.build(self._network.trainable_variables)
        self._update = tf.function(self._update_eagerly)
        self._step = tf.function(lambda x: self._mixture(self._network(x)))
        self.updates = 0

    @staticmethod
    def _windows(clips: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        """Give all stretches [N, 10, 51] of clips and the frames [N, 51] that follow them."""
        flat = [c.reshape(len(c), NUMBERS).astype(np.float32) for c in clips]
        cut = [np.lib.stride_tricks.sliding_window_view(c, LOOK_BACK + 1, axis=0) for c in flat]
        whole = np.concatenate(cut).transpose(0, 2, 1)
        return whole[:, :-1], whole[:, -1]

    @staticmethod
    def _mixture(head: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """Split the output into logits [B, K], means and sigmas [B, K, 51]."""
        shape = (-1, COMPONENTS, NUMBERS)
        k, d = COMPONENTS, COMPONENTS * NUMBERS
        sigmas = tf.nn.elu(head[:, k + d :]) + 1 + 1e-4
        return head[:, :k], tf.reshape(head[:, k : k + d], shape), tf.reshape(sigmas, shape)

    def _loss(self, seen: tf.Tensor, after: tf.Tensor) -> tf.Tensor:
        logits, means, sigmas = self._mixture(self._network(seen))
        z = (after[:, None] - means) / sigmas
        each = -0.5 * tf.reduce_sum(z * z + 2 * tf.math.log(sigmas) + np.log(2 * np.pi), -1)
        nats = tf.reduce_logsumexp(tf.nn.log_softmax(logits) + each, -1)
        middle = tf.reduce_sum(tf.nn.softmax(logits)[..., None] * means, 1)
        off = tf.abs(self._bones(middle) - self._bones(after))
        return -tf.reduce_mean(nats) + tf.reduce_mean(tf.reduce_sum(off, -1))

    @staticmethod
    def _bones(flat: tf.Tensor) -> tf.Tensor:
        joints = tf.reshape(flat, (-1, 17, 3))
        return tf.norm(joints[:, 1:] - tf.gather(joints, PARENTS, axis=1) + 1e-9, axis=-1)

    def _update_eagerly(self, seen: tf.Tensor, after: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            loss = self._loss(seen, after)
        variables = self._network.trainable_variables
        self._optimizer.apply(tape.gradient(loss, variables), variables)
        return loss

    def train(self, seconds: float) -> float:
        """Train for a wall time and keep the best weights; gives the lowest held-out loss."""
        rng = np.random.default_rng(1)
        validate = tf.function(self._loss)
        best, kept = np.inf, self._network.get_weights()
        began = time.perf_counter()
        while time.perf_counter() - began < seconds:
            some = rng.integers(0, len(self._seen[1]), BATCH)
            loss = float(self._update(self._seen[0][some], self._seen[1][some]))
            self.updates += 1
            if not np.isfinite(loss):
                break
            if self.updates % VALIDATE_EVERY == 0:
                held_out = float(validate(*self._new))
                if held_out < best:
                    best, kept = held_out, self._network.get_weights()
        self._network.set_weights(kept)
        return best

    def dance(
        self, starts: np.ndarray, frames: int, temperature: float, sigma: float
    ) -> np.ndarray:
        """Go on from poses [N, 10, 17, 3] for so many frames; gives [N, frames, 17, 3]."""
        rng = np.random.default_rng(2)
        seen = starts.reshape(len(starts), LOOK_BACK, NUMBERS).astype(np.float32)
        out = np.empty((len(starts), frames, NUMBERS), np.float32)
        rows = np.arange(len(starts))
        for t in range(frames):
            logits, means, sigmas = (part.numpy() for part in self._step(seen))
            drawn = rng.gumbel(size=logits.shape)
            chosen = (logits / temperature + drawn).argmax(1)
            # The temperature of sigma scales the variance, as in keras-mdn-layer.
            spread = np.sqrt(sigma) * sigmas[rows, chosen]
            out[:, t] = means[rows, chosen] + spread * rng.standard_normal((len(rows), NUMBERS))
            seen = np.concatenate([seen[:, 1:], out[:, t : t + 1]], axis=1)
        return out.reshape(len(starts), frames, 17, 3)


def replay(
    training: list[Clip], poses: list[np.ndarray], dancers: list[Dancer], frames: int
) -> tuple[list[np.ndarray], list[float]]:
    """Give random training clips of each dancer's tags, for as many frames, and their weights."""
    rng = np.random.default_rng(3)
    shown, weights = [], []
    for dancer in dancers:
        alike = [i for i, c in enumerate(training) if set(dancer.asked.tags) <= set(c.tags)]
        left = frames
        while left > 0:
            clip = poses[rng.choice(alike)][:left]
            shown.append(clip)
            weights.append(dancer.weight)
            left -= len(clip)
    return shown, weights


def forerunner(
    reference: Reference, dancers: list[Dancer], seconds: float, frames: int
) -> dict[str, Measures]:
    """Train the forerunner and measure it; gives its best setting and the plain one."""
    network = DeepDance(reference.training, reference.held_out)
    loss = network.train(seconds)
    print(f"Deep.Dance: {network.updates} updates in {seconds / 60:.1f} min, held out {loss:.1f}")
    rate = reference.rate
    phrases = [features.resample(d.phrase.joints, d.phrase.fps, rate) for d in dancers]
    starts = np.stack([phrase[-LOOK_BACK:] for phrase in phrases])
    weights = [dancer.weight for dancer in dancers]
    found = {}
    for setting in SETTINGS:
        danced = network.dance(starts, frames, *setting)
        try:
            found[setting] = reference.measure(list(danced), weights=weights)
        except ClipError:
            print(f"Deep.Dance at {setting}: no numbers within 4 s")
    best = min(found, key=lambda setting: found[setting].kinetic_fd)
    return {f"Deep.Dance {t:g}, {s:g}": found[t, s] for t, s in dict.fromkeys((SETTINGS[0], best))}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=0.3, help="of training the forerunner")
    parser.add_argument("--dance", type=float, default=0.5, help="minutes from each of 5 seeds")
    parser.add_argument("--model", type=Path, default=ROOT / "cues" / "salsa" / "model.onnx")
    parser.add_argument(
        "--dataset", type=Path, help="folder of clips (imported from the BVH files)"
    )
    args = parser.parse_args()
    if args.dataset is None and not SALSA.is_dir():
        print(f"no real motion capture in {SALSA}: nothing to compare with")
        return
    with tempfile.TemporaryDirectory() as folder:
        clips = dataset.load_clips(args.dataset) if args.dataset else salsa_clips(Path(folder))
    model = MotionModel.load(args.model)
    reference, training = reference_of(model, clips)
    dancers = cast(model, reference.clips, 5, Asked(), None)
    weights = [dancer.weight for dancer in dancers]
    frames = round(args.dance * 60 * reference.rate)
    rows = {
        HELD_OUT: reference.measure(reference.held_out),
        TRAINING: reference.measure(reference.training),
    }
    shown, shares = replay(training, reference.training, dancers, frames)
    rows["replay"] = reference.measure(shown, weights=shares)
    rows |= forerunner(reference, dancers, args.minutes * 60, frames)
    danced = generate(
        model, [d.phrase for d in dancers], [d.asked for d in dancers], args.dance * 60
    )
    rows["Figurant"] = reference.measure(
        list(danced), weights=weights, lengths=model.metadata.lengths
    )
    trained = model.metadata.training.get("run", {}).get("seconds", 0) / 60
    Console(width=max(100, 32 + 17 * len(rows))).print(tables.measures(rows))
    print(
        f"Figurant's model was trained for {trained:.1f} minutes; real against real: kinetic "
        f"{reference.kinetic_floor.low:.1f} to {reference.kinetic_floor.high:.1f}, geometric "
        f"{reference.geometric_floor.low:.2f} to {reference.geometric_floor.high:.2f}"
    )


if __name__ == "__main__":
    main()
