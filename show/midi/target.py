"""A target: what a trigger does, as it is written in show.toml."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

COMMANDS = ("go", "back", "panic", "hold", "blackout")
SWITCHES = ("hold", "blackout")
FORM = '"go", "go 12", "standby 12", "back", "panic", "hold", "blackout" or "control red/energy"'
_CONTROL = re.compile(r"control (\S+)(?: (\S+) to (\S+))?")


@dataclass(frozen=True, slots=True)
class Target:
    """A command with its fields. A control goes from low to high; None is all of its range."""

    command: str
    fields: Mapping[str, object] = field(default_factory=dict)
    low: float | None = None
    high: float | None = None

    @property
    def cue(self) -> str | None:
        """Number of the cue that it names."""
        cue = self.fields.get("cue")
        return cue if isinstance(cue, str) else None

    @property
    def control(self) -> str | None:
        """Name of the control that it sets."""
        return str(self.fields["name"]) if self.command == "control" else None


def parse(written: str) -> Target:
    """Give the target that is written so; raises ValueError where there is none."""
    words = written.split()
    control = _CONTROL.fullmatch(" ".join(words))
    if control is not None:
        try:
            ends = [None if end is None else float(end) for end in (control[2], control[3])]
        except ValueError:
            ends = []
        if ends:
            return Target("control", {"name": control[1]}, ends[0], ends[1])
    elif len(words) == 1 and words[0] in COMMANDS:
        return Target(words[0])
    elif len(words) == 2 and words[0] in ("go", "standby"):
        return Target(words[0], {"cue": words[1]})
    raise ValueError(f"expected {FORM}")


def check(target: Target, cues: Collection[str], controls: Collection[str]) -> None:
    """Raise ValueError where a target names a cue or a control that there is not."""
    if target.cue is not None and target.cue not in cues:
        raise ValueError("expected the number of a cue")
    if target.control is not None and target.control not in controls:
        plain = ", ".join(sorted(name for name in controls if "/" not in name))
        raise ValueError(f"expected a control: {plain}, or <performer>/<one of them>")
