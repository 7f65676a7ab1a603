"""From a trained network to the one-step ONNX graph of the stage, with proof of parity."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import onnx
import onnxruntime as ort
import tensorflow as tf
import tf2onnx
from numpy.typing import NDArray

from engine import features
from engine.errors import ModelError
from engine.motion_model import (
    METADATA_KEY,
    MIXTURE_OUTPUTS,
    NOISE,
    OUTPUTS,
    Metadata,
    MotionModel,
)
from offline.design import Design, Scaling
from offline.network import LOG_2PI, mixture

Array = NDArray[np.float32]
OPSET = 18
PARITY_STEPS = 1000
PARITY = 1e-4
"""Largest difference allowed between mixture parameters of Keras and ONNX Runtime."""


def make_step(model: keras.Model, design: Design, scaling: Scaling) -> Callable[..., Any]:
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
                tf.matmul(vector - previous, tf.constant(scaling.to_basis)),
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
        sigma = tf.exp(tf.reduce_sum(log_sigma * pick, 1))
        move = mean + sigma * temperatures[:, 1:] * noise[:, 1:]
        z = (move[:, None] - means) * tf.exp(-log_sigma)
        each = -0.5 * tf.reduce_sum(z * z + 2 * log_sigma + LOG_2PI, -1)
        likelihood = tf.reduce_logsumexp(tf.nn.log_softmax(logits) + each, -1)
        moved = vector + tf.matmul(move, tf.constant(scaling.from_basis))
        moved = tf.clip_by_value(moved, scaling.low, scaling.high)
        bones = tf.reshape(moved[:, features.DIRECTIONS], [batch, 16, 3])
        norm = tf.sqrt(tf.reduce_sum(bones * bones, -1, keepdims=True) + 1e-12)
        bones = tf.reshape(bones / norm, [batch, 48])
        return {
            "next_vector": tf.concat([moved[:, : features.DIRECTIONS.start], bones], -1),
            "next_h": tf.stack(hs),
            "next_c": tf.stack(cs),
            "log_likelihood": likelihood,
            "logits": logits,
            "means": means,
            "log_sigmas": log_sigma,
        }

    return step


def step_signature(design: Design, controls: int) -> list[tf.TensorSpec]:
    """Give shapes and names of the step's inputs."""
    state = [design.layers, None, design.units]
    return [
        tf.TensorSpec([None, features.SIZE], tf.float32, "vector"),
        tf.TensorSpec([None, features.SIZE], tf.float32, "previous"),
        tf.TensorSpec([None, controls], tf.float32, "controls"),
        tf.TensorSpec(state, tf.float32, "h"),
        tf.TensorSpec(state, tf.float32, "c"),
        tf.TensorSpec([None, NOISE], tf.float32, "noise"),
        tf.TensorSpec([None, 2], tf.float32, "temperatures"),
    ]


def write(
    path: Path,
    model: keras.Model,
    design: Design,
    scaling: Scaling,
    metadata: Metadata,
) -> None:
    """Write the step graph and its metadata as one ONNX file."""
    step = make_step(model, design, scaling)
    signature = step_signature(design, len(metadata.controls.names))
    names = (*OUTPUTS, *MIXTURE_OUTPUTS)

    def ordered(*inputs: tf.Tensor) -> list[tf.Tensor]:
        outputs = step(*inputs)
        return [tf.identity(outputs[name], name) for name in names]

    proto, _ = tf2onnx.convert.from_function(
        tf.function(ordered, input_signature=signature), signature, opset=OPSET
    )
    # tf2onnx names outputs by position; the engine asks for them by name.
    renamed = dict(zip([o.name for o in proto.graph.output], names, strict=True))
    for node in proto.graph.node:
        node.output[:] = [renamed.get(name, name) for name in node.output]
        node.input[:] = [renamed.get(name, name) for name in node.input]
    for output in proto.graph.output:
        output.name = renamed[output.name]
    onnx.helper.set_model_props(proto, {METADATA_KEY: metadata.to_json()})
    onnx.checker.check_model(proto)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    onnx.save(proto, partial)
    partial.replace(path)


def parity(path: Path, model: keras.Model, design: Design, scaling: Scaling, seed: Array) -> float:
    """Prove that ONNX Runtime computes what Keras computes; gives the largest difference.

    seed: real vectors [T, 52] to begin from. Both run 1,000 steps, each with its own h and
    c, on the dance that the ONNX model generates: a dance that each would choose for
    itself would soon differ, since a last bit decides between two components.
    Raises ModelError above 1e-4.
    """
    session = ort.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    loaded = MotionModel.load(path)
    step = tf.function(
        make_step(model, design, scaling),
        input_signature=step_signature(design, len(loaded.metadata.controls.names)),
    )
    rng = np.random.default_rng(0)
    names = [*OUTPUTS, *MIXTURE_OUTPUTS]
    row = loaded.metadata.controls.row(energy=0.5, tags={})[None]
    temperatures = np.ones((1, 2), np.float32)
    h, c = loaded.zeros(1)
    keras_h, keras_c = tf.constant(h), tf.constant(c)
    vector = previous = seed[:1]
    worst = 0.0
    for i in range(len(seed) + PARITY_STEPS):
        noise = rng.standard_normal((1, NOISE)).astype(np.float32)
        noise[:, 0] = rng.random()
        inputs = {
            "vector": vector,
            "previous": previous,
            "controls": row,
            "h": h,
            "c": c,
            "noise": noise,
            "temperatures": temperatures,
        }
        ours = dict(zip(names, session.run(names, inputs), strict=True))
        theirs = step(vector, previous, row, keras_h, keras_c, noise, temperatures)
        for name in MIXTURE_OUTPUTS:
            worst = max(worst, float(np.abs(ours[name] - theirs[name].numpy()).max()))
        h, c = ours["next_h"], ours["next_c"]
        keras_h, keras_c = theirs["next_h"], theirs["next_c"]
        previous = vector
        vector = seed[i + 1 : i + 2] if i + 1 < len(seed) else ours["next_vector"]
    if not worst <= PARITY:
        raise ModelError(
            path, "parity", found=f"a difference of {worst:.1e}", expected=f"at most {PARITY:.0e}"
        )
    return worst
