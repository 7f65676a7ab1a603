"""The options of a run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line adds to a production."""

    host: str = "127.0.0.1"
    port: int = 8137
    duration: float | None = None
    browser: bool = False
    record: Path | None = None
    outputs: Sequence[str] = ()
    sources: Sequence[str] = ()
    resume: bool = False
