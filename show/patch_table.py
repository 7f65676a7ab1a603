"""The patch as tables: fixtures with their channels and places, supplies, looks."""

from __future__ import annotations

import numpy as np

from engine.lights import parameter
from engine.lights.look import Look
from engine.lights.looks import KINDS
from engine.lights.patch import Fixture, Patch
from show.text_table import text_table

FIXTURES = ("Fixture", "Channels", "Pixels", "Address", "LEDs", "From", "To", "Max", "Gamma")
LOOKS = ("Look", "Kind", "Parameters")


def patch_table(patch: Patch) -> str:
    """Give the patch, a line for each fixture below a head, then supplies and looks."""
    universes = ", ".join(f"{u} ({n} channels)" for u, n in patch.lengths.items())
    parts = [
        f"{patch.path.name}: {len(patch.fixtures)} fixtures, {len(patch.positions)} pixels, "
        f"universe {universes}",
        text_table(_fixtures(patch)),
    ]
    if patch.supplies:
        parts.append(text_table(_supplies(patch)))
    if patch.looks:
        parts.append(
            text_table([LOOKS, *(_look(name, look) for name, look in patch.looks.items())])
        )
    return "\n\n".join(parts)


def _fixtures(patch: Patch) -> list[tuple[str, ...]]:
    supplied = any(fixture.supply for fixture in patch.fixtures)
    rows: list[tuple[str, ...]] = [(*FIXTURES, "Supply") if supplied else FIXTURES]
    first = 1
    for fixture in patch.fixtures:
        count = len(fixture.positions)
        row = (
            fixture.name,
            fixture.order.text,
            str(count),
            fixture.span,
            f"{first}-{first + count - 1}" if count > 1 else f"{first}",
            _point(fixture, 0),
            _point(fixture, -1) if count > 1 else "",
            f"{round(fixture.dimmer_max * 255)}",
            f"{fixture.gamma:g}",
        )
        rows.append((*row, fixture.supply or "") if supplied else row)
        first += count
    return rows


def _point(fixture: Fixture, pixel: int) -> str:
    return ", ".join(f"{round(v, 2):g}" for v in fixture.positions[pixel].tolist())


def _supplies(patch: Patch) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = [("Supply", "Gives", "At full")]
    for name, watts in patch.supplies.items():
        full = sum(
            float(np.sum(fixture.watts)) * len(fixture.positions) * fixture.dimmer_max
            for fixture in patch.fixtures
            if fixture.supply == name
        )
        rows.append((name, f"{watts:.4g} W", f"{full:.4g} W"))
    return rows


def _look(name: str, look: Look) -> tuple[str, str, str]:
    """Give name, kind, and the parameters that are not as they would be by default."""
    kind = next(kind for kind, of in KINDS.items() if of is type(look))
    usual = KINDS[kind]()
    told = [
        f"{key} {_shown(getattr(look, key))}"
        for key in parameter.of(look)
        if getattr(look, key) != getattr(usual, key)
    ]
    return name, kind, ", ".join(told)


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        return " ".join(map(str, value))
    return f"{value:g}" if isinstance(value, float) else str(value)
