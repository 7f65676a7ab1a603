"""`offline import`: motion files of others into a dataset of clips."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from engine import clip as clip_file
from engine.clip import Clip
from engine.errors import ClipError
from offline import clip_report
from offline.cleaning import clean
from offline.importers import SUFFIXES, deepdance, read_motion
from offline.importers.motion import Motion
from offline.partners import distance, partner

UNKNOWN = "unknown"
NOT_MOTION = ("pose2d.npz",)
"""Files of Deep.Dance's folders that are passed over when a folder is walked."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command line of `offline import`."""
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="file or folder")
    parser.add_argument("--to", required=True, type=Path, metavar="DATASET", help="folder of clips")
    parser.add_argument(
        "--fps", type=_rate, help="frames a second, where a file is wrong or silent"
    )
    parser.add_argument("--dancer", help="who dances (default: what the file says, or unknown)")
    parser.add_argument("--tags", type=_tags, help="movement qualities, as in salsa,calm")
    parser.add_argument("--take", help="clips of one take stay on one side of a training split")
    parser.add_argument(
        "--keep-lengths", action="store_true", help="leave bone lengths as they vary in the file"
    )
    parser.epilog = "example: offline import mocap/salsa --to datasets/salsa --fps 60 --dancer ana"


def run(args: argparse.Namespace) -> int:
    """Import all that can be read; 2 if anything could not, each named in one line."""
    batch = Batch(args.to, args.fps, args.dancer, args.tags, args.take, args.keep_lengths)
    try:
        batch.open()
        for path in _files(args.paths, args.to):
            batch.add(path)
    except ClipError as error:
        batch.fail(error)
    print(batch.summary())
    return 2 if batch.failed else 0


@dataclass(slots=True)
class Batch:
    """One call of the command: what is told about all files, and what became of them."""

    dataset: Path
    fps: float | None = None
    dancer: str | None = None
    tags: tuple[str, ...] | None = None
    take: str | None = None
    keep_lengths: bool = False
    clips: dict[str, Clip] = field(default_factory=dict)
    written: list[str] = field(default_factory=list)
    replaced: int = 0
    failed: int = 0

    def open(self) -> None:
        """Make the dataset's folder and read the clips that it has."""
        try:
            self.dataset.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ClipError(self.dataset, found=error.strerror, expected="a folder") from None
        for path in sorted(self.dataset.glob("*.npz")):
            try:
                self.clips[path.stem] = clip_file.load(path)
            except ClipError as error:
                print(f"in the dataset: {error}", file=sys.stderr)

    def add(self, path: Path) -> None:
        """Import one file, or say why not."""
        try:
            motion = read_motion(path, self.fps)
            clip = self._clip(path, motion)
            name = self._name(path, clip)
            partnered = None
            if self.take is None and motion.captured:
                others = (other for key, other in self.clips.items() if key != name)
                partnered = partner(clip, others)
            take = self.take or motion.take or (partnered.take if partnered else name)
            clip = replace(clip, take=take, name=name)
            again = name in self.clips
            clip_file.save(clip, self.dataset / f"{name}.npz")
        except ClipError as error:
            self.fail(error)
            return
        self.clips[name] = clip
        self.written.append(name)
        self.replaced += again
        print(_line(path, clip, motion, again, partnered))

    def fail(self, error: ClipError) -> None:
        """Name what could not be read."""
        self.failed += 1
        print(error, file=sys.stderr)

    def summary(self) -> str:
        """What became of the batch."""
        replaced = f" ({self.replaced} replaced)" if self.replaced else ""
        failed = f", {self.failed} could not be read" if self.failed else ""
        takes = len({self.clips[name].take for name in self.written})
        return f"{len(self.written)} clips{replaced} of {takes} takes to {self.dataset}{failed}"

    def _clip(self, path: Path, motion: Motion) -> Clip:
        cleaned = clean(motion.joints, motion.fps, self.keep_lengths)
        joints = clip_file.check_joints(path, "joints", cleaned.joints)
        faults = clip_report.faults(joints, motion.fps, cleaned.varied)
        return Clip(
            joints.astype(np.float32),
            motion.fps,
            self.dancer or motion.dancer or UNKNOWN,
            motion.tags or () if self.tags is None else self.tags,
            source=path.name,
            cleaning=motion.cleaning + cleaned.cleaning,
            warnings=motion.warnings + faults,
        )

    def _name(self, path: Path, clip: Clip) -> str:
        """A name in the dataset: that of the same source's clip, or one that nobody has."""
        stem = path.stem
        if deepdance.described_by_folder(path) is not None:
            stem = "_".join((clip.dancer, *clip.tags))
        folder = path.resolve().parent.name
        wanted = [stem, f"{stem}_{clip.dancer}", f"{folder}_{stem}_{clip.dancer}"]
        wanted += [f"{stem}_{clip.dancer}_{number}" for number in range(2, len(self.clips) + 3)]
        for name in (re.sub(r"[^\w.+-]+", "-", name) for name in wanted):
            there = self.clips.get(name)
            same = there and (there.source, there.dancer) == (clip.source, clip.dancer)
            free = there is None and not (self.dataset / f"{name}.npz").exists()
            if name not in self.written and (same or free):
                return name
        raise ClipError(path, found="no name left", expected="a clip name that is free")


def _files(paths: Sequence[Path], dataset: Path) -> Iterator[Path]:
    """The files named, and those of the folders named that may hold motion."""
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        for file in sorted(path.rglob("*")):
            hidden = any(part.startswith(".") for part in file.relative_to(path).parts)
            own = file.resolve().parent == dataset.resolve()
            wanted = file.suffix.lower() in SUFFIXES and file.name not in NOT_MOTION
            if wanted and file.is_file() and not hidden and not own:
                yield file


def _line(path: Path, clip: Clip, motion: Motion, again: bool, partnered: Clip | None) -> str:
    """What is said of one file: where it went, what was recognised, mended and is wrong."""
    verb = "replaces" if again else "->"
    head = f"{path.name} {verb} {clip.name}.npz: {clip.seconds:.1f} s at {clip.fps:g} fps"
    lines = [f"{head}, {clip.dancer}, take {clip.take}"]
    if partnered is not None:
        apart = distance(clip, partnered)
        lines.append(f"partner: {partnered.name} ({apart:.2f} m apart), same take {clip.take}")
    lines.append("; ".join(motion.notes))
    lines += [f"mended: {note}" for note in clip.cleaning]
    lines += [f"warning: {fault}" for fault in clip.warnings]
    return "\n    ".join(lines)


def _rate(text: str) -> float:
    """A frame rate from the command line."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value <= clip_file.FASTEST_FPS:
        raise argparse.ArgumentTypeError(f"found {text}, expected frames a second above 0")
    return value


def _tags(text: str) -> tuple[str, ...]:
    """Tags from the command line, each once."""
    return tuple(dict.fromkeys(tag.strip() for tag in text.split(",") if tag.strip()))
