"""How much material of one's own gives what: training on from a model beside training anew.

The salsa clips are two dancers, one of twice the other's energy. A model learns the calm one
(the origin); then the lively one, of whom there is more and more, is learned from the origin
(`offline train --from`) and from nothing, in as many updates. Both are measured on two clips
of the lively one that neither has seen: the log-likelihood of a frame (in nats above that of
the origin as it was, all in one basis), the error of the mean prediction 400 ms ahead, and
with --dance what two minutes from each clip are like (docs/motion-metrics.md). With the default
of so few updates the dance of either is rough; the likelihood already tells.

Run: .venv/bin/python benchmarks/own_dancer.py [--updates 40] [--origin-updates 120]
         [--clips 1,9] [--units 96] [--batch 16] [--length 60] [--to FOLDER] [--dance]
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from offline.quiet import quiet

with quiet():
    import tensorflow as tf

    from offline import train

import numpy as np

from engine.clip import Clip
from engine.motion_model import MotionModel
from offline import cli, dataset, material
from offline.evaluation import prediction
from offline.evaluation.conditions import cast
from offline.evaluation.evaluation import held_out_likelihood
from offline.evaluation.reference import Measures, Reference
from offline.generate import Asked, generate
from offline.import_clips import Batch
from offline.origin import Origin
from offline.run_folder import Options, RunFolder

SALSA = Path(__file__).resolve().parents[2] / "shared" / "data" / "mocap" / "salsa"
HELD_OUT = ("02", "05")
SIDES = {"calm": range(1, 13), "lively": range(16, 28)}
MEASURES = ("kinetic_fd", "geometric_fd", "energy", "support", "jerk", "novelty")


class Updates:
    """A clock by which an update takes a second, so that all runs do the same work."""

    def __init__(self) -> None:
        self._now = 0.0

    def __call__(self) -> float:
        """Give the seconds, one more each time."""
        self._now += 1.0
        return self._now


def salsa(folder: Path) -> list[Clip]:
    """Import both dancers; clips with a broken torso are left out."""
    with contextlib.redirect_stdout(io.StringIO()):
        for tag, side in SIDES.items():
            batch = Batch(folder, fps=60.0, dancer=tag, tags=(tag,))
            batch.open()
            for path in sorted(SALSA.glob("*.bvh")):
                if int(path.stem) in side:
                    batch.add(path)
    return [c for c in dataset.load_clips(folder) if not any("torso" in w for w in c.warnings)]


def learn(
    folder: Path, clips: list[Clip], options: Options, updates: int, origin: Origin | None
) -> tuple[Path, float]:
    """Train and export; gives the model's file, and the seconds that it took."""
    if origin:
        options = replace(options, learning_rate=3e-4, origin=str(origin.path))
    options = replace(options, minutes=updates / 60)
    chosen = material.prepare(clips, options, origin)
    begin = origin.weights(len(chosen.metadata.controls.names)) if origin else None
    began = time.perf_counter()
    train.train(chosen, RunFolder(folder), options, begin=begin, clock=Updates())
    took = time.perf_counter() - began
    path = folder / "model.onnx"
    with contextlib.redirect_stdout(io.StringIO()):
        assert cli.main(["export", str(folder), "--to", str(path)]) == 0
    return path, took


def likelihood(model: MotionModel, clips: list[Clip]) -> float:
    """Log-likelihood of a frame, in nats, in a basis that all models share."""
    inside = held_out_likelihood(model, clips).nats
    return inside + float(np.linalg.slogdet(model.metadata.to_basis.astype(np.float64))[1])


def dance(model: MotionModel, reference: Reference) -> Measures:
    """Measure two minutes from each held-out clip."""
    dancers = cast(model, reference.clips, len(reference.clips), Asked(), None)
    danced = generate(model, [d.phrase for d in dancers], [d.asked for d in dancers], 120)
    return reference.measure(list(danced), weights=[d.weight for d in dancers])


def main() -> None:
    usual = Options()
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--updates", type=int, default=40, help="of each training")
    parser.add_argument("--origin-updates", type=int, default=120, help="of the calm model")
    parser.add_argument("--clips", default="1,9", help="how many clips of the lively dancer")
    parser.add_argument("--units", type=int, default=96)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--length", type=int, default=60)
    parser.add_argument("--to", type=Path, help="folder that keeps the runs (none)")
    parser.add_argument("--dance", action="store_true", help="measure what they dance as well")
    args = parser.parse_args()
    # Each run validates on clips of other lengths, which it is told of as of a fault.
    tf.get_logger().setLevel("ERROR")
    if not SALSA.is_dir():
        print(f"no real motion capture in {SALSA}: nothing to learn from")
        return
    options = replace(
        usual, units=args.units, batch=args.batch, length=args.length, hold_out=HELD_OUT
    )
    with contextlib.ExitStack() as stack:
        folder = args.to or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        clips = salsa(folder / "clips")
        calm, lively = ([c for c in clips if c.dancer == dancer] for dancer in SIDES)
        known = [clip for clip in lively if clip.take not in HELD_OUT]
        unseen = [clip for clip in lively if clip.take in HELD_OUT]
        reference = Reference(known, unseen, options.rate)
        path, took = learn(folder / "calm", calm, options, args.origin_updates, None)
        origin = Origin.load(path)
        print(
            f"origin: {args.origin_updates} updates in {took:.0f} s on the calm dancer; then "
            f"{args.updates} on the lively one, of 2 x {args.units} units"
        )
        head = ("nats", "cm at 400 ms", *(MEASURES if args.dance else ()))
        print(f"{'':24}" + "".join(f"{name:>14}" for name in head))
        zero = likelihood(MotionModel.load(path), unseen)

        def show(name: str, path: Path) -> None:
            model = MotionModel.load(path)
            real, guess = prediction.mean_predictions(model, unseen)
            off = prediction.mpjpe(guess, real[:, 1:], 0.4 * options.rate)
            values = [likelihood(model, unseen) - zero, off]
            if args.dance:
                danced = dance(model, reference)
                values += [getattr(danced, key) for key in MEASURES]
            print(f"{name:24}" + "".join(f"{value:14.2f}" for value in values), flush=True)

        show("the origin as it is", path)
        for count in (int(number) for number in args.clips.split(",")):
            some = known[:count]
            minutes = sum(clip.seconds for clip in some) / 60
            for name, begin in (("from it", origin), ("anew", None)):
                run = folder / f"{name.replace(' ', '_')}_{count}"
                path, _ = learn(run, some + unseen, options, args.updates, begin)
                show(f"{minutes:.1f} min, {name}", path)
        if args.dance:
            real = reference.measure(reference.held_out)
            values = [getattr(real, key) for key in MEASURES]
            print(f"{'real':24}{'':28}" + "".join(f"{value:14.2f}" for value in values))


if __name__ == "__main__":
    main()
