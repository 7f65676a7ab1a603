"""The journal of a production, and how a crashed show goes on from it."""

from __future__ import annotations

import logging

from engine import journal
from engine.errors import ProductionError, RecordingError
from engine.journal import Journal, Night
from show import timecode
from show.show_file import Show
from show.stage_manager import StageManager

log = logging.getLogger(__name__)

FOLDER = ".state"
"""Where the journal lies, inside the production's folder."""


def night(show: Show, *, wanted: bool) -> Night | None:
    """Give the night that stopped without an end, None where the show begins at the top.

    Raises ProductionError where it names cues that the show has no longer.
    """
    if not wanted:
        return None
    found = journal.read(show.folder / FOLDER)
    if found is None or found.ended:
        log.info("nothing to resume: the last show came to its end; from the top")
        return None
    numbers = {cue.number for cue in show.cues}
    for event in found.events:
        if event.kind == "cue" and event.name not in numbers:
            raise ProductionError(
                show.path,
                found=f"no cue {event.name!r}, which the stopped show had run",
                expected="the show.toml that it ran, or no --resume",
            )
    log.info("resuming at %s", timecode.clock_text(found.show_time))
    return found


def was_held(found: Night | None) -> bool:
    """Tell whether the show was held when it stopped."""
    holds = [event.value for event in found.events if event.kind == "hold"] if found else []
    return bool(holds and holds[-1])


def restore(manager: StageManager, found: Night, show: Show) -> None:
    """Bring the stage manager to where it was; raises ProductionError where it fits no longer."""
    try:
        manager.resume(found)
    except ValueError as error:
        raise ProductionError(show.path, found=error, expected="as many cues as then") from None


def open_journal(show: Show, found: Night | None) -> Journal | None:
    """Begin the journal; None, with a warning, where the folder cannot be written."""
    try:
        return Journal(show.folder / FOLDER, show.title, found)
    except RecordingError as error:
        log.warning("%s; this show cannot be resumed", error)
        return None
