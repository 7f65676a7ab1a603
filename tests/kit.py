"""What several rooms' tests need: time that only counts, a tiny model, a small production."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from engine import clip, features, skeleton
from engine.clip import Clip
from engine.controls import Controls
from engine.frame import Frame, FrameFlag
from engine.motion_model import METADATA_KEY, NOISE, Metadata
from engine.score import Event
from tests.dancing import walking

TAGS = ("calm", "lively")


class VirtualAlarm:
    """Time that a test moves: `until` is there at once, `lateness` seconds late."""

    def __init__(self, lateness: Iterable[float] = ()) -> None:
        self.time = 0.0
        self._lateness = iter(lateness)

    def now(self) -> float:
        return self.time

    async def until(self, deadline: float) -> float:
        await asyncio.sleep(0)
        self.time = max(self.time, deadline) + next(self._lateness, 0.0)
        return self.time

    def wake(self) -> None:
        pass

    def close(self) -> None:
        pass


class DummyStage:
    """The interface of engine.performance.Performance; the pose says the show time."""

    def __init__(self, performers: int = 1) -> None:
        self.performers = performers
        self.events: list[Event] = []
        self.fail: Exception | None = None
        self.left = 0

    def apply(self, event: Event) -> None:
        self.events.append(event)

    def approach(self, show_time: float) -> bool:
        self.left -= 1
        return self.left < 0

    def prepare(self) -> bool:
        return True

    def at(self, show_time: float, clock: float = 0.0) -> Frame:
        if self.fail is not None:
            raise self.fail
        return frame(show_time, clock, performers=self.performers)


def frame(show_time: float = 0.0, clock: float = 0.0, *, performers: int = 1) -> Frame:
    """A frame whose joints all say the show time."""
    return Frame(
        index=round(show_time * 60),
        show_time=show_time,
        clock=clock,
        timecode=(0, 0, int(show_time) % 60, 0),
        flags=FrameFlag.NONE,
        joints=np.full((performers, 17, 3), show_time, np.float32),
        level=np.ones(performers, np.float32),
        color=np.ones((performers, 3), np.float32),
        state=np.ones(performers, np.uint8),
        age_ms=np.full(performers, 65535, np.uint16),
    )


def write_clip(path: Path, *, seconds: float = 3.0, dancer: str = "kit") -> None:
    joints = walking(round(seconds * 30), 30.0, seed=len(dancer)).astype(np.float32)
    clip.save(Clip(joints, 30.0, dancer, source="kit"), path)


def write_model(path: Path, *, rate: float = 30.0, units: int = 4) -> None:
    """A step graph that stands and fidgets: each number goes back to a mean pose.

    Real enough for the engine: it takes noise, temperatures and state, and is cheap.
    """
    poses = walking(60, rate)
    lengths = np.median(skeleton.bone_lengths(poses), axis=0).astype(np.float32)
    vectors, _ = features.encode(poses, rate, features.Body.of(lengths, lengths))
    home = vectors.mean(axis=0)
    quantiles = np.linspace(0, 1, 5, dtype=np.float32)
    controls = Controls(TAGS, quantiles, np.tile(quantiles, (len(TAGS), 1)))
    metadata = Metadata(
        rate=rate,
        units=units,
        layers=1,
        components=2,
        lengths=lengths,
        low=vectors.min(axis=0) - 1,
        high=vectors.max(axis=0) + 1,
        to_basis=np.eye(features.SIZE, dtype=np.float32),
        max_speed=10.0,
        controls=controls,
        training={},
        metrics={},
    )
    inputs = {
        "vector": [None, features.SIZE],
        "previous": [None, features.SIZE],
        "controls": [None, len(controls.names)],
        "h": [1, None, units],
        "c": [1, None, units],
        "noise": [None, NOISE],
        "temperatures": [None, 2],
    }
    outputs = {
        "next_vector": [None, features.SIZE],
        "next_h": [1, None, units],
        "next_c": [1, None, units],
        "log_likelihood": [None],
    }
    pull = np.full((1, features.SIZE), 0.9, np.float32)
    spread = np.zeros((NOISE, features.SIZE), np.float32)
    spread[1:] = np.diag(np.full(features.SIZE, 0.01, np.float32))
    constants = {
        "pull": pull,
        "home": (home[None] * 0.1).astype(np.float32),
        "spread": spread,
        "half": np.array(0.5, np.float32),
        "axis": np.array([1], np.int64),
    }
    nodes = [
        helper.make_node("Mul", ["vector", "pull"], ["kept"]),
        helper.make_node("Add", ["kept", "home"], ["drawn"]),
        helper.make_node("MatMul", ["noise", "spread"], ["jitter"]),
        helper.make_node("Add", ["drawn", "jitter"], ["next_vector"]),
        helper.make_node("Mul", ["h", "half"], ["next_h"]),
        helper.make_node("Mul", ["c", "half"], ["next_c"]),
        helper.make_node("ReduceSum", ["temperatures", "axis"], ["log_likelihood"], keepdims=0),
    ]
    graph = helper.make_graph(
        nodes,
        "kit",
        [helper.make_tensor_value_info(n, TensorProto.FLOAT, s) for n, s in inputs.items()],
        [helper.make_tensor_value_info(n, TensorProto.FLOAT, s) for n, s in outputs.items()],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    helper.set_model_props(model, {METADATA_KEY: metadata.to_json()})
    onnx.save(model, path)


HEAD = """\
[show]
title = "Kit"
rate = 60
seed = 7
{head}

[[performer]]
name = "red"
color = "#ff3040"
place = [-1.5, 0.0]

[[performer]]
name = "blue"
color = "#4080ff"
place = [1.5, 0.0]
facing = 10
"""

CUES = """
[[cue]]
number = "1"
name = "Enter"
notes = "house lights down"
fade = 0.5
[cue.performers.all]
do = "generate"
phrase = "seeds/red.npz"
energy = 0.3
[cue.performers.blue]
phrase = "seeds/blue.npz"

[[cue]]
number = "2"
name = "Lively"
fade = 1
[cue.performers.red]
do = "generate"
phrase = "seeds/blue.npz"
temperature = 1.2
tags = { lively = 1.0 }

[[cue]]
number = "3"
name = "Still"
[cue.performers.all]
do = "hold"
"""


def write_production(folder: Path, *, head: str = "", cues: str = CUES) -> Path:
    """A production with two performers, three cues and all the files it names."""
    (folder / "seeds").mkdir(parents=True, exist_ok=True)
    write_model(folder / "model.onnx")
    for name in ("red", "blue"):
        write_clip(folder / "seeds" / f"{name}.npz", dancer=name)
    (folder / "show.toml").write_text(HEAD.format(head=head) + cues, encoding="utf-8")
    return folder


def hello(performers: Iterable[str] = ("red",), rate: float = 60.0) -> dict[str, object]:
    """A hello that needs no production."""
    return {
        "type": "hello",
        "title": "Kit",
        "rate": rate,
        "performers": [{"name": name, "color": "#ffffff"} for name in performers],
        "stage": {"width": 8.0, "depth": 6.0},
        "delay": 2 / rate,
        "clock": 0.0,
    }


def one_line(error: Exception) -> None:
    """What a person reads is one line."""
    assert str(error)
    assert "\n" not in str(error)


def parsed(text: str) -> dict[str, object]:
    """A JSON object."""
    value = json.loads(text)
    assert isinstance(value, dict)
    return value
