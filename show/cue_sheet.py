"""The cue sheet: the cue stack as a table for a person to read."""

from __future__ import annotations

from show.cue import Cue
from show.findings import rehearsed
from show.show_file import Show
from show.text_table import text_table
from show.timecode import clock_text, text

HEAD = ("Cue", "Name", "Timecode", "Trigger", "Fade", "Waits", "Duration", "Lights", "Notes")


def cue_sheet(show: Show) -> str:
    """Give the cues of a show, a line each below a head.

    The timecode is that at which a cue comes by itself, be it on timecode or as a follow-on.
    """
    score, _ = rehearsed(show)
    comes = {event.name: text(show.timecode.at(event.show_time)) for event in score.events}
    rows = [HEAD]
    before: Cue | None = None
    for cue in show.cues:
        rows.append(
            (
                cue.number,
                cue.name,
                comes.get(cue.number, ""),
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
    """Give what the cue comes by, the others first where it is GO that is always there."""
    found = []
    if not cue.armed:
        found.append("disarmed")
    if cue.number == start:
        found.append("at the top")
    if cue.timecode is not None:
        found.append("timecode")
    if before is not None and before.auto_continue:
        found.append(f"{clock_text(before.post_wait)} after {before.number}")
    if before is not None and before.auto_follow:
        found.append(f"end of {before.number}")
    return ", ".join(found) or "GO"


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
