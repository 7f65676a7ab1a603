"""Training: teacher forcing with noise over whole sequences.

The network sees vectors that have strayed from the clip, slowly and by chance, is told
how far at most, and has to lead back to the clip, gently. So it learns what to do about
its own errors, and a long dance neither freezes nor flies apart. On stage it is told
that it has not strayed.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray
from scipy import signal

from engine import features
from engine.errors import TrainingError
from offline import network
from offline.material import Material
from offline.run_folder import Options, RunFolder

Array = NDArray[np.float32]

UNSCORED = 8
"""First frames of a sequence that do not count: the network has seen too little yet."""
STRAY = 0.8
"""How much of a vector's distance from the clip is left after a step."""
VALIDATE_EVERY = 100
"""Updates between validations."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is.

    loss, validation, best: negative log-likelihood a frame, in nats. left: seconds.
    """

    update: int = 0
    seconds: float = 0.0
    loss: float = math.nan
    validation: float = math.nan
    best: float = math.inf
    best_update: int = 0
    left: float = 0.0


def stray(rng: np.random.Generator, shape: tuple[int, int, int]) -> Array:
    """Draw noise [B, T, D] of unit spread that forgets a fifth of itself at each step."""
    fresh = rng.standard_normal(shape, np.float32) * np.float32(math.sqrt(1 - STRAY**2))
    fresh[:, 0] /= np.float32(math.sqrt(1 - STRAY**2))
    noise: Array = signal.lfilter([1.0], [1.0, -STRAY], fresh, axis=1).astype(np.float32)
    return noise


class Trainer:
    """The network, its optimizer and the two compiled functions of a run."""

    def __init__(self, options: Options, material: Material) -> None:
        self.options = options
        self.material = material
        keras.utils.set_random_seed(options.seed)
        design = options.design
        self.model = network.build(design, len(material.metadata.controls.names))
        self.optimizer = keras.optimizers.AdamW(
            options.learning_rate, weight_decay=options.weight_decay, clipnorm=1.0
        )
        self.optimizer.build(self.model.trainable_variables)
        self._weights = np.array(
            [max(len(e.vectors) - options.length, 0) for e in material.training], float
        )
        self._weights /= self._weights.sum()
        self._training = network.with_dropout(self.model, design, options.dropout)
        self._update = tf.function(self._update_eagerly, reduce_retracing=True)
        self._validate = tf.function(self._loss, reduce_retracing=True)

    def batch(self, update: int) -> tuple[Array, Array, Array]:
        """Draw vectors [B, T + 1, 52], controls [B, T, C] and noise [B, T, 52] of an update.

        A function of the seed and the update's number, so that a resumed run goes on as
        it would have.
        """
        o = self.options
        rng = np.random.default_rng([o.seed, update])
        vectors, controls = [], []
        for i in rng.choice(len(self._weights), o.batch, p=self._weights):
            example = self.material.training[i]
            start = rng.integers(0, len(example.vectors) - o.length)
            vectors.append(example.vectors[start : start + o.length + 1])
            controls.append(example.controls[start : start + o.length])
        level = (o.noise * rng.random((o.batch, 1, 1)) ** 2).astype(np.float32)
        noise = stray(rng, (o.batch, o.length, features.SIZE)) * level
        told = np.broadcast_to(level, (o.batch, o.length, 1))
        return np.array(vectors), np.concatenate([told, np.array(controls)], -1), noise

    def _inputs(self, vectors: tf.Tensor, controls: tf.Tensor, noise: tf.Tensor) -> tuple[Any, Any]:
        """Give the network's input and the steps that it has to find."""
        scaling = self.material.scaling
        astray = tf.linalg.matmul(noise, scaling.from_basis)
        seen = vectors[:, :-1] + astray
        steps = tf.linalg.matmul(vectors[:, 1:] + STRAY * astray - seen, scaling.to_basis)
        last = tf.linalg.matmul(seen - tf.concat([seen[:, :1], seen[:, :-1]], 1), scaling.to_basis)
        return tf.concat([(seen - scaling.mean) / scaling.std, last, controls], -1), steps

    def _loss(self, vectors: tf.Tensor, controls: tf.Tensor, noise: tf.Tensor) -> tf.Tensor:
        inputs, steps = self._inputs(vectors, controls, noise)
        likelihood = network.log_likelihood(self.model(inputs), steps, self.options.design)
        return -tf.reduce_mean(likelihood[:, UNSCORED:])

    def _update_eagerly(
        self, vectors: tf.Tensor, controls: tf.Tensor, noise: tf.Tensor
    ) -> tf.Tensor:
        inputs, steps = self._inputs(vectors, controls, noise)
        with tf.GradientTape() as tape:
            head = self._training(inputs, training=True)
            likelihood = network.log_likelihood(head, steps, self.options.design)
            loss = -tf.reduce_mean(likelihood[:, UNSCORED:])
        gradients = tape.gradient(loss, self.model.trainable_variables)
        self.optimizer.apply(gradients, self.model.trainable_variables)
        return loss

    def update(self, number: int, progress: float) -> float:
        """Run one update; progress 0..1 through the run sets the learning rate. Gives the loss."""
        o = self.options
        decay = 0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * min(progress, 1.0)))
        self.optimizer.learning_rate.assign(o.learning_rate * decay)
        return float(self._update(*(tf.constant(part) for part in self.batch(number))))

    def validate(self) -> float:
        """Give the held-out loss a frame, in nats, without noise."""
        total, frames = 0.0, 0
        for example in self.material.held_out:
            controls = np.pad(example.controls, ((0, 0), (1, 0)))
            noise = np.zeros_like(example.vectors[:-1])
            loss = self._validate(example.vectors[None], controls[None], noise[None])
            total += float(loss) * len(noise)
            frames += len(noise)
        return total / frames

    def state(self) -> dict[str, NDArray[Any]]:
        """Give the optimizer's variables, to be resumed from."""
        return {str(i): v.numpy() for i, v in enumerate(self.optimizer.variables)}

    def restore(self, state: dict[str, NDArray[Any]]) -> None:
        """Take the optimizer's variables back."""
        for i, variable in enumerate(self.optimizer.variables):
            variable.assign(state[str(i)])


