"""The cue sheet: the cue stack as a table for a person to read."""

from __future__ import annotations

from show.cue import Cue
from show.show_file import Show
from show.text_table import text_table
from show.timecode import clock_text

HEAD = ("Cue", "Name", "Trigger", "Fade", "Waits", "Duration", "Lights", "Notes")


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
                _lights(cue),
                " ".join(cue.notes.split()),
            )
        )
        before = cue
    if show.patch is None:
        lights = HEAD.index("Lights")
        return text_table([(*row[:lights], *row[lights + 1 :]) for row in rows])
    return text_table(rows)


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


def _lights(cue: Cue) -> str:
    """Give the looks, and the crossfade where it is not the cue's."""
    if cue.lights.looks is None:
        return ""
    looks = ", ".join(cue.lights.looks) or "dark"
    return (
        looks if cue.lights.seconds == cue.fade else f"{looks} in {clock_text(cue.lights.seconds)}"
    )
