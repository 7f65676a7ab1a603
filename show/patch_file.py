"""patch.toml: a rig and its looks, read into values; every fault is named with its place."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from engine.errors import ProductionError
from engine.lights import patch
from engine.lights.look import Look
from engine.lights.loss import DARK, Loss
from engine.lights.patch import Fixture, Patch
from show.fixture_file import FixtureReader
from show.look_file import read_look
from show.toml_table import Table, load, shown

NAME = "patch.toml"
MOST_PIXELS = 65_536
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,31}")


def read(path: Path) -> Patch:
    """Give the patch in a file; raises ProductionError naming file, key, found and expected."""
    top = load(path)
    rig = top.table("rig")
    flashes = rig.number("flashes", 3.0, 0.1, 25.0)
    projection = rig.flag("projection")
    rig.done()
    supplies = {name: _watts(table) for name, table in _named(top, "supply").items()}
    reader = FixtureReader(_named(top, "type"), supplies)
    fixtures: dict[str, Fixture] = {}
    for table in top.tables("fixture"):
        fixture = reader.read(table)
        if fixture.name in fixtures:
            raise table.error("name", f"{shown(fixture.name)} twice", "each name once")
        fixtures[fixture.name] = fixture
    if not fixtures:
        raise top.error("fixture", "none", "at least one [[fixture]]")
    count = sum(len(fixture.positions) for fixture in fixtures.values())
    if count > MOST_PIXELS:
        raise top.error("fixture", f"{count} pixels", f"at most {MOST_PIXELS}")
    _check_overlaps(path, tuple(fixtures.values()))
    looks = _looks(top, path.parent, count)
    loss = _loss(top.table("loss"), looks)
    top.done()
    return Patch(path, tuple(fixtures.values()), supplies, looks, flashes, loss, projection)


def _named(top: Table, key: str) -> dict[str, Table]:
    """Give the tables of [key.NAME], with their titles."""
    found = top.table(key)
    tables = {name: found.table(name) for name in found.names()}
    for name, table in tables.items():
        if not _WORD.fullmatch(name):
            raise found.error(name, shown(name), "a letter, then letters, digits, - or _")
        # A fixture that takes a key over from its type names the type in errors.
        table.title, table.prefix = f'{key} "{name}"', f'type "{name}" · ' if key == "type" else ""
    return tables


def _watts(table: Table) -> float:
    """Give what a supply gives."""
    if table.has("watts"):
        watts = table.number("watts", None, 0.1, 1e6)
        if table.has("amperes"):
            raise table.error("amperes", "watts too", "one of the two")
    elif table.has("amperes"):
        watts = table.number("amperes", None, 0.01, 1e4) * table.number("volts", None, 1.0, 1000.0)
    else:
        raise table.error("watts", "nothing", "watts, or amperes and volts")
    table.done()
    return watts


def _check_overlaps(path: Path, fixtures: tuple[Fixture, ...]) -> None:
    found = patch.overlap(fixtures)
    if found is not None:
        first, second, channel = found
        raise ProductionError(
            path,
            f'fixture "{second.name}"',
            found=f"{second.span}, whose {patch.place(channel)} is taken by "
            f'fixture "{first.name}" ({first.span})',
            expected="each channel once",
        )


def _looks(top: Table, folder: Path, pixels: int) -> Mapping[str, Look]:
    looks: dict[str, Look] = {}
    for table in top.tables("look"):
        name = table.text("name")
        if not _WORD.fullmatch(name) or name in looks:
            expected = "a letter, then letters, digits, - or _; each name once"
            raise table.error("name", shown(name), expected)
        table.title = f'look "{name}"'
        looks[name] = read_look(table).loaded(folder, pixels)
    return looks


def _loss(table: Table, looks: Mapping[str, Look]) -> Loss:
    """Give what the lights do when no frames come."""
    plain = Loss()
    look = None
    if table.has("look"):
        look = table.text("look")
        if look != DARK and look not in looks:
            expected = ", ".join((*looks, DARK))
            raise table.error("look", shown(look), f"one of {expected}")
    loss = Loss(
        hold=table.number("hold", plain.hold, 0.2, 3600.0),
        fade=table.number("fade", plain.fade, 0.0, 3600.0),
        back=table.number("back", plain.back, 0.0, 3600.0),
        look=look,
    )
    table.done()
    return loss
