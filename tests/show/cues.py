"""Cues for tests of the stack: the waits matter, the actions do not."""

from __future__ import annotations

from collections.abc import Mapping

from engine.score import Action
from show.cue import Cue


def cue(
    number: str,
    *,
    timecode: float | None = None,
    armed: bool = True,
    fade: float = 0.0,
    pre_wait: float = 0.0,
    post_wait: float = 0.0,
    auto_continue: bool = False,
    auto_follow: bool = False,
    duration: float | None = None,
    actions: Mapping[str, Action] | None = None,
) -> Cue:
    return Cue(
        number=number,
        name=f"Cue {number}",
        notes="",
        timecode=timecode,
        armed=armed,
        fade=fade,
        pre_wait=pre_wait,
        post_wait=post_wait,
        auto_continue=auto_continue,
        auto_follow=auto_follow,
        duration=duration,
        actions=actions or {},
    )
