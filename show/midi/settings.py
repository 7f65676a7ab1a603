"""The settings of a show's MIDI: the table [midi] of show.toml."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from engine.errors import ProductionError
from show.midi import target, trigger
from show.midi.target import Target
from show.midi.trigger import Trigger
from show.toml_table import Table, shown

HIGHEST_DEVICE = 111
HIGHEST_GROUP = 15
APIS = ("", "alsa", "jack", "core", "windows")


@dataclass(frozen=True, slots=True)
class MidiSettings:
    """Inputs that hands and desks are at, and what their messages do.

    ports: names or parts of them. api: how, "" for the first that works. device: for show
    and machine control, None where the show does not listen to it. groups: 1 to 15.
    """

    ports: tuple[str, ...]
    api: str = ""
    device: int | None = None
    groups: frozenset[int] = frozenset()
    cue_list: str = ""
    bindings: Mapping[Trigger, Target] = field(default_factory=dict)


def read(top: Table) -> MidiSettings | None:
    """Give the settings, None where there is no table.

    Raises ProductionError where one is wrong, and where one message would do two things.
    """
    if not top.has("midi"):
        return None
    table = top.table("midi")
    settings = MidiSettings(
        ports=_ports(table),
        api=table.choice("api", APIS, ""),
        device=table.whole("device", 0, 0, HIGHEST_DEVICE) if table.has("device") else None,
        groups=_groups(table),
        cue_list=table.text("list", ""),
        bindings=_bindings(table.table("bindings")),
    )
    table.done()
    return settings


def check(
    settings: MidiSettings, path: Path, cues: Collection[str], controls: Collection[str]
) -> None:
    """Raise ProductionError where a binding names a cue or a control that there is not."""
    for made, what in settings.bindings.items():
        try:
            target.check(what, cues, controls)
        except ValueError as error:
            place = f'midi · bindings."{made}"'
            found = shown(what.cue or what.control)
            raise ProductionError(path, place, found=found, expected=_expected(error)) from None


def _ports(table: Table) -> tuple[str, ...]:
    names = table.given("ports")
    texts = names if isinstance(names, list) else []
    if not texts or not all(isinstance(name, str) and name for name in texts):
        expected = 'names of MIDI inputs, or parts of them, such as ["nanoKONTROL"]'
        raise table.error("ports", shown(names), expected)
    return tuple(dict.fromkeys(texts))


def _groups(table: Table) -> frozenset[int]:
    groups = table.given("groups") or []
    known = range(1, HIGHEST_GROUP + 1)
    if not isinstance(groups, list) or not all(type(g) is int and g in known for g in groups):
        raise table.error("groups", shown(groups), f"a list of 1 to {HIGHEST_GROUP}")
    return frozenset(groups)


def _bindings(table: Table) -> dict[Trigger, Target]:
    found: dict[Trigger, Target] = {}
    written: dict[Trigger, str] = {}
    for key in table.names():
        text = table.text(key)
        try:
            made = trigger.parse(key)
        except ValueError as error:
            raise table.error(key, "no trigger", _expected(error)) from None
        try:
            found_target = target.parse(text)
        except ValueError as error:
            raise table.error(key, shown(text), _expected(error)) from None
        twice = next((other for other in found if other.overlaps(made)), None)
        if twice is not None:
            other = f'"{written[twice]}" too, for {table.written(written[twice])}'
            raise table.error(key, other, "each message to do one thing")
        found[made], written[made] = found_target, key
    return found


def _expected(error: ValueError) -> str:
    return str(error).removeprefix("expected ")
