"""[[fixture]] and [type.NAME] of patch.toml: what a fixture is, and where it hangs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from engine.lights import channels, patch, shapes
from engine.lights.channels import EMITTERS, Order
from engine.lights.levels import CHANNELS
from engine.lights.patch import LAST_UNIVERSE, Fixture
from engine.lights.shapes import Point
from show.toml_table import Table, shown

LONGEST = 4096
"""Most pixels of a fixture."""
FARTHEST = 1000.0
"""Metres from centre stage."""
SHAPES = ("at", "line", "polyline", "grid", "ring", "points")
_ADDRESS = re.compile(r"(\d{1,5})\.(\d{1,3})")


class FixtureReader:
    """Reads the fixtures of one patch.

    types: the tables [type.NAME], whose keys a fixture of that type takes over. supplies:
    their names.
    """

    def __init__(self, types: Mapping[str, Table], supplies: Mapping[str, float]) -> None:
        self._types, self._supplies = types, supplies

    def read(self, own: Table) -> Fixture:
        """Give a fixture; raises ProductionError naming file, key, found and expected."""
        if own.has("name"):
            own.title = f'fixture "{own.text("name")}"'
        table = own.over(self._type(own)) if self._types else own
        order = _order(table)
        positions = _positions(table)
        fixed, laid = self._channels(table, order, len(positions))
        fixture = Fixture(
            name=own.text("name", own.title.removeprefix("fixture ")),
            order=order,
            positions=positions,
            channels=laid,
            fixed=fixed,
            gamma=table.number("gamma", 1.0, 0.2, 5.0),
            dimmer_max=table.whole("dimmer_max", 255, 1, 255) / 255,
            supply=table.choice("supply", tuple(self._supplies)) if table.has("supply") else None,
            watts=_watts(table, order),
            dither=table.flag("dither") if table.has("dither") else True,
        )
        table.done()
        if fixture.supply is not None and not any(fixture.watts):
            raise table.error("watts", "nothing", "what a pixel draws of its supply at full")
        return fixture

    def _type(self, own: Table) -> Table:
        """Give the table of a fixture's type; where there is only one it needs no naming."""
        names = tuple(self._types)
        if len(names) == 1:
            return self._types[own.choice("type", names, names[0])]
        return self._types[own.choice("type", names)]

    def _channels(
        self, table: Table, order: Order, pixels: int
    ) -> tuple[dict[int, int], NDArray[np.int32]]:
        """Give the channels with a fixed value, and those of each pixel behind them."""
        start = _address(table)
        head = table.given("head")
        values = head if isinstance(head, list) else []
        if head is not None and not (
            0 < len(values) < CHANNELS and all(type(v) is int and 0 <= v < 256 for v in values)
        ):
            raise table.error("head", shown(head), "values 0 to 255 of the channels ahead")
        straddle = table.choice("straddle", get_args(patch.Straddle), "no")
        try:
            fixed = patch.lay(start, 1, len(values), "no")[0].tolist() if values else []
            laid = patch.lay(start + len(values), pixels, len(order), straddle)
        except ValueError as error:
            raise table.fault("address", error) from None
        return dict(zip(fixed, values, strict=True)), laid


def _order(table: Table) -> Order:
    try:
        return channels.order(table.text("channels"))
    except ValueError as error:
        raise table.fault("channels", error) from None


def _address(table: Table) -> int:
    """Give the first channel, universe * 512 + channel - 1."""
    given = table.given("address")
    match = _ADDRESS.fullmatch(given) if isinstance(given, str) else None
    if match is None:
        raise table.error("address", shown(given), 'a text "universe.channel", such as "1.37"')
    universe, channel = int(match[1]), int(match[2])
    if not 1 <= universe <= LAST_UNIVERSE:
        raise table.error("address", f"universe {universe}", f"1 to {LAST_UNIVERSE}")
    if not 1 <= channel <= CHANNELS:
        raise table.error("address", f"channel {channel}", f"1 to {CHANNELS}")
    return universe * CHANNELS + channel - 1


def _watts(table: Table, order: Order) -> tuple[float, ...]:
    """Give what each emitter of a pixel draws at full; of a lone dimmer one number."""
    names = [EMITTERS[row] for row in order.emitters] or ["D"]
    if isinstance(table.given("watts"), dict):
        each = table.table("watts")
        watts = tuple(each.number(name, 0.0, 0.0, 10_000.0) for name in names)
        each.done()
        return watts
    return (table.number("watts", 0.0, 0.0, 10_000.0) / len(names),) * len(names)


def _positions(table: Table) -> NDArray[np.float32]:
    """Give where the pixels are: float32 [n, 3]."""
    shape = [key for key in SHAPES if table.has(key)]
    if len(shape) != 1:
        raise table.error(shape[1] if shape else "at", ", ".join(shape) or "nothing", "one shape")
    key = shape[0]
    given = table.given(key)
    points = [given] if key == "at" else given
    single = len(points) if key in ("at", "points") and isinstance(points, list) else 0
    count = table.whole("pixels", single, 1, LONGEST)
    if not count:
        raise table.error("pixels", "nothing", "how many there are")
    if key == "ring":
        return _ring(table.table(key), count)
    corners = _points(table, key, points)
    if key == "grid":
        return _grid(table, corners, count)
    if key in ("at", "points"):
        if count != len(corners):
            raise table.error("pixels", count, f"{len(corners)}, as there are points")
        return np.array(corners, np.float32)
    if key == "line" and len(corners) != 2:
        raise table.error(key, f"{len(corners)} points", "two, the first and the last pixel")
    return shapes.polyline(corners, count)


def _points(table: Table, key: str, given: object) -> list[Point]:
    points = given if isinstance(given, list) else []
    if not (1 if key in ("at", "points") else 2) <= len(points) <= LONGEST:
        raise table.error(key, shown(given), "points [[x, y, z], …]")
    return [table.point(key, point, FARTHEST) for point in points]


def _grid(table: Table, corners: list[Point], count: int) -> NDArray[np.float32]:
    columns = table.whole("columns", 0, 1, LONGEST)
    if len(corners) != 3:
        expected = "three: the first pixel, the last of its row, the last of the last row"
        raise table.error("grid", f"{len(corners)} points", expected)
    if columns < 1 or count % columns:
        raise table.error("columns", shown(columns or None), f"a divisor of {count} pixels")
    return shapes.grid(corners, columns, count // columns, snake=table.flag("snake"))


def _ring(ring: Table, count: int) -> NDArray[np.float32]:
    given = ring.given("center")
    center = ring.point("center", [0.0, 0.0] if given is None else given, FARTHEST)
    radius = ring.number("radius", None, 0.001, FARTHEST)
    start = ring.number("start", 0.0, -360.0, 360.0)
    ring.done()
    return shapes.ring(center, radius, start, count)
