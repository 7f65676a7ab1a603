"""The network: LSTM layers and a mixture density head, in Keras.

Bishop, Mixture Density Networks (1994): the network gives the weights, means and
spreads of K Gaussians, here diagonal, of the step from this frame's vector to the next.
The step is measured in a basis in which the data's jolts are uncorrelated, so that a
sample with independent noise moves the joints together as a body moves.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np
import tensorflow as tf

from engine import features
from engine.motion_model import Metadata
from offline import steps
from offline.design import Array, Design, Scaling

SPREAD = 0.85
"""Share of the predicted spread by which a step strays at sigma 1.

In a dance of its own the network is a little less sure than beside a real clip, and with all
of its spread livelier than the dancer.
"""
LOG_2PI = float(np.log(2 * np.pi))


def build(design: Design, controls: int) -> keras.Model:
    """Give the many-to-many network: vectors and controls in, mixture parameters out.

    Input [B, T, 52 + 52 + 1 + C]: scaled vectors, the steps that led to them in their
    basis, the level of noise in them, controls.
    Output [B, T, K + 2 * K * 52]: logits, means and log sigmas in the step's basis.
    """
    inputs = keras.Input((None, 2 * features.SIZE + 1 + controls), name="steps")
    x = inputs
    outs = []
    for layer in range(design.layers):
        x = keras.layers.LSTM(design.units, return_sequences=True, name=f"lstm_{layer}")(x)
        outs.append(x)
    joined = keras.layers.Concatenate(name="joined")(outs) if len(outs) > 1 else x
    width = design.components * (1 + 2 * features.SIZE)
    head = keras.layers.Dense(
        width, name="mixture", kernel_initializer=keras.initializers.VarianceScaling(0.1)
    )(joined)
    return keras.Model(inputs, head, name="dancer")


def with_dropout(model: keras.Model, design: Design, share: float) -> keras.Model:
    """Give the same network, of the same layers, with dropout behind each LSTM layer."""
    inputs = model.inputs[0]
    x, outs = inputs, []
    for layer in range(design.layers):
        x = keras.layers.Dropout(share)(model.get_layer(f"lstm_{layer}")(x))
        outs.append(x)
    joined = keras.layers.Concatenate()(outs) if len(outs) > 1 else x
    return keras.Model(inputs, model.get_layer("mixture")(joined))


def of_length_one(vectors: tf.Tensor) -> tf.Tensor:
    """Give vectors [..., 52] whose bone directions have length 1 again."""
    bones = vectors[..., features.DIRECTIONS]
    split = tf.reshape(bones, tf.concat([tf.shape(bones)[:-1], [16, 3]], 0))
    norm = tf.sqrt(tf.reduce_sum(split * split, -1, keepdims=True) + 1e-12)
    bones = tf.reshape(split / norm, tf.shape(bones))
    return tf.concat([vectors[..., : features.DIRECTIONS.start], bones], -1)


def take_step(
    vector: tf.Tensor, step: tf.Tensor, lengths: Array, rate: float, low: Array, high: Array
) -> tf.Tensor:
    """Give the vectors [B, 52] that steps [B, 52] (`offline.steps`) lead to.

    Everything but the legs as the step says, within low..high; then the ankles go where it
    says and the knees follow, bent the way of the thigh (two-bone inverse kinematics).
    """
    moved = of_length_one(tf.clip_by_value(vector + step, low, high))
    ankles = tf.linalg.matmul(vector[:, features.DIRECTIONS], tf.constant(steps.ankle_map(lengths)))
    turn = -moved[:, features.YAW_RATE] / rate
    cos, sin = tf.cos(turn), tf.sin(turn)
    way = moved[:, features.VELOCITY] / rate
    rise = moved[:, features.HEIGHT] - vector[:, features.HEIGHT]
    parts, done = [], 0
    for foot, (pelvis, thigh, shank) in enumerate(steps.LEGS):
        at = steps.FEET[foot]
        x, y = (ankles[:, 3 * foot + i] + step[:, at + i] - way[:, i] for i in (0, 1))
        z = ankles[:, 3 * foot + 2] + step[:, at + 2] - rise
        ankle = tf.stack([cos * x - sin * y, sin * x + cos * y, z], -1)
        first = features.DIRECTIONS.start + 3 * pelvis
        hip = float(lengths[pelvis]) * moved[:, first : first + 3]
        first = features.DIRECTIONS.start + 3 * thigh
        bent = moved[:, first : first + 3]
        upper, lower = _leg(ankle - hip, bent, float(lengths[thigh]), float(lengths[shank]))
        parts += [moved[:, done:first], upper, lower]
        done = at + 3
    return of_length_one(tf.concat([*parts, moved[:, done:]], -1))


def _leg(way: tf.Tensor, bent: tf.Tensor, thigh: float, shank: float) -> tuple[Any, Any]:
    """Give the directions [B, 3] of thigh and shank that lead `way` [B, 3] from the hip.

    bent [B, 3]: about where the thigh points. As far as the leg reaches.
    """
    far = tf.sqrt(tf.reduce_sum(way * way, -1, keepdims=True) + 1e-12)
    along = way / far
    far = tf.clip_by_value(far, abs(thigh - shank) + 0.02, 0.9995 * (thigh + shank))
    aside = bent - tf.reduce_sum(bent * along, -1, keepdims=True) * along
    aside /= tf.sqrt(tf.reduce_sum(aside * aside, -1, keepdims=True) + 1e-12)
    cos = (thigh**2 + far**2 - shank**2) / (2 * thigh * far)
    cos = tf.clip_by_value(cos, -1.0, 1.0)
    upper = along * cos + aside * tf.sqrt(1 - cos * cos)
    return upper, (along * far - thigh * upper) / shank


def mixture(head: tf.Tensor, design: Design) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Split the head [..., W] into logits [..., K], means and log sigmas [..., K, 52]."""
    k, d = design.components, features.SIZE
    shape = tf.concat([tf.shape(head)[:-1], [k, d]], 0)
    logits = head[..., :k]
    means = tf.reshape(head[..., k : k + k * d], shape)
    raw = tf.reshape(head[..., k + k * d :], shape)
    # Smooth floor: a component never becomes sharper than min_sigma.
    log_sigma = tf.math.log(tf.nn.softplus(raw) + design.min_sigma)
    return logits, means, log_sigma


