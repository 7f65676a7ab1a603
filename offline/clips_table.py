"""`offline clips`: what a dataset holds, and what is wrong with it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from engine import clip as clip_file
from engine.clip import Clip
from engine.errors import ClipError
from offline.importers.motion import body_height

PIPED_WIDTH = 160
"""Columns where the output is no terminal."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command line of `offline clips`."""
    parser.add_argument("dataset", type=Path, metavar="DATASET", help="folder of clips")
    parser.epilog = "example: offline clips datasets/salsa"


def run(args: argparse.Namespace) -> int:
    """Print the table and its totals; 2 if a clip cannot be read or there is none."""
    clips, failed = read_clips(args.dataset)
    for error in failed:
        print(error, file=sys.stderr)
    if not clips:
        if not failed:
            error = ClipError(args.dataset, found="no clips (*.npz)", expected="a dataset")
            print(error, file=sys.stderr)
        return 2
    console = Console(highlight=False, width=None if sys.stdout.isatty() else PIPED_WIDTH)
    console.print(clips_table(clips))
    console.print(totals_table("dancer", ((clip.dancer, clip) for clip in clips)))
    console.print(totals_table("tag", ((tag, clip) for clip in clips for tag in clip.tags)))
    return 2 if failed else 0


def read_clips(dataset: Path) -> tuple[list[Clip], list[ClipError]]:
    """All clips of a folder by name, and the error of each that cannot be read."""
    clips, failed = [], []
    for path in sorted(dataset.glob("*.npz")):
        try:
            clips.append(clip_file.load(path))
        except ClipError as error:
            failed.append(error)
    return clips, failed


def clips_table(clips: Sequence[Clip]) -> Table:
    """One row a clip; the footer counts clips, takes and seconds."""
    takes = len({clip.take for clip in clips})
    seconds = sum(clip.seconds for clip in clips)
    warned = sum(bool(clip.warnings) for clip in clips)
    table = Table(show_footer=True, box=None, pad_edge=False)
    table.add_column("clip", f"{len(clips)} clips", overflow="fold")
    table.add_column("dancer", overflow="fold")
    table.add_column("tags", overflow="fold")
    table.add_column("take", f"{takes} takes", overflow="fold")
    table.add_column("seconds", f"{seconds:.1f}", justify="right", no_wrap=True)
    table.add_column("fps", justify="right", no_wrap=True)
    table.add_column("height", justify="right", no_wrap=True)
    table.add_column("warnings", f"{warned} with warnings", overflow="fold")
    for clip in clips:
        table.add_row(
            clip.name,
            clip.dancer,
            ", ".join(clip.tags),
            clip.take,
            f"{clip.seconds:.1f}",
            f"{clip.fps:g}",
            f"{body_height(clip.joints.astype(float)):.2f} m",
            "; ".join(clip.warnings),
        )
    return table


def totals_table(kind: str, named: Iterable[tuple[str, Clip]]) -> Table:
    """Clips and seconds by dancer or by tag, the most first."""
    groups: dict[str, list[float]] = {}
    for name, clip in named:
        groups.setdefault(name, []).append(clip.seconds)
    table = Table(box=None, pad_edge=False)
    table.add_column(kind, overflow="fold")
    table.add_column("clips", justify="right", no_wrap=True)
    table.add_column("seconds", justify="right", no_wrap=True)
    for name, seconds in sorted(groups.items(), key=lambda item: (-sum(item[1]), item[0])):
        table.add_row(name, str(len(seconds)), f"{sum(seconds):.1f}")
    return table
