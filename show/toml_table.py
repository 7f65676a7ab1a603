"""A table of a TOML file, read key by key; what is wrong is named with its place."""

from __future__ import annotations

import difflib
import math
import tomllib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, TypeVar

from engine.errors import ProductionError
from show import timecode

LONGEST_TIME = 86_400.0
T = TypeVar("T")


class Table:
    """Reads the keys of one table, each with its type and range.

    title: the place of the table as errors name it. prefix: the keys between that and
    this table, "performers.red.". Every method raises ProductionError naming file, key,
    found and expected. `done` is called last: a key that nothing has asked for is an
    error that names the nearest one.
    """

    def __init__(
        self, path: Path, values: Mapping[str, Any], title: str = "", prefix: str = ""
    ) -> None:
        self.path, self.title, self.prefix = path, title, prefix
        self._values = values
        self._known: list[str] = []
        self._inherited: dict[str, str] = {}

    def has(self, key: str) -> bool:
        """Tell whether the key is there."""
        return self._get(key) is not None

    def text(self, key: str, default: str | None = None) -> str:
        """Give a text; required where there is no default."""
        return self._typed(key, str, "a text", default)

    def written(self, key: str) -> str:
        """Give a value as an error shows it."""
        return shown(self._get(key))

    def flag(self, key: str, *, default: bool = False) -> bool:
        """Give true or false."""
        return self._typed(key, bool, "true or false", default)

    def choice(self, key: str, choices: Collection[T], default: T | None = None) -> T:
        """Give one of the choices."""
        value = self._get(key)
        if value is None and default is not None:
            return default
        for choice in choices:
            if value == choice and type(value) in (type(choice), int):
                return choice
        options = ", ".join(str(choice) for choice in choices)
        raise self.error(key, shown(value), f"one of {options}")

    def number(self, key: str, default: float | None, low: float, high: float) -> float:
        """Give a number from low to high; required where there is no default."""
        value = self._get(key)
        if value is None and default is not None:
            return default
        if not _is_number(value) or not low <= value <= high:
            raise self.error(key, shown(value), f"a number from {low:g} to {high:g}")
        return float(value)

    def whole(self, key: str, default: int, low: int = 0, high: int = 2**32 - 1) -> int:
        """Give a whole number from low to high."""
        value = self._get(key)
        if value is None:
            return default
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise self.error(key, shown(value), f"a whole number from {low} to {high}")
        return value

    def given(self, key: str) -> object:
        """Give a value as it is written, None where the key is absent."""
        value: object = self._get(key)
        return value

    def point(self, key: str, value: object, limit: float) -> tuple[float, float, float]:
        """Give [x, y] or [x, y, z], a part of this key's value, each within its limit.

        z is 0 where it is left out.
        """
        numbers = value if isinstance(value, list) else []
        if len(numbers) not in (2, 3) or not all(
            _is_number(number) and abs(number) <= limit for number in numbers
        ):
            raise self.error(key, shown(value), f"[x, y] or [x, y, z], each within ±{limit:g}")
        x, y, z = (*map(float, numbers), 0.0)[:3]
        return x, y, z

    def time(self, key: str, default: float, rate: timecode.Rate) -> float:
        """Give seconds, written as a number or as "hh:mm:ss:ff" or "mm:ss".

        rate: of the timecode.
        """
        value = self._get(key)
        if not isinstance(value, str):
            return self.number(key, default, 0.0, LONGEST_TIME)
        try:
            return timecode.parse(value, rate)
        except ValueError as error:
            raise self.fault(key, error) from None

    def rate(self, key: str, default: timecode.Rate) -> timecode.Rate:
        """Give the rate of a timecode, written 25 or "29.97ndf"."""
        value = self._get(key)
        if value is None:
            return default
        try:
            return timecode.rate(f"{value:g}" if _is_number(value) else str(value))
        except ValueError:
            options = ", ".join(
                name if name[-1].isdigit() else f'"{name}"' for name in timecode.RATES
            )
            raise self.error(key, shown(value), f"one of {options}") from None

    def pair(
        self, key: str, default: tuple[float, float] | None, limits: tuple[float, float]
    ) -> tuple[float, float] | None:
        """Give two numbers [x, y], the size of each within its limit."""
        value = self._get(key)
        if value is None:
            return default
        expected = f"two numbers [x, y] within ±{limits[0]:g} and ±{limits[1]:g}"
        if not isinstance(value, list) or len(value) != 2 or not all(map(_is_number, value)):
            raise self.error(key, shown(value), expected)
        if abs(value[0]) > limits[0] or abs(value[1]) > limits[1]:
            raise self.error(key, shown(value), expected)
        return float(value[0]), float(value[1])

    def file(self, key: str, folder: Path, default: str | None = None) -> Path:
        """Give the path of a file in a folder."""
        path = folder / self.text(key, default)
        if not path.is_file():
            raise self.error(key, f"no file {path}", "a file in the production's folder")
        return path

    def table(self, key: str) -> Table:
        """Give a table inside this one, an empty one where the key is absent."""
        value = self._get(key)
        if value is not None and not isinstance(value, dict):
            raise self.error(key, shown(value), f"a table [{key}]")
        if not self.title:
            return Table(self.path, value or {}, key)
        return Table(self.path, value or {}, self.title, f"{self.prefix}{key}.")

    def tables(self, key: str) -> list[Table]:
        """Give the tables of an array, written [[key]]."""
        value = self._get(key) or []
        if not isinstance(value, list) or not all(isinstance(v, dict) for v in value):
            raise self.error(key, shown(value), f"tables [[{key}]]")
        return [Table(self.path, entry, f"{key} {n}") for n, entry in enumerate(value, 1)]

    def names(self) -> list[str]:
        """Give the keys as they are written; they count as asked for."""
        self._known += self._values
        return list(self._values)

    def over(self, defaults: Table) -> Table:
        """Give this table with the other's values where it has none; errors name whose."""
        table = Table(self.path, {**defaults._values, **self._values}, self.title, self.prefix)
        table._inherited = {
            key: defaults.prefix for key in defaults._values if key not in self._values
        }
        return table

    def done(self) -> None:
        """Refuse the keys that nothing has asked for."""
        for key in self._values:
            if key not in self._known:
                near = difflib.get_close_matches(key, self._known, 1, cutoff=0.0)
                nearest = f'"{near[0]}" perhaps, or one of ' if near else "one of "
                raise ProductionError(
                    self.path,
                    self._place(key),
                    found="an unknown key",
                    expected=nearest + ", ".join(dict.fromkeys(self._known)),
                )

    def error(self, key: str, found: object, expected: str) -> ProductionError:
        """Give the error for a key's value."""
        return ProductionError(self.path, self._place(key), found=found, expected=expected)

    def fault(self, key: str, error: ValueError) -> ProductionError:
        """Give the error for a key whose value is refused with "found …, expected …"."""
        return ProductionError(self.path, self._place(key), found=_found(error))

    def _get(self, key: str) -> Any:
        self._known.append(key)
        return self._values.get(key)

    def _typed(self, key: str, kind: type[T], name: str, default: T | None) -> T:
        value = self._get(key)
        if value is None and default is not None:
            return default
        if not isinstance(value, kind):
            raise self.error(key, shown(value), name)
        return value

    def _place(self, key: str) -> str:
        name = key if key.isprintable() else timecode.quoted(key)
        prefix = self._inherited.get(key, self.prefix)
        return f"{self.title} · {prefix}{name}" if self.title else name


def load(path: Path) -> Table:
    """Give the whole of a TOML file.

    Raises ProductionError where it is missing or no TOML, with the line.
    """
    try:
        return Table(path, tomllib.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise ProductionError(path, found="no such file", expected="a TOML file") from None
    except OSError as error:
        raise ProductionError(path, found=error.strerror, expected="a TOML file") from None
    except UnicodeDecodeError as error:
        found = f"byte {error.start} that is no UTF-8"
        raise ProductionError(path, found=found, expected="TOML") from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ProductionError(path, found=str(error) or "nesting", expected="TOML") from None


def _is_number(value: object) -> bool:
    return (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and abs(value) < 1e18
        and math.isfinite(value)
    )


def shown(value: object) -> str:
    """Give a value as an error shows it, in one line."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    return (timecode.quoted(value) if isinstance(value, str) else repr(value))[:80]


def _found(error: ValueError) -> str:
    return str(error).removeprefix("found ")
