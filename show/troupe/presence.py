"""What an engine tells of itself to the others at the broker, and what it knows of them."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from typing import Any

PLAYS, STANDS_BY, ENDED = "plays", "stands by", "ended"


@dataclass(frozen=True, slots=True)
class Presence:
    """One engine. role: PLAYS, STANDS_BY, or ENDED where it has gone by itself.

    frame, hash: one frame a second, for people to compare. differs: how far, in millimetres, a
    standby's frames have been from those of the engine that plays for a while; 0 where they
    agree, None where nothing was compared yet.
    """

    alive: bool
    role: str = STANDS_BY
    epoch: int = 0
    frame: int = -1
    hash: str = ""
    differs: float | None = None

    def to_json(self) -> str:
        """Give it as it is published, retained."""
        return json.dumps(asdict(self))

    def dead(self) -> Presence:
        """Give it as the broker publishes it when the engine's connection breaks."""
        return replace(self, alive=False)

    def ended(self) -> Presence:
        """Give it as an engine says it that goes by itself."""
        return replace(self, alive=False, role=ENDED)


def read(payload: bytes) -> Presence:
    """Give the presence in a payload; raises ValueError for anything else."""
    try:
        told: dict[str, Any] = json.loads(payload)
        differs = told.get("differs")
        return Presence(
            alive=bool(told["alive"]),
            role=str(told.get("role", PLAYS)),
            epoch=int(told.get("epoch", 0)),
            frame=int(told.get("frame", -1)),
            hash=str(told.get("hash", "")),
            differs=None if differs is None else float(differs),
        )
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ValueError(f"found no engine's presence: {error}") from None
