"""The options of an output's URL, each with its range; what is wrong is named in one line."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping
from typing import overload

from engine import address
from engine.errors import AddressError

UNIVERSES = re.compile(r"(\d{1,5})(?:-(\d{1,5})|:(\d{1,5}))?")


class UrlOptions:
    """Reads options. Every method raises AddressError naming URL, option, found, expected."""

    def __init__(self, url: str, options: Mapping[str, str]) -> None:
        self._url, self._options = url, options

    def text(self, key: str, default: str) -> str:
        """Give a text."""
        return self._options.get(key, default)

    def choice(self, key: str, choices: Collection[str], default: str | None = None) -> str:
        """Give one of the choices; required where there is no default."""
        value = self._options.get(key, default)
        if value is None:
            expected = f"{key}={'|'.join(choices)}"
            raise AddressError(self._url, found=f"no {key}", expected=expected)
        if value not in choices:
            raise self._error(key, address.nearest(value, choices))
        return value

    @overload
    def number(self, key: str, default: float, low: float, high: float) -> float: ...
    @overload
    def number(self, key: str, default: None, low: float, high: float) -> float | None: ...
    def number(self, key: str, default: float | None, low: float, high: float) -> float | None:
        """Give a number from low to high."""
        text = self._options.get(key)
        if text is None:
            return default
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not low <= value <= high:
            raise self._error(key, f"a number from {low:g} to {high:g}")
        return value

    def whole(self, key: str, default: int, low: int, high: int) -> int:
        """Give a whole number from low to high."""
        text = self._options.get(key)
        if text is None:
            return default
        if not re.fullmatch(r"-?\d{1,9}", text) or not low <= int(text) <= high:
            raise self._error(key, f"a whole number from {low} to {high}")
        return int(text)

    def universes(self) -> dict[int, int]:
        """Give which universes go out, by the number of the patch, with that on the wire."""
        text = self._options.get("universes")
        found: dict[int, int] = {}
        for part in text.split(",") if text is not None else ():
            match = UNIVERSES.fullmatch(part)
            if match is None:
                raise self._error("universes", "such as 1-4,7 or 1:10")
            first, last = int(match[1]), int(match[2] or match[1])
            if last < first:
                raise self._error("universes", f"such as {last}-{first}")
            for universe in range(first, last + 1):
                found[universe] = int(match[3] or universe)
        return found

    def _error(self, key: str, expected: str) -> AddressError:
        return AddressError(self._url, key, found=repr(self._options[key]), expected=expected)
