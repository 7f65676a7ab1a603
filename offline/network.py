"""The network: LSTM layers and a mixture density head, in Keras.

Bishop, Mixture Density Networks (1994): the network gives the weights, means and
spreads of K Gaussians, here diagonal, of the step from this frame's vector to the next.
The step is measured in a basis in which the data's jolts are uncorrelated, so that a
sample with independent noise moves the joints together as a body moves.
"""

from __future__ import annotations

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np
import tensorflow as tf

from engine import features
from offline.design import Design

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
