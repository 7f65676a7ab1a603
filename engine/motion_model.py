"""The motion model: one step of the dance for every performer, in one ONNX Runtime call.

The graph is a step: (vector, the one before it, controls, h, c, noise, temperatures) ->
(next vector, h, c, log-likelihood, and the mixture it was drawn from). Everything a
stage needs to know about it travels in the file's metadata under the key ``figurant``, a
JSON object.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray
from onnxruntime.capi.onnxruntime_pybind11_state import (
    Fail,
    InvalidArgument,
    InvalidGraph,
    InvalidProtobuf,
    NoSuchFile,
    NotImplemented,
)

from engine import features, skeleton
from engine.controls import Controls
from engine.errors import ModelError

Array = NDArray[np.float32]

UNREADABLE = (Fail, InvalidArgument, InvalidGraph, InvalidProtobuf, NoSuchFile, NotImplemented)
"""What ONNX Runtime raises for a file that is none of its own."""
FORMAT = 1
METADATA_KEY = "figurant"
OUTPUTS = ("next_vector", "next_h", "next_c", "log_likelihood")
MIXTURE_OUTPUTS = ("logits", "means", "log_sigmas")
NOISE = features.SIZE + 1
"""Numbers of noise a performer a step: one uniform, then a normal for each feature."""


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a model file says of itself.

    rate: steps a second. units, layers: size of h and c. lengths: float32 [16], bones of
    the reference body, metres. low, high: float32 [52], the range of the training vectors.
    to_basis: float32 [52, 52], takes steps of the vector to the mixture's basis.
    max_speed: m/s, the fastest joint in the training clips. training: data, licence,
    commands. metrics: as measured by `offline evaluate`.
    """

    rate: float
    units: int
    layers: int
    components: int
    lengths: Array
    low: Array
    high: Array
    to_basis: Array
    max_speed: float
    controls: Controls
    training: dict[str, Any]
    metrics: dict[str, Any]

    def to_json(self) -> str:
        """Write it as the JSON text that the file carries."""
        return json.dumps(
            {
                "format": FORMAT,
                "skeleton": skeleton.NAME,
                "features": features.VERSION,
                "rate": self.rate,
                "units": self.units,
                "layers": self.layers,
                "components": self.components,
                "lengths": self.lengths.tolist(),
                "low": self.low.tolist(),
                "high": self.high.tolist(),
                "to_basis": self.to_basis.ravel().tolist(),
                "max_speed": self.max_speed,
                "controls": list(self.controls.names),
                "tags": list(self.controls.tags),
                "energy_quantiles": self.controls.quantiles.tolist(),
                "energy_by_tag": self.controls.by_tag.ravel().tolist(),
                "training": self.training,
                "metrics": self.metrics,
            }
        )

    @classmethod
    def from_json(cls, text: str, where: Path) -> Metadata:
        """Read it; raises ModelError that names the entry that does not fit."""
        try:
            data = json.loads(text)
        except ValueError as error:
            raise ModelError(where, "metadata", found=error, expected="JSON") from None
        fixed = {"format": FORMAT, "skeleton": skeleton.NAME, "features": features.VERSION}
        for key, expected in fixed.items():
            if data.get(key) != expected:
                raise ModelError(
                    where, f"metadata {key}", found=repr(data.get(key)), expected=repr(expected)
                )

        def numbers(key: str, size: int | None = None) -> Array:
            try:
                values = np.array(data[key], np.float32)
            except (KeyError, ValueError, TypeError):
                values = np.empty(0, np.float32)
            right = values.ndim == 1 and len(values) > 1 and size in (None, len(values))
            if not right or not np.isfinite(values).all():
                raise ModelError(
                    where,
                    f"metadata {key}",
                    found=data.get(key, "nothing"),
                    expected=f"{size or 'two or more'} finite numbers",
                )
            return values

        def number(key: str) -> float:
            value = data.get(key)
            if not isinstance(value, int | float) or not np.isfinite(value) or value <= 0:
                raise ModelError(
                    where, f"metadata {key}", found=repr(value), expected="a number above 0"
                )
            return value

        tags, quantiles = tuple(data.get("tags", ())), numbers("energy_quantiles")
        by_tag = np.tile(quantiles, (len(tags), 1))
        if tags and "energy_by_tag" in data:
            by_tag = numbers("energy_by_tag", by_tag.size).reshape(by_tag.shape)
        controls = Controls(tags, quantiles, by_tag)
        if list(controls.names) != data.get("controls"):
            raise ModelError(
                where,
                "metadata controls",
                found=data.get("controls"),
                expected=list(controls.names),
            )
        return cls(
            rate=number("rate"),
            units=int(number("units")),
            layers=int(number("layers")),
            components=int(number("components")),
            lengths=numbers("lengths", 16),
            low=numbers("low", features.SIZE),
            high=numbers("high", features.SIZE),
            to_basis=numbers("to_basis", features.SIZE**2).reshape(features.SIZE, -1),
            max_speed=number("max_speed"),
            controls=controls,
            training=data.get("training", {}),
            metrics=data.get("metrics", {}),
        )


