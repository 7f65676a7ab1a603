"""`offline evaluate`: what a model dances, measured beside real clips."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import onnx
from rich.console import Console
from rich.table import Table

from engine.errors import ModelError
from engine.motion_model import METADATA_KEY, MotionModel
from offline import dataset
from offline.evaluate import Evaluation, evaluate
from offline.generate import Asked

ROWS = (
    ("minutes", "minutes measured", "{:.1f}"),
    ("nan", "frames that are no number", "{:d}"),
    ("bone_error", "bone-length error, m", "{:.1e}"),
    ("energy", "kinetic energy, of the held-out", "{:.2f}"),
    ("frozen", "share of frozen seconds", "{:.3f}"),
    ("skate", "foot skate, cm/s", "{:.1f}"),
    ("support", "support speed, cm/s", "{:.1f}"),
    ("penetration", "floor penetration, cm", "{:.2f}"),
    ("jerk", "jerk, of the held-out", "{:.2f}"),
    ("root_range", "root range in 30 s, m", "{:.2f}"),
    ("wander", "farthest from the middle, m", "{:.2f}"),
    ("max_speed", "fastest joint, m/s", "{:.1f}"),
    ("kinetic_fd", "kinetic Fréchet distance", "{:.1f}"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("model", type=Path, metavar="MODEL.onnx")
    parser.add_argument("dataset", type=Path, help="folder of clips")
    parser.add_argument("--minutes", type=float, default=2.0, help="from each seed (2)")
    parser.add_argument("--seeds", type=int, default=5, help="phrases to begin from (5)")
    parser.add_argument("--energy", type=float, default=0.5, help="asked for, 0 to 1 (0.5)")
    parser.add_argument("--temperature", type=float, default=1.0, help="of the mixture (1)")
    parser.add_argument("--sigma", type=float, default=1.0, help="of the spread (1)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    parser.add_argument(
        "--keep", action="store_true", help="write the figures into the model's metadata"
    )
    parser.epilog = "example: offline evaluate cues/salsa/model.onnx datasets/salsa --minutes 10"


def run(args: argparse.Namespace) -> int:
    """Measure and print; gives the exit code."""
    for name in ("minutes", "seeds"):
        if not getattr(args, name) > 0:
            raise ModelError(f"--{name}", found=getattr(args, name), expected="a number above 0")
    model = MotionModel.load(args.model)
    clips = dataset.load_clips(args.dataset)
    asked = Asked(args.energy, args.temperature, args.sigma)
    result = evaluate(model, clips, args.minutes, args.seeds, asked)
    if args.keep:
        keep_metrics(args.model, as_json(result, args))
    if args.json:
        args.json.write_text(json.dumps(as_json(result, args), indent=1) + "\n")
    Console().print(table(result))
    print(
        f"held-out log-likelihood {result.log_likelihood:.2f} nats a frame, "
        f"of {', '.join(result.held_out)}"
    )
    return 0


def keep_metrics(path: Path, figures: dict[str, object]) -> None:
    """Write figures into the metadata of a model file, under `metrics`."""
    proto = onnx.load(path)
    props = {prop.key: prop.value for prop in proto.metadata_props}
    data = json.loads(props[METADATA_KEY])
    data["metrics"] = figures
    onnx.helper.set_model_props(proto, {**props, METADATA_KEY: json.dumps(data)})
    partial = path.with_suffix(".partial")
    onnx.save(proto, partial)
    partial.replace(path)


def as_json(result: Evaluation, args: argparse.Namespace) -> dict[str, object]:
    """Give the figures as a JSON object."""
    return {
        "minutes": args.minutes,
        "seeds": args.seeds,
        "asked": {"energy": args.energy, "temperature": args.temperature, "sigma": args.sigma},
        "held_out": list(result.held_out),
        "log_likelihood": result.log_likelihood,
        "rows": {name: measures.to_dict() for name, measures in result.rows.items()},
    }


def table(result: Evaluation) -> Table:
    """Give the figures as a table, a column for each kind of dance."""
    grid = Table(title="generated dance beside real dance")
    grid.add_column("")
    for name in result.rows:
        grid.add_column(name, justify="right")
    for key, label, form in ROWS:
        grid.add_row(label, *(form.format(getattr(m, key)) for m in result.rows.values()))
    return grid
