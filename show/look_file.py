"""Looks in TOML: kinds with their parameters, and what a cue says of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from engine.lights import parameter
from engine.lights.look import Look
from engine.lights.looks import KINDS
from engine.lights.parameter import File, Value
from show.toml_table import Table, shown


def read_look(table: Table) -> Look:
    """Give the look of a table with `kind` and its parameters; its file is not read yet.

    Raises ProductionError naming file, key, found and expected.
    """
    kind: Any = KINDS[table.choice("kind", tuple(KINDS))]
    if parameter.plays_file(kind):
        table.text("file")
    values = read_values(table, kind())
    table.done()
    return replace(kind(), **values)  # type: ignore[no-any-return]


def read_values(table: Table, look: Look, *, cue: bool = False) -> dict[str, Value]:
    """Give the parameters of a look that a table has; cue: it is a cue's, which has no files.

    Raises ProductionError naming file, key, found and expected.
    """
    values: dict[str, Value] = {}
    for name, known in parameter.of(look).items():
        if cue and isinstance(known, File):
            continue
        given = table.given(name)
        if given is not None:
            try:
                values[name] = known.read(given)
            except ValueError as error:
                raise table.error(name, shown(given), str(error)) from None
    return values