class MotionModel:
    """An ONNX Runtime session on one step graph, and its metadata. It keeps no state."""

    def __init__(self, session: ort.InferenceSession, metadata: Metadata, path: Path) -> None:
        self.session = session
        self.metadata = metadata
        self.path = path
        self._outputs = list(OUTPUTS)

    @classmethod
    def load(cls, path: Path) -> MotionModel:
        """Open a model file.

        Raises ModelError where it is missing, no ONNX, no step of Figurant's, or where
        metadata and graph disagree.
        """
        if not path.is_file():
            raise ModelError(path, found="no file", expected="a model of `offline export`")
        options = ort.SessionOptions()
        # A small model: threads cost more than they bring, and spinning burns the core
        # that the loop lives on.
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 3
        try:
            session = ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        except UNREADABLE as error:
            reason = str(error).splitlines()[0].rpartition(" : ")[2][:120]
            raise ModelError(path, found=reason, expected="an ONNX model") from None
        text = session.get_modelmeta().custom_metadata_map.get(METADATA_KEY)
        if text is None:
            raise ModelError(
                path, f"metadata {METADATA_KEY}", found="nothing", expected="a Figurant model"
            )
        metadata = Metadata.from_json(text, path)
        shapes = {
            "vector": [features.SIZE],
            "previous": [features.SIZE],
            "controls": [len(metadata.controls.names)],
            "h": [metadata.units],
            "c": [metadata.units],
            "noise": [NOISE],
            "temperatures": [2],
        }
        found = {node.name: node.shape[-1:] for node in session.get_inputs()}
        for name, shape in shapes.items():
            if found.get(name) != shape:
                raise ModelError(
                    path, f"input {name}", found=found.get(name, "nothing"), expected=shape
                )
        missing = set(OUTPUTS) - {node.name for node in session.get_outputs()}
        if missing:
            raise ModelError(path, "outputs", found=f"no {sorted(missing)}", expected=list(OUTPUTS))
        return cls(session, metadata, path)

    def zeros(self, batch: int) -> tuple[Array, Array]:
        """Give h and c [layers, batch, units] of a dancer that has seen nothing."""
        shape = (self.metadata.layers, batch, self.metadata.units)
        return np.zeros(shape, np.float32), np.zeros(shape, np.float32)

    def step(
        self,
        vector: Array,
        previous: Array,
        controls: Array,
        h: Array,
        c: Array,
        noise: Array,
        temperatures: Array,
    ) -> tuple[Array, Array, Array, Array]:
        """Run one step for B performers; all float32.

        vector and previous [B, 52], controls [B, C], h and c [layers, B, units], noise [B, 53] (one
        uniform in 0..1, then normals), temperatures [B, 2] (of the mixture, of sigma).
        Gives the next vector, h, c and the log-likelihood [B] in nats.
        """
        result: tuple[Array, Array, Array, Array] = self.session.run(
            self._outputs,
            {
                "vector": vector,
                "previous": previous,
                "controls": controls,
                "h": h,
                "c": c,
                "noise": noise,
                "temperatures": temperatures,
            },
        )
        return result