def log_likelihood(head: tf.Tensor, target: tf.Tensor, design: Design) -> tf.Tensor:
    """Log density [...] in nats of steps `target` [..., 52] in the step's basis."""
    logits, means, log_sigma = mixture(head, design)
    z = (target[..., None, :] - means) * tf.exp(-log_sigma)
    each = -0.5 * tf.reduce_sum(z * z + 2 * log_sigma + LOG_2PI, axis=-1)
    return tf.reduce_logsumexp(tf.nn.log_softmax(logits) + each, axis=-1)


def make_step(
    model: keras.Model, design: Design, scaling: Scaling, metadata: Metadata
) -> Callable[..., Any]:
    """Give the step of the stage as a TensorFlow function over the network's own cells.

    The network is told that its input carries no noise.
    """
    cells = [model.get_layer(f"lstm_{i}").cell for i in range(design.layers)]
    head_layer = model.get_layer("mixture")

    def step(
        vector: tf.Tensor,
        previous: tf.Tensor,
        controls: tf.Tensor,
        h: tf.Tensor,
        c: tf.Tensor,
        noise: tf.Tensor,
        temperatures: tf.Tensor,
    ) -> dict[str, tf.Tensor]:
        batch = tf.shape(vector)[0]
        x = tf.concat(
            [
                (vector - scaling.mean) / scaling.std,
                tf.matmul(
                    steps.steps(previous, vector, scaling.ankles, metadata.rate, tf),
                    tf.constant(scaling.to_basis),
                ),
                tf.zeros([batch, 1]),
                controls,
            ],
            -1,
        )
        outs, hs, cs = [], [], []
        for i, cell in enumerate(cells):
            x, (hi, ci) = cell(x, [h[i], c[i]])
            outs.append(x)
            hs.append(hi)
            cs.append(ci)
        head = head_layer(tf.concat(outs, -1))
        logits, means, log_sigma = mixture(head, design)
        weights = tf.nn.softmax(logits / tf.maximum(temperatures[:, :1], 1e-3))
        # The component whose share of 0..1 the uniform falls into.
        passed = tf.cast(noise[:, :1] >= tf.cumsum(weights, -1), tf.int32)
        chosen = tf.minimum(tf.reduce_sum(passed, -1), design.components - 1)
        pick = tf.one_hot(chosen, design.components)[..., None]
        mean = tf.reduce_sum(means * pick, 1)
        sigma = SPREAD * tf.exp(tf.reduce_sum(log_sigma * pick, 1))
        move = mean + sigma * temperatures[:, 1:] * noise[:, 1:]
        z = (move[:, None] - means) * tf.exp(-log_sigma)
        each = -0.5 * tf.reduce_sum(z * z + 2 * log_sigma + LOG_2PI, -1)
        likelihood = tf.reduce_logsumexp(tf.nn.log_softmax(logits) + each, -1)
        way = tf.matmul(move, tf.constant(scaling.from_basis))
        return {
            "next_vector": take_step(
                vector, way, metadata.lengths, metadata.rate, scaling.low, scaling.high
            ),
            "next_h": tf.stack(hs),
            "next_c": tf.stack(cs),
            "log_likelihood": likelihood,
            "logits": logits,
            "means": means,
            "log_sigmas": log_sigma,
        }

    return step
