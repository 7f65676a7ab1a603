"""The run folder: everything that a training run needs to be repeated, resumed, exported.

config.json    options, the split, each clip with its SHA-256, versions of packages
scaling.npz    how vectors are measured
seed.npy       held-out vectors, from which the export begins its proof
metadata.json  what the exported model will say of itself
history.jsonl  a line for each validation: update, seconds, losses
best.weights.h5, last.weights.h5, optimizer.npz, progress.json
loss.png       the losses over the updates
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.errors import TrainingError
from engine.motion_model import Metadata
from offline.design import Array, Design, Scaling


@dataclass(frozen=True, slots=True)
class Options:
    """What a run was asked for.

    minutes: of training at most. rate: of the model, steps a second. length: frames of a
    training sequence. noise: most noise put on vectors, in spreads of a step. stretch:
    most change of speed by augmentation. patience: validations without a better one
    before training stops. share: of the takes, held out. hold_out: takes by name. origin:
    what training goes on from.
    """

    minutes: float = 5.0
    rate: float = 30.0
    units: int = 320
    layers: int = 2
    components: int = 4
    min_sigma: float = 0.05
    dropout: float = 0.15
    noise: float = 0.5
    stretch: float = 0.1
    length: int = 120
    batch: int = 64
    learning_rate: float = 1e-3
    weight_decay: float = 4e-3
    patience: int = 20
    mirror: bool = True
    share: float = 0.2
    seed: int = 1
    dancers: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    hold_out: tuple[str, ...] = ()
    origin: str = ""

    @property
    def design(self) -> Design:
        """The network's size."""
        return Design(self.units, self.layers, self.components, self.min_sigma)


def _installed(name: str) -> bool:
    try:
        version(name)
    except PackageNotFoundError:
        return False
    return True


class RunFolder:
    """Reads and writes the files of a run."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def best(self) -> Path:
        """Weights of the lowest validation loss."""
        return self.path / "best.weights.h5"

    @property
    def last(self) -> Path:
        """Weights of the last validation."""
        return self.path / "last.weights.h5"

    @property
    def history(self) -> Path:
        """The losses, a JSON object a line."""
        return self.path / "history.jsonl"

    def exists(self) -> bool:
        """Tell whether a run began here."""
        return (self.path / "config.json").exists()

    def write_config(self, options: Options, clips: list[dict[str, Any]]) -> None:
        """Write options and clips."""
        self.path.mkdir(parents=True, exist_ok=True)
        packages = ("figurant", "keras", "numpy", "tensorflow-cpu", "tensorflow")
        versions = {name: version(name) for name in packages if _installed(name)}
        self._write(
            "config.json", {"options": asdict(options), "clips": clips, "versions": versions}
        )

    def read_config(self) -> tuple[Options, list[dict[str, Any]]]:
        """Read options and clips; raises TrainingError where they are missing or wrong."""
        data = self._read("config.json")
        known = {field.name for field in fields(Options)}
        unknown = set(data.get("options", {"": 0})) - known
        if unknown:
            raise TrainingError(
                self.path / "config.json", "options", found=sorted(unknown), expected=sorted(known)
            )
        values: dict[str, Any] = {
            k: tuple(v) if isinstance(v, list) else v for k, v in data["options"].items()
        }
        return Options(**values), data["clips"]

    def write_scaling(self, scaling: Scaling) -> None:
        """Write how vectors are measured."""
        np.savez(
            self.path / "scaling.npz",
            allow_pickle=False,
            **{field.name: getattr(scaling, field.name) for field in fields(Scaling)},
        )

    def read_scaling(self) -> Scaling:
        """Read how vectors are measured."""
        path = self.path / "scaling.npz"
        if not path.exists():
            raise TrainingError(path, found="no file", expected="a run of `offline train`")
        with np.load(path, allow_pickle=False) as data:
            return Scaling(**{field.name: data[field.name] for field in fields(Scaling)})

    def write_metadata(self, metadata: Metadata) -> None:
        """Write what the model will say of itself."""
        (self.path / "metadata.json").write_text(metadata.to_json())

    def read_metadata(self) -> Metadata:
        """Read what the model will say of itself."""
        path = self.path / "metadata.json"
        if not path.exists():
            raise TrainingError(path, found="no file", expected="a run of `offline train`")
        return Metadata.from_json(path.read_text(), path)

    def write_seed(self, vectors: Array) -> None:
        """Write held-out vectors [T, 52], which the export begins its proof from."""
        np.save(self.path / "seed.npy", vectors, allow_pickle=False)

    def read_seed(self) -> Array:
        """Read the held-out vectors [T, 52]."""
        path = self.path / "seed.npy"
        if not path.exists():
            raise TrainingError(path, found="no file", expected="a run of `offline train`")
        seed: Array = np.load(path, allow_pickle=False)
        return seed

    def write_progress(self, progress: dict[str, Any]) -> None:
        """Write how far the run is."""
        self._write("progress.json", progress)

    def read_progress(self) -> dict[str, Any]:
        """Read how far the run is."""
        return self._read("progress.json")

    def write_optimizer(self, state: dict[str, NDArray[Any]]) -> None:
        """Write the optimizer's variables."""
        np.savez(self.path / "optimizer.npz", allow_pickle=False, **state)

    def read_optimizer(self) -> dict[str, NDArray[Any]]:
        """Read the optimizer's variables."""
        path = self.path / "optimizer.npz"
        if not path.exists():
            raise TrainingError(path, found="no file", expected="a checkpoint to resume from")
        with np.load(path, allow_pickle=False) as data:
            return dict(data)

    def add_history(self, row: dict[str, float]) -> None:
        """Add a line to the history."""
        with self.history.open("a") as file:
            file.write(json.dumps(row) + "\n")

    def read_history(self) -> list[dict[str, float]]:
        """Read the lines of the history."""
        if not self.history.exists():
            return []
        return [json.loads(line) for line in self.history.read_text().splitlines()]

    def _write(self, name: str, data: dict[str, Any]) -> None:
        partial = self.path / f"{name}.partial"
        partial.write_text(json.dumps(data, indent=1) + "\n")
        partial.replace(self.path / name)

    def _read(self, name: str) -> dict[str, Any]:
        path = self.path / name
        try:
            data = json.loads(path.read_text())
        except FileNotFoundError:
            raise TrainingError(
                path, found="no file", expected="a run of `offline train`"
            ) from None
        except ValueError as error:
            raise TrainingError(path, found=error, expected="JSON") from None
        if not isinstance(data, dict):
            raise TrainingError(path, found=type(data).__name__, expected="a JSON object")
        return data
