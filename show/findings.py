"""Findings: what would go wrong in a show, found by playing its stack on a virtual clock.

What cannot be read is an error of its own long before. Here are the things that can be run
and are hardly meant: an error where nobody can say what is meant, a warning otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from show.cue import Cue
from show.cue_stack import CueStack
from show.show_file import Show
from show.timecode import clock_text, text
from show.timeline import Timeline, score_of


@dataclass(frozen=True, slots=True)
class Finding:
    """A line for a person. error: whether the show should not open with it."""

    line: str
    error: bool = False


def rehearsed(show: Show) -> tuple[Timeline, list[Finding]]:
    """Give what comes by itself, and what the stack says while it does."""
    stack, said = CueStack(show.cues, go_guard=show.go_guard, panic=show.panic), list[Finding]()
    stack.tell = lambda now, line: said.append(Finding(f"{text(show.timecode.at(now))}: {line}"))
    return score_of(stack, show.start), said


def findings(show: Show) -> list[Finding]:
    """Give all findings, errors first."""
    score, said = rehearsed(show)
    found = [
        *_timecodes(show),
        *said,
        *_never(show, score),
        *_fades(show, score),
        *_ends(show),
        *_lives(show),
    ]
    return sorted(found, key=lambda finding: not finding.error)


def _timecodes(show: Show) -> Iterator[Finding]:
    """Timecodes that two cues have, that are out of order, or beyond the show's end."""
    known: dict[float, Cue] = {}
    latest: Cue | None = None
    for cue in show.cues:
        if cue.timecode is None:
            continue
        written = text(show.timecode.at(cue.timecode))
        if cue.timecode in known:
            line = f"cue {cue.number} has the timecode of {known[cue.timecode].number}, {written}"
            yield Finding(line, error=True)
        elif latest is not None and latest.timecode is not None and cue.timecode < latest.timecode:
            yield Finding(f"cue {cue.number} comes at {written}, before {latest.number} above it")
        else:
            latest = cue
        known[cue.timecode] = cue
        if show.length is not None and cue.timecode > show.length:
            length = clock_text(show.length)
            yield Finding(f"cue {cue.number} comes at {written}, after the show's length, {length}")


def _never(show: Show, score: Timeline) -> Iterator[Finding]:
    """Cues that never come: disarmed ones, and follow-ons whose place another takes."""
    came = {event.name for event in score.events}
    for before, cue in zip((None, *show.cues), show.cues, strict=False):
        if not cue.armed:
            yield Finding(f"cue {cue.number} is disarmed, and never comes until it is armed")
        elif cue.number == show.start or cue.number in came or before is None:
            continue
        elif (before.auto_continue or before.auto_follow) and before.number in came:
            line = f"cue {cue.number} never follows {before.number}: another cue comes before"
            yield Finding(line)


def _fades(show: Show, score: Timeline) -> Iterator[Finding]:
    """Fades that are longer than their cue lasts."""
    cues = {cue.number: cue for cue in show.cues}
    lasts: dict[str, tuple[float, str]] = {}
    for event, later in pairwise(score.events):
        lasts[event.name] = later.show_time - event.show_time, f"{later.name} comes"
    for cue, following in pairwise(show.cues):
        if cue.auto_continue:
            seconds = cue.post_wait + following.pre_wait
            lasts.setdefault(cue.number, (seconds, f"{following.number} follows"))
    for cue in cues.values():
        if cue.duration is not None:
            lasts.setdefault(cue.number, (cue.duration, "it ends"))
    for number, (seconds, why) in lasts.items():
        fade = cues[number].fade
        if seconds < fade:
            line = f"cue {number} fades for {clock_text(fade)}, but {why} after"
            yield Finding(f"{line} {clock_text(seconds)}")


def _ends(show: Show) -> Iterator[Finding]:
    last = show.cues[-1]
    if last.auto_continue or last.auto_follow:
        yield Finding(f"cue {last.number} is the last one, and nothing follows it")


def _lives(show: Show) -> Iterator[Finding]:
    """Live actions that have nothing to fall back to."""
    for cue in show.cues:
        for name, action in cue.actions.items():
            if action.kind == "live" and action.phrase is None:
                line = f"cue {cue.number}: {name} has no phrase, and holds where no live poses come"
                yield Finding(line)
