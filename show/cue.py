"""A cue: what it is, and how it is read from show.toml."""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from engine import score
from engine.lights.plan import UNCHANGED, Lighting
from show import timecode
from show.cue_lights import LightsReader
from show.toml_table import LONGEST_TIME, Table, shown

ALL = "all"
"""Key of the defaults for every performer in a cue."""
_KINDS: tuple[score.ActionKind, ...] = get_args(score.ActionKind)
_NUMBER = re.compile(r"[^\s\"]{1,16}")
_DEFAULTS = score.Action("generate")


@dataclass(frozen=True, slots=True)
class Cue:
    """An entry of the cue stack; times in seconds.

    timecode: show time at which it is given by itself, None for never. pre_wait: from GO to
    the cue. fade: length of the crossfade. post_wait: from the cue to the next one, with
    auto_continue. auto_follow: the next one starts when this one completes, `duration`
    after its start. armed: whether it is given at all. lights: what it asks of them.
    """

    number: str
    name: str
    notes: str
    timecode: float | None
    armed: bool
    fade: float
    pre_wait: float
    post_wait: float
    auto_continue: bool
    auto_follow: bool
    duration: float | None
    actions: Mapping[str, score.Action]
    lights: Lighting = UNCHANGED

    def scored(self) -> score.Cue:
        """Give the cue as the engine sees it."""
        return score.Cue(self.number, self.fade, self.actions)


class CueReader:
    """Reads the cues of one production.

    folder: where its files lie. seed: of the show. rate: of its timecode. start: timecode
    at the top of the show, seconds. performers: their names. stage: width and depth in
    metres. lights: reads what is theirs.
    """

    def __init__(
        self,
        folder: Path,
        seed: int,
        rate: timecode.Rate,
        start: float,
        performers: list[str],
        stage: tuple[float, float],
        lights: LightsReader,
    ) -> None:
        self._folder, self._seed, self._rate, self._start = folder, seed, rate, start
        self._lights = lights
        self._performers, self._stage = performers, stage

    def read(self, top: Table) -> tuple[Cue, ...]:
        """Give the cues in their order; raises ProductionError where one is wrong."""
        cues: dict[str, Cue] = {}
        for table in top.tables("cue"):
            cue = self._cue(table)
            if cue.number in cues:
                raise table.error("number", f"{shown(cue.number)} twice", "each number once")
            cues[cue.number] = cue
        if not cues:
            raise top.error("cue", "none", "at least one [[cue]]")
        return tuple(cues.values())

    def _cue(self, table: Table) -> Cue:
        number = table.text("number")
        if not _NUMBER.fullmatch(number):
            raise table.error("number", shown(number), 'a text such as "12.5"')
        table.title = f'cue "{number}"'
        fade = table.time("fade", 0.0, self._rate)
        cue = Cue(
            number=number,
            name=table.text("name", ""),
            notes=table.text("notes", ""),
            timecode=self._timecode(table),
            armed=table.flag("armed", default=True),
            fade=fade,
            pre_wait=table.time("pre_wait", 0.0, self._rate),
            post_wait=table.time("post_wait", 0.0, self._rate),
            auto_continue=table.flag("auto_continue"),
            auto_follow=table.flag("auto_follow"),
            duration=table.time("duration", LONGEST_TIME, self._rate)
            if table.has("duration")
            else None,
            actions=self._actions(table, number),
            lights=self._lights.read(table, fade),
        )
        table.done()
        if cue.auto_continue and cue.auto_follow:
            raise table.error("auto_follow", "auto_continue too", "one of the two")
        plays = any(action.kind == "play" for action in cue.actions.values())
        if cue.auto_follow and cue.duration is None and not plays:
            expected = "duration = seconds, as only a played phrase has an end of its own"
            raise table.error("auto_follow", "no duration", expected)
        return cue

    def _timecode(self, table: Table) -> float | None:
        """Give the show time of a cue's timecode."""
        if not table.has("timecode"):
            return None
        show_time = table.time("timecode", 0.0, self._rate) - self._start
        if show_time < 0:
            expected = f"not before {timecode.text(self._rate.at(self._start))}, the show's start"
            raise table.error("timecode", table.written("timecode"), expected)
        return show_time

    def _actions(self, cue: Table, number: str) -> dict[str, score.Action]:
        tables = cue.table("performers")
        named = tables.names()
        for name in named:
            if name not in (ALL, *self._performers):
                options = ", ".join((ALL, *self._performers))
                raise tables.error(name, "an unknown performer", f"one of {options}")
        everyone = tables.table(ALL)
        actions = {}
        for name in self._performers:
            if name in named or everyone.has("do"):
                table = tables.table(name).over(everyone)
                noise = zlib.crc32(f"{self._seed}/{number}/{name}".encode())
                actions[name] = self._action(table, noise)
        if not actions:
            everyone.names()
            if named:
                raise everyone.error("do", "nothing", f"one of {', '.join(_KINDS)}")
        return actions

    def _action(self, table: Table, noise: int) -> score.Action:
        kind = table.choice("do", _KINDS)
        width, depth = self._stage
        action = score.Action(
            kind=kind,
            phrase=table.file("phrase", self._folder) if table.has("phrase") else None,
            seed=table.whole("seed", noise),
            temperature=table.number("temperature", _DEFAULTS.temperature, 0.01, 10.0),
            sigma=table.number("sigma", _DEFAULTS.sigma, 0.0, 10.0),
            energy=table.number("energy", _DEFAULTS.energy, 0.0, 1.0),
            tags=self._tags(table.table("tags")),
            place=table.pair("place", None, (width / 2, depth / 2)),
            facing=table.number("facing", 0.0, -360.0, 360.0) if table.has("facing") else None,
        )
        if kind in ("generate", "play") and action.phrase is None:
            raise table.error("phrase", "nothing", f"a clip to {kind} from")
        table.done()
        return action

    def _tags(self, table: Table) -> dict[str, float]:
        return {tag: table.number(tag, None, 0.0, 1.0) for tag in table.names()}
