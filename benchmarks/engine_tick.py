"""What a tick costs beside the bare model: the built-in model with 1, 3 and 8 performers.

A tick is what the loop does for a frame: `Performance.at`, the wire's bytes, and the slots
of the fan-out. Beside it stands one `session.run` of the same batch, fed with its own last
outputs. The two take turns, so that whatever else the machine does hits both alike.

At 60 frames a second every other tick falls on a step of the model at 30, and none of them
between; other rates have steps and blends in one tick. After a cue comes its transition.

Run: .venv/bin/python benchmarks/engine_tick.py [ticks]
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np

from engine import clip, features, score, wire
from engine.fanout import Fanout
from engine.motion_model import NOISE, OUTPUTS, MotionModel
from engine.performance import Performance
from engine.sinks.osc import OscSink
from engine.sinks.websocket import WebSocketSink

SALSA = Path(__file__).resolve().parent.parent / "cues" / "salsa"
PERFORMERS = (1, 3, 8)
MOST = 1.5
"""How many times the bare model a tick of three may cost."""
FADE = 1.0
"""Seconds of the cue's transition; what is left of it is danced for twice as long."""
TURNS = 5
"""Performances that are measured, one after the other."""
REST = 30
"""Steps after a transition that are not measured."""


def perform(model: MotionModel, performers: int) -> Performance:
    """All of them generated, from the phrases that ship."""
    paths = sorted((SALSA / "seeds").glob("*.npz"))
    names = [f"dancer{p}" for p in range(performers)]
    actions = {
        name: score.Action("generate", paths[p % len(paths)], seed=p)
        for p, name in enumerate(names)
    }
    performance = Performance(
        [score.Performer(name, (1.0, 1.0, 1.0), (p - 3.5, 0.0)) for p, name in enumerate(names)],
        [score.Cue("1", FADE, actions)],
        model=model,
        phrases={path: clip.load(path) for path in paths},
        rate=60,
    )
    performance.apply(score.Event(0.0, "cue", "1"))
    return performance


class Tick:
    """Ticks of the loop."""

    def __init__(self, model: MotionModel, performers: int) -> None:
        names = [f"dancer{p}" for p in range(performers)]
        self._performance = perform(model, performers)
        self._fanout = Fanout(
            [WebSocketSink({}, time.monotonic), OscSink("osc://127.0.0.1:9", names)]
        )
        self._rate = model.metadata.rate
        self._step = 0

    def step(self) -> None:
        """Go to the next step of the model."""
        self._step += 1

    def cost(self, part: float) -> float:
        """Seconds of a tick, `part` of a model step after the step."""
        began = time.perf_counter()
        frame = self._performance.at((self._step + part) / self._rate, began)
        self._fanout.put(frame, wire.pack(frame))
        return time.perf_counter() - began


class Bare:
    """The same batch straight into ONNX Runtime."""

    def __init__(self, model: MotionModel, performers: int) -> None:
        rng = np.random.default_rng(1)
        h, c = model.zeros(performers)
        vector = np.zeros((performers, features.SIZE), np.float32)
        vector[:, features.HEIGHT] = 0.9
        vector[:, features.DIRECTIONS.start + 2 :: 3] = 1.0
        self._session = model.session
        self._outputs = list(OUTPUTS)
        self._feed = {
            "vector": vector,
            "previous": vector,
            "controls": np.zeros((performers, len(model.metadata.controls.names)), np.float32),
            "h": h,
            "c": c,
            "noise": rng.random((performers, NOISE), np.float32),
            "temperatures": np.ones((performers, 2), np.float32),
        }

    def cost(self) -> float:
        """Seconds of one run."""
        feed = self._feed
        began = time.perf_counter()
        vector, h, c, _ = self._session.run(self._outputs, feed)
        cost = time.perf_counter() - began
        feed["previous"], feed["vector"] = feed["vector"], vector
        feed["h"], feed["c"] = h, c
        return cost


HEADS = ("session.run", "on a step", "step and blend", "between steps", "in a transition")


def measure(model: MotionModel, performers: int, ticks: int) -> list[float]:
    """Median seconds in the order of HEADS."""
    costs: list[list[float]] = [[] for _ in HEADS]
    bare = Bare(model, performers)

    def keep(kind: int, cost: float) -> None:
        costs[kind].append(cost)
        costs[0].append(bare.cost())

    for _ in range(TURNS):
        tick = Tick(model, performers)
        for _ in range(round(2 * FADE * model.metadata.rate)):
            tick.step()
            keep(4, tick.cost(0.0))
        for _ in range(REST):
            tick.step()
            tick.cost(0.0)
        for _ in range(ticks // TURNS):
            tick.step()
            keep(1, tick.cost(0.0))
            keep(3, tick.cost(0.5))
            tick.step()
            keep(2, tick.cost(0.5))
    return [float(np.median(kept)) for kept in costs]


def main() -> None:
    ticks = int(sys.argv[1]) if len(sys.argv) > 1 else 600
    model = MotionModel.load(SALSA / "model.onnx")
    print(f"one tick, microseconds (medians of {ticks} each); in brackets: times session.run")
    print(f"{'':13}{HEADS[0]:>12}" + "".join(f"{head:>20}" for head in HEADS[1:]))
    for performers in PERFORMERS:
        bare, *rest = measure(model, performers, ticks)
        cells = "".join(f"{cost * 1e6:11.0f}  ({cost / bare:.2f}x)" for cost in rest)
        print(f"{performers} performers {bare * 1e6:12.0f}{cells}")
        if performers == 3:
            kept = rest[0] <= MOST * bare
    print(f"at 3 performers a tick on a step may cost {MOST}x: {'kept' if kept else 'missed'}")


if __name__ == "__main__":
    main()
