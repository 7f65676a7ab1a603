"""What a cue asks of the lights: `lights` and `lights_fade` in show.toml."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from engine.lights import parameter
from engine.lights.look import Look, with_values
from engine.lights.looks.pulse import Pulse
from engine.lights.parameter import EVERYONE, Names, Value
from engine.lights.patch import Patch
from engine.lights.plan import Lighting
from show import timecode
from show.look_file import read_values
from show.toml_table import Table, shown


class LightsReader:
    """Reads the lights of cues, for the looks of a patch and the performers of a show."""

    def __init__(self, patch: Patch | None, performers: Sequence[str], rate: timecode.Rate) -> None:
        self._patch, self._rate = patch, rate
        self._who = (EVERYONE, *performers)

    def read(self, cue: Table, fade: float) -> Lighting:
        """Give the lights of a cue; raises ProductionError where they are wrong.

        fade: of the cue, which the lights take where they have none of their own.
        """
        seconds = cue.time("lights_fade", fade, self._rate)
        given = cue.given("lights")
        if given is None:
            return Lighting(None, seconds)
        if self._patch is None:
            raise cue.error("lights", shown(given), "a patch.toml beside show.toml")
        if isinstance(given, dict):
            table = cue.table("lights")
            looks = {name: self._values(table, name) for name in table.names()}
        else:
            looks = {name: {} for name in self._names(cue, given)}
        for name, values in looks.items():
            self._check_who(cue, name, with_values(self._patch.looks[name], values.items()))
        self._check_flashes(cue, looks)
        return Lighting(looks, seconds)

    def _names(self, cue: Table, given: object) -> list[str]:
        names: Any = [given] if isinstance(given, str) else given
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise cue.error("lights", shown(given), "a look, several, or a table of them")
        for name in names:
            self._look(cue, "lights", name)
        return names

    def _values(self, table: Table, name: str) -> dict[str, Value]:
        look = self._look(table, name, name)
        own = table.table(name)
        values = read_values(own, look, cue=True)
        own.done()
        return values

    def _look(self, table: Table, key: str, name: str) -> Look:
        assert self._patch is not None
        if name not in self._patch.looks:
            known = ", ".join(self._patch.looks) or "none, as patch.toml has no [[look]]"
            raise table.error(key, f"look {shown(name)}", f"one of {known}")
        return self._patch.looks[name]

    def _check_who(self, cue: Table, name: str, look: Look) -> None:
        for key, known in parameter.of(look).items():
            if isinstance(known, Names) and not known.among:
                for performer in getattr(look, key):
                    if performer not in self._who:
                        found = f"performer {shown(performer)} in {key} of look {shown(name)}"
                        raise cue.error("lights", found, f"one of {', '.join(self._who)}")

    def _check_flashes(self, cue: Table, looks: dict[str, dict[str, Value]]) -> None:
        """Refuse pulses that would flash too often together."""
        assert self._patch is not None
        most = self._patch.flashes
        found = [with_values(self._patch.looks[name], v.items()) for name, v in looks.items()]
        flashes = [look.turning(most) for look in found if isinstance(look, Pulse)]
        if sum(flashes) > most * 1.0001:
            expected = f"at most {most:g}, rig.flashes of {self._patch.path.name}"
            raise cue.error("lights", f"{sum(flashes):.2g} flashes a second together", expected)
