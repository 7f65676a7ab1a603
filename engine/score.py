"""What a performance is told to do: performers, cues with their actions, and events.

These are the engine's own words for it; `show` reads them from show.toml.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

ActionKind = Literal["generate", "play", "live", "hold", "leave"]
EventKind = Literal["cue", "control", "panic", "blackout", "hold", "locate", "load"]


@dataclass(frozen=True, slots=True)
class Performer:
    """A figure on the stage.

    color: sRGB 0..1. place: x, y in metres, its home on the stage. facing: degrees
    counter-clockwise seen from above, 0 towards the audience.
    """

    name: str
    color: tuple[float, float, float]
    place: tuple[float, float] = (0.0, 0.0)
    facing: float = 0.0


@dataclass(frozen=True, slots=True)
class Action:
    """What a cue asks of one performer.

    generate: the model goes on from `phrase` (a clip file). play: the clip is played.
    live: the model goes on from what a person has just done; where nothing came in, from
    `phrase`, or else hold. hold: stand still in the pose. leave: fade out.
    seed: random seed of the noise. temperature: flattens (above 1) or sharpens the
    choice of mixture component. sigma: scales the spread around it, 0 for none.
    energy: kinetic energy asked for, as a quantile (0..1) of the training material.
    tags: weights 0..1 of the movement qualities that the model knows.
    place, facing: a new home, None to keep the one the performer has.
    """

    kind: ActionKind
    phrase: Path | None = None
    seed: int = 0
    temperature: float = 1.0
    sigma: float = 1.0
    energy: float = 0.5
    tags: Mapping[str, float] = field(default_factory=dict)
    place: tuple[float, float] | None = None
    facing: float | None = None


@dataclass(frozen=True, slots=True)
class Cue:
    """One entry of the cue stack as the engine sees it.

    fade: seconds of transition from what each performer did before. actions: by the
    performer's name; who is not named goes on.
    """

    number: str
    fade: float
    actions: Mapping[str, Action]


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened at a show time; the list of them replays a night exactly.

    cue: the cue `name` starts, `value` seconds into it, from the poses in `live`.
    control: the control `name` ("energy", or "red/energy" for one performer) takes `value`.
    panic: everyone fades out over `value` seconds. blackout, hold: on with `value` 1, off
    with 0. locate: show time goes on from `show_time`; of the events so far the first
    `value` stay, the others have not happened. load: the cue `name` may be given `value`
    seconds into it; nothing has happened yet.
    by: who or what gave it, for people. live: for performers with a live action the poses
    that they begin from, as engine/live.py writes them.
    """

    show_time: float
    kind: EventKind
    name: str = ""
    value: float = 0.0
    by: str = ""
    live: Mapping[str, str] = field(default_factory=dict)