def train(
    material: Material,
    folder: RunFolder,
    options: Options,
    *,
    resume: bool = False,
    begin: Sequence[Array] | None = None,
    report: Callable[[Progress], None] = lambda progress: None,
    clock: Callable[[], float] = time.monotonic,
) -> Progress:
    """Train until the minutes are over or nothing gets better; gives the last progress.

    begin: weights to begin with, in Keras's order.

    Raises TrainingError where the loss is no number, the folder holds another run, or
    there is nothing to resume.
    """
    if folder.exists() and not resume:
        raise TrainingError(folder.path, found="a run", expected="a new folder, or --resume")
    trainer = Trainer(options, material)
    done = Progress(left=options.minutes * 60)
    if resume:
        done = Progress(**folder.read_progress())
        done = replace(done, left=max(options.minutes * 60 - done.seconds, 0.0))
        trainer.model.load_weights(folder.last)
        trainer.restore(folder.read_optimizer())
    else:
        if begin is not None:
            trainer.model.set_weights(begin)
        folder.write_config(options, material.clips)
        folder.write_scaling(material.scaling)
        folder.write_seed(material.held_out[0].vectors[:64])
        folder.write_metadata(material.metadata)
    began = clock() - done.seconds
    budget = options.minutes * 60
    losses: list[float] = []
    while done.left > 0 and done.update - done.best_update < options.patience * VALIDATE_EVERY:
        loss = trainer.update(done.update, done.seconds / budget)
        losses.append(loss)
        seconds = clock() - began
        done = replace(
            done,
            update=done.update + 1,
            seconds=seconds,
            loss=loss,
            left=max(budget - seconds, 0.0),
        )
        if not math.isfinite(loss):
            raise TrainingError(
                folder.path, f"update {done.update}", found=f"a loss of {loss}", expected="a number"
            )
        if done.update % VALIDATE_EVERY == 0 or done.left == 0:
            done = _validate(folder, trainer, done, losses)
            losses = []
        report(done)
    return done


def _validate(
    folder: RunFolder, trainer: Trainer, done: Progress, losses: Sequence[float]
) -> Progress:
    """Measure the held-out loss, keep weights and a checkpoint; gives the new progress."""
    validation = trainer.validate()
    if validation < done.best:
        trainer.model.save_weights(folder.best)
        done = replace(done, best=validation, best_update=done.update)
    done = replace(done, validation=validation)
    trainer.model.save_weights(folder.last)
    folder.write_optimizer(trainer.state())
    folder.write_progress(asdict(done))
    folder.add_history(
        {
            "update": done.update,
            "seconds": round(done.seconds, 1),
            "loss": float(np.mean(losses)),
            "validation": validation,
        }
    )
    return done
