"""`offline generate`: dance from a model into a file."""

from __future__ import annotations

import argparse
from pathlib import Path

from engine import clip as clip_file
from engine.errors import ClipError, ModelError
from engine.motion_model import MotionModel
from offline.exporters import EXPORTERS
from offline.generate import Asked, as_clip, generate, phrase_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("model", type=Path, metavar="MODEL.onnx")
    parser.add_argument("--seed", type=Path, required=True, metavar="CLIP", help="goes on from it")
    parser.add_argument("--at", type=float, default=None, help="seconds into the clip (its end)")
    parser.add_argument("--seconds", type=float, default=30.0, help="how long (30)")
    parser.add_argument("--to", type=Path, required=True, metavar="FILE", help=".json or .npz")
    parser.add_argument("--energy", type=float, default=0.5, help="asked for, 0 to 1 (0.5)")
    parser.add_argument("--temperature", type=float, default=1.0, help="of the mixture (1)")
    parser.add_argument("--sigma", type=float, default=1.0, help="of the spread (1)")
    parser.add_argument("--tags", default="", metavar="a,b", help="qualities to dance with")
    parser.add_argument("--random-seed", type=int, default=1, help="of the noise (1)")
    parser.epilog = (
        "example: offline generate cues/salsa/model.onnx --seed cues/salsa/seeds/red.npz "
        "--seconds 60 --to red.json"
    )


def run(args: argparse.Namespace) -> int:
    """Generate and write; gives the exit code."""
    exporter = EXPORTERS.get(args.to.suffix)
    if exporter is None:
        raise ClipError(
            "--to", found=args.to.name, expected=f"a file ending in {', '.join(EXPORTERS)}"
        )
    if not 0 < args.seconds <= 24 * 3600:
        raise ClipError("--seconds", found=args.seconds, expected="a number above 0")
    model = MotionModel.load(args.model)
    clip = clip_file.load(args.seed)
    known = model.metadata.controls.tags
    tags = [tag.strip() for tag in args.tags.split(",") if tag.strip()]
    unknown = sorted(set(tags) - set(known))
    if unknown:
        raise ModelError(args.model, "--tags", found=", ".join(unknown), expected=", ".join(known))
    length = 3.0
    start = clip.seconds - length if args.at is None else args.at
    phrase = phrase_of(clip, max(min(start, clip.seconds - 0.2), 0.0), length)
    asked = Asked(
        args.energy, args.temperature, args.sigma, dict.fromkeys(tags, 1.0), args.random_seed
    )
    joints = generate(model, [phrase], [asked], args.seconds)[0]
    exporter(as_clip(joints, model, args.to.stem), args.to)
    print(f"{args.to}: {len(joints)} frames at {model.metadata.rate:g} a second")
    return 0
