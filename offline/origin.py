"""Where a training may begin: at what another run, or the file of a model, has learned.

`offline export` writes into a model's file what training needs beside the graph: options
and scaling under a metadata key of their own, and the network's weights as the graph's
initializers, by their names in Keras. So a model that was handed on can be trained further.
"""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray

from engine.errors import ModelError, TrainingError
from engine.motion_model import Metadata, MotionModel
from offline.design import Scaling
from offline.run_folder import Options, RunFolder

Array = NDArray[np.float32]

KEY = "figurant_training"
"""Metadata key of a model's file: a JSON object of options, scaling, names of weights."""
NETWORK = ("rate", "units", "layers", "components", "min_sigma")
"""Options that are the network's own: who goes on from one keeps them."""


@dataclass(frozen=True, slots=True)
class Origin:
    """A run's folder or a model's file, and what a training that begins there takes over."""

    path: Path
    options: Options
    scaling: Scaling
    metadata: Metadata

    @classmethod
    def load(cls, path: Path) -> Origin:
        """Read a run's folder or a model's file.

        Raises TrainingError or ModelError where it is neither, or says too little.
        """
        if path.is_dir():
            folder = RunFolder(path)
            return cls(path, folder.read_config()[0], folder.read_scaling(), folder.read_metadata())
        metadata = MotionModel.load(path).metadata
        proto = onnx.load(path)
        text = {prop.key: prop.value for prop in proto.metadata_props}.get(KEY)
        if text is None:
            raise ModelError(
                path,
                f"metadata {KEY}",
                found="nothing",
                expected="a model of this version's `offline export`, or its run",
            )
        data = json.loads(text)
        known = {field.name for field in fields(Options)}
        values: dict[str, Any] = {
            k: tuple(v) if isinstance(v, list) else v
            for k, v in data["options"].items()
            if k in known
        }
        with np.load(io.BytesIO(base64.b64decode(data["scaling"]))) as arrays:
            scaling = Scaling(**{field.name: arrays[field.name] for field in fields(Scaling)})
        return cls(path, Options(**values), scaling, metadata)

    def weights(self, controls: int) -> list[Array]:
        """Give the weights in Keras's order, for a network of so many controls.

        New controls come last, and count nothing at first.
        """
        if self.path.is_dir():
            from offline import network

            weights = RunFolder(self.path).best
            if not weights.exists():
                raise TrainingError(weights, found="no file", expected="a run that validated")
            model = network.build(self.options.design, len(self.metadata.controls.names))
            model.load_weights(weights)
            found: list[Array] = model.get_weights()
        else:
            proto = onnx.load(self.path)
            props = {prop.key: prop.value for prop in proto.metadata_props}
            arrays = {i.name: onnx.numpy_helper.to_array(i) for i in proto.graph.initializer}
            found = [arrays[name] for name in json.loads(props[KEY])["weights"]]
        more = controls - len(self.metadata.controls.names)
        return [np.pad(found[0], ((0, more), (0, 0))), *found[1:]]


def embed(
    path: Path, variables: Sequence[tuple[str, Array]], options: Options, scaling: Scaling
) -> None:
    """Write what training needs into a model's file.

    variables: names and values of the network's weights, in Keras's order. The graph's
    initializers that hold them take over their names. Raises ModelError where one has none.
    """
    proto = onnx.load(path)
    held = {i.name: onnx.numpy_helper.to_array(i) for i in proto.graph.initializer}
    renamed: dict[str, str] = {}
    for name, value in variables:
        same = [i for i, a in held.items() if a.shape == value.shape and np.array_equal(a, value)]
        if not same:
            raise ModelError(path, name, found="no such weights", expected="all of the network's")
        renamed[same[0]] = name
        del held[same[0]]
    for initializer in proto.graph.initializer:
        initializer.name = renamed.get(initializer.name, initializer.name)
    for node in proto.graph.node:
        node.input[:] = [renamed.get(name, name) for name in node.input]
    file = io.BytesIO()
    arrays: dict[str, Any] = {field.name: getattr(scaling, field.name) for field in fields(Scaling)}
    np.savez_compressed(file, allow_pickle=False, **arrays)
    data = {
        "options": asdict(replace(options, origin=Path(options.origin).name)),
        "weights": [name for name, _ in variables],
        "scaling": base64.b64encode(file.getvalue()).decode(),
    }
    props = {prop.key: prop.value for prop in proto.metadata_props}
    onnx.helper.set_model_props(proto, {**props, KEY: json.dumps(data)})
    onnx.checker.check_model(proto)
    partial = path.with_suffix(".partial")
    onnx.save(proto, partial)
    partial.replace(path)
