"""The sequences of a production: what the player may open."""

from __future__ import annotations

from pathlib import Path

SUFFIXES = (".npz", ".json", ".mcap")
"""Clips, Deep.Dance's JSON, recordings."""


def names(production: Path | None) -> list[str]:
    """Give the paths of the sequences in a production's folder, hidden folders left out."""
    if production is None:
        return []
    paths = (path.relative_to(production) for path in sorted(production.rglob("*")))
    return [
        path.as_posix()
        for path in paths
        if path.suffix in SUFFIXES
        and not any(part.startswith(".") for part in path.parts)
        and (production / path).is_file()
    ]
