"""Frames a second of import, beside what reading alone costs in the libraries.

    python benchmarks/import_speed.py FILE.bvh...

Each row is the best of several runs over the same files in one process: our import from
file to saved clip, our reading alone, pybvh's reading with all node positions, and bvhio's
(if it is installed; one run over the first file, as it is slow).
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import io
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import pybvh

from offline.import_clips import Batch
from offline.importers import bvh

DATA = Path(__file__).resolve().parent.parent.parent / "shared/data/mocap/salsa"


def main() -> int:
    """Measure and print the table; 2 where there is no file to read."""
    parser = argparse.ArgumentParser(description="Frames a second of import.")
    parser.add_argument("files", nargs="*", type=Path, help="BVH files (default: the salsa clips)")
    parser.add_argument("--runs", type=int, default=5)
    args = parser.parse_args()
    files = args.files or sorted(DATA.glob("*.bvh"))[:6]
    if not files:
        print(f"{DATA}: found no *.bvh, expected some; name files", file=sys.stderr)
        return 0
    rows: dict[str, Callable[[Sequence[Path]], int]] = {
        "import, file to saved clip": import_clips,
        "reading to 17 joints": read_clips,
        "pybvh: read, node positions": read_pybvh,
    }
    speeds = {name: best(rows[name], files, args.runs) for name in rows}
    if importlib.util.find_spec("bvhio"):
        speeds["bvhio: read, joint positions"] = best(read_bvhio, files[:1], 1)
    base = speeds["pybvh: read, node positions"]
    print(f"{len(files)} files, best of {args.runs} runs")
    print(f"{'':32}{'frames/s':>10}{'beside pybvh':>14}")
    for name, speed in speeds.items():
        print(f"{name:32}{speed:10.0f}{speed / base:13.2f}x")
    return 0


def best(work: Callable[[Sequence[Path]], int], files: Sequence[Path], runs: int) -> float:
    """Frames a second of the fastest run."""
    speeds = []
    for _ in range(runs):
        start = time.perf_counter()
        frames = work(files)
        speeds.append(frames / (time.perf_counter() - start))
    return max(speeds)


def import_clips(files: Sequence[Path]) -> int:
    """The whole import into an empty dataset."""
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        batch = Batch(Path(folder))
        batch.open()
        for path in files:
            batch.add(path)
        return sum(clip.frames for clip in batch.clips.values())


def read_clips(files: Sequence[Path]) -> int:
    """Our reading without cleaning and saving."""
    return sum(len(bvh.read(path).joints) for path in files)


def read_pybvh(files: Sequence[Path]) -> int:
    """The plain library: no mapping, no units, no cleaning."""
    return sum(len(pybvh.read_bvh_file(path).node_positions()) for path in files)


def read_bvhio(files: Sequence[Path]) -> int:
    """The other library, which poses its tree frame by frame."""
    bvhio = importlib.import_module("bvhio")
    frames = 0
    for path in files:
        root = bvhio.readAsHierarchy(str(path))
        first, last = root.getKeyframeRange()
        for frame in range(first, last + 1):
            root.loadPose(frame)
            _ = [joint.PositionWorld for joint, _, _ in root.layout()]
        frames += last + 1 - first
    return frames


if __name__ == "__main__":
    sys.exit(main())
