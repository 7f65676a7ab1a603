"""`offline export`: a run folder to an ONNX file, with proof of parity."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from engine.errors import TrainingError
from offline.origin import embed
from offline.quiet import quiet
from offline.run_folder import RunFolder


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("run_folder", type=Path, metavar="RUN", help="folder of `offline train`")
    parser.add_argument("--to", type=Path, required=True, metavar="MODEL.onnx")
    parser.add_argument(
        "--weights", choices=("best", "last"), default="best", help="which weights (best)"
    )
    parser.add_argument("--credit", default="", help="where the clips come from")
    parser.add_argument("--licence", default="", help="terms of the clips")
    parser.epilog = "example: offline export runs/salsa --to cues/salsa/model.onnx"


def run(args: argparse.Namespace) -> int:
    """Export and prove parity; gives the exit code."""
    folder = RunFolder(args.run_folder)
    options, clips = folder.read_config()
    metadata = folder.read_metadata()
    weights = folder.last if args.weights == "last" else folder.best
    if not weights.exists():
        raise TrainingError(weights, found="no file", expected="weights of a run that validated")
    try:
        with quiet():
            from offline import export, network
    except ImportError as error:
        raise TrainingError(
            "export", found=f"no {error.name}", expected="TensorFlow: run `make setup-offline`"
        ) from None
    model = network.build(options.design, len(metadata.controls.names))
    model.load_weights(weights)
    training = {
        **metadata.training,
        "credit": args.credit,
        "licence": args.licence,
        "seconds": sum(c["seconds"] for c in clips if not c["held_out"]),
        "run": folder.read_progress(),
        "weights": args.weights,
    }
    scaling = folder.read_scaling()
    with quiet():
        export.write(args.to, model, options.design, scaling, replace(metadata, training=training))
        variables = [(v.path, v.numpy()) for v in model.weights]
        embed(args.to, variables, options, scaling)
    worst = export.parity(args.to, model, options.design, scaling, folder.read_seed())
    print(
        f"{args.to}: {args.to.stat().st_size / 1e6:.1f} MB, mixture parameters within "
        f"{worst:.1e} of Keras's over {export.PARITY_STEPS} steps"
    )
    return 0
