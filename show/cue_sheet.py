"""The cue sheet: the cue stack as a table for a person to read."""

from __future__ import annotations

from collections.abc import Sequence

from show.cue import Cue
from show.show_file import Show
from show.timecode import clock_text

HEAD = ("Cue", "Name", "Trigger", "Fade", "Waits", "Duration", "Notes")


def cue_sheet(show: Show) -> str:
    """Give the cues of a show, a line each below a head."""
    rows = [HEAD]
    before: Cue | None = None
    for cue in show.cues:
        rows.append(
            (
                cue.number,
                cue.name,
                _trigger(cue, before, show.start),
                clock_text(cue.fade),
                _waits(cue),
                "" if cue.duration is None else clock_text(cue.duration),
                " ".join(cue.notes.split()),
            )
        )
        before = cue
    return _table(rows)


def _trigger(cue: Cue, before: Cue | None, start: str | None) -> str:
    if cue.number == start:
        return "at the top"
    if before is not None and before.auto_continue:
        return f"{clock_text(before.post_wait)} after {before.number}"
    if before is not None and before.auto_follow:
        return f"end of {before.number}"
    return "GO"


def _waits(cue: Cue) -> str:
    waits = [f"pre {clock_text(cue.pre_wait)}"] if cue.pre_wait else []
    if cue.auto_continue and cue.post_wait:
        waits.append(f"post {clock_text(cue.post_wait)}")
    return ", ".join(waits)


def _table(rows: Sequence[tuple[str, ...]]) -> str:
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(f"{cell:{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    return "\n".join([lines[0], "-" * max(map(len, lines)), *lines[1:]])
