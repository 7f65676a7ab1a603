"""The options of a run."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line adds to a production.

    broker: takes the place of the production's. standby: follow the engine that plays there,
    and take over when it dies. patience: seconds of its silence until then. timecode: the
    URL of one, in place of the show file's. log: where the show log goes, None for the
    production's folder. name: of this engine at a broker.
    """

    host: str = "127.0.0.1"
    port: int = 8137
    duration: float | None = None
    browser: bool = False
    record: Path | None = None
    log: Path | None = None
    outputs: Sequence[str] = ()
    sources: Sequence[str] = ()
    broker: str | None = None
    standby: bool = False
    patience: float = 0.4
    timecode: str | None = None
    resume: bool = False
    name: str = field(default_factory=socket.gethostname)
