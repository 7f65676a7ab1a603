"""`offline evaluate`: what a model dances, measured beside real clips."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import onnx
from rich.console import Console

from engine.errors import ModelError
from engine.motion_model import METADATA_KEY, MotionModel
from offline import dataset
from offline.evaluation import tables
from offline.evaluation.evaluation import LEAST_MINUTES, evaluate
from offline.generate import Asked


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    usual = Asked()
    parser.add_argument("model", type=Path, metavar="MODEL.onnx")
    parser.add_argument("dataset", type=Path, help="folder of clips, those that trained it too")
    parser.add_argument("--minutes", type=float, default=30.0, help="from each seed (30)")
    parser.add_argument("--seeds", type=int, default=5, help="phrases to begin from (5)")
    parser.add_argument(
        "--energy", type=float, help="asked for, 0 to 1 (what each held-out clip had)"
    )
    parser.add_argument(
        "--temperature",
        type=float,
        default=usual.temperature,
        help=f"of the mixture ({usual.temperature:g})",
    )
    parser.add_argument(
        "--sigma", type=float, default=usual.sigma, help=f"of the spread ({usual.sigma:g})"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    parser.add_argument("--plots", type=Path, metavar="DIR", help="draw PNG files there")
    parser.add_argument(
        "--keep", action="store_true", help="write the figures into the model's metadata"
    )
    parser.epilog = (
        "What each figure means: docs/motion-metrics.md.\n\n"
        "example: offline evaluate cues/salsa/model.onnx datasets/salsa --minutes 2 --plots plots"
    )


def run(args: argparse.Namespace) -> int:
    """Measure, print, write and draw; gives the exit code."""
    least = {"minutes": LEAST_MINUTES, "seeds": 1, "temperature": 0, "sigma": 0}
    for name, limit in least.items():
        if not getattr(args, name) >= limit:
            raise ModelError(f"--{name}", found=getattr(args, name), expected=f"at least {limit}")
    if args.energy is not None and not 0 <= args.energy <= 1:
        raise ModelError("--energy", found=args.energy, expected="a number from 0 to 1")
    model = MotionModel.load(args.model)
    clips = dataset.load_clips(args.dataset)
    asked = Asked(temperature=args.temperature, sigma=args.sigma)
    result = evaluate(model, clips, args.minutes, args.seeds, asked, args.energy)
    figures = {"minutes": args.minutes, "seeds": args.seeds, **result.to_dict()}
    if args.keep:
        keep_metrics(args.model, figures)
    if args.json:
        write(args.json, json.dumps(figures, indent=1) + "\n")
    console = Console()
    for table in tables.tables(result):
        console.print(table)
    for line in tables.lines(result):
        console.print(line, highlight=False)
    if args.plots:
        from offline.evaluation import plots

        for path in plots.draw(result, args.plots):
            print(path)
    return 0


def write(path: Path, text: str) -> None:
    """Write a file; raises ModelError where that is not possible."""
    try:
        path.write_text(text)
    except OSError as error:
        raise ModelError(
            path, found=error.strerror or error, expected="a file that can be written"
        ) from None


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
