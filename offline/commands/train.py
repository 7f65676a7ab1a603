"""`offline train`: a dataset to a run folder."""

from __future__ import annotations

import argparse
import sys
from dataclasses import fields, replace
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from engine.errors import TrainingError
from offline import dataset, material
from offline.origin import NETWORK, Origin
from offline.quiet import quiet
from offline.run_folder import Options, RunFolder

NUMBERS = {
    "minutes": "minutes of training at most",
    "rate": "steps a second of the model",
    "units": "size of each LSTM layer",
    "layers": "LSTM layers",
    "components": "Gaussians of the mixture",
    "min_sigma": "least spread of a Gaussian, in spreads of a step",
    "dropout": "share of the LSTM's outputs dropped in training",
    "noise": "most noise on what the network sees, in spreads of a step",
    "stretch": "most change of speed by augmentation, as a share",
    "length": "frames of a training sequence",
    "batch": "sequences an update",
    "learning_rate": "of AdamW, at the start",
    "weight_decay": "of AdamW",
    "patience": "validations (of 100 updates) without a better one before it stops",
    "share": "share of the takes to hold out",
    "seed": "of weights, batches and the split",
}

SLOWER = 3e-4
"""Learning rate of a training that goes on from another."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("dataset", type=Path, help="folder of clips")
    parser.add_argument("--to", type=Path, required=True, metavar="RUN", help="run folder")
    parser.add_argument("--resume", action="store_true", help="go on with the run in --to")
    parser.add_argument("--dancers", type=_names, default=(), help="only these, as a,b")
    parser.add_argument(
        "--tags", type=_names, default=(), help="only clips with one of these; a+b asks for both"
    )
    parser.add_argument("--hold-out", type=_names, default=(), help="takes to hold out, as 02,07")
    parser.add_argument("--no-mirror", action="store_true", help="do not mirror the clips")
    parser.add_argument(
        "--from",
        dest="origin",
        type=Path,
        metavar="MODEL.onnx|RUN",
        help="go on from what this model or run has learned",
    )
    defaults = Options()
    for name, text in NUMBERS.items():
        default = getattr(defaults, name)
        parser.add_argument(
            "--" + name.replace("_", "-"),
            type=type(default),
            default=None,
            help=f"{text} ({default})",
        )
    parser.epilog = "example: offline train datasets/salsa --to runs/salsa --minutes 30"


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def run(args: argparse.Namespace) -> int:
    """Train, with a progress bar; gives the exit code."""
    folder = RunFolder(args.to)
    origin = _origin(args, folder)
    options = _options(args, folder, origin)
    clips = dataset.load_clips(args.dataset)
    try:
        with quiet():
            from offline import loss_plot, train
    except ImportError as error:
        raise TrainingError(
            "training", found=f"no {error.name}", expected="TensorFlow: run `make setup-offline`"
        ) from None
    chosen = material.prepare(clips, options, origin)
    controls = len(chosen.metadata.controls.names)
    begin = origin.weights(controls) if origin and not args.resume else None
    told = chosen.metadata.training
    if seen := sorted(set(told["held_out"]) & set(told.get("from", {}).get("clips", ()))):
        print(
            f"{', '.join(seen)}: held out, but {options.origin} was trained on clips of that name; "
            "if they are the same, --hold-out others"
        )
    console = Console(file=sys.stderr)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=16),
        TextColumn(
            "{task.fields[update]} loss {task.fields[loss]} "
            "held out {task.fields[validation]} (best {task.fields[best]}) "
            "{task.fields[left]} left"
        ),
    )
    with Progress(*columns, console=console) as bar:
        task = bar.add_task(
            "training",
            total=options.minutes * 60,
            update=0,
            loss="-",
            validation="-",
            best="-",
            left="-",
        )

        def report(p: train.Progress) -> None:
            bar.update(
                task,
                completed=p.seconds,
                update=p.update,
                loss=f"{p.loss:.2f}",
                validation=f"{p.validation:.2f}",
                best=f"{p.best:.2f}",
                left=f"{int(p.left) // 60}:{int(p.left) % 60:02d}",
            )

        done = train.train(chosen, folder, options, resume=args.resume, begin=begin, report=report)
    loss_plot.draw(folder.read_history(), folder.path / "loss.png")
    print(
        f"{folder.path}: {done.update} updates in {done.seconds / 60:.1f} min, "
        f"held-out loss {done.validation:.2f} nats a frame "
        f"(best {done.best:.2f} at update {done.best_update})"
    )
    return 0


def _origin(args: argparse.Namespace, folder: RunFolder) -> Origin | None:
    """Give what the training goes on from; a run that did so is resumed as its own origin."""
    if args.resume:
        return Origin.load(folder.path) if folder.read_config()[0].origin else None
    return Origin.load(args.origin) if args.origin else None


def _options(args: argparse.Namespace, folder: RunFolder, origin: Origin | None) -> Options:
    """Give the options: those of the run that is resumed, or the defaults, and what was said.

    Who goes on from a model keeps its network, and learns more slowly.
    """
    said = {name: getattr(args, name) for name in NUMBERS if getattr(args, name) is not None}
    if args.resume:
        options, _ = folder.read_config()
        changed = set(said) - {"minutes"}
        if changed or args.dancers or args.tags or args.hold_out or args.no_mirror or args.origin:
            raise TrainingError(
                "--resume",
                found=", ".join(sorted(changed)) or "another choice of clips",
                expected="nothing but --minutes beside it",
            )
    else:
        options = replace(
            Options(),
            dancers=args.dancers,
            tags=args.tags,
            hold_out=args.hold_out,
            mirror=not args.no_mirror,
        )
        if origin:
            if changed := set(said) & set(NETWORK):
                raise TrainingError(
                    "--from",
                    found=", ".join(f"--{name.replace('_', '-')}" for name in sorted(changed)),
                    expected="the network of the model that training goes on from",
                )
            kept = {name: getattr(origin.options, name) for name in NETWORK}
            options = replace(options, **kept, learning_rate=SLOWER, origin=str(origin.path))
    options = replace(options, **said)
    for field in fields(Options):
        value = getattr(options, field.name)
        least = 0 if field.name in ("dropout", "noise", "stretch", "weight_decay", "seed") else 1e-9
        if isinstance(value, int | float) and not isinstance(value, bool) and not value >= least:
            raise TrainingError(
                "--" + field.name.replace("_", "-"), found=value, expected="a number above 0"
            )
    return options
