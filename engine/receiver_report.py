"""Reports: what a receiver of frames, such as a lighting machine, tells the show of itself.

`{"type": "report", "name": text, "outputs": [{"url": text, "sent": number, "missed":
number, "error": text or null, "detail": text}, …]}` at the WebSocket that its frames come
from, about once a second. A report is shown as it is told, so it is read with care.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

LONGEST_TEXT = 200
MOST_OUTPUTS = 64
MOST_COUNTED = 2**53


@dataclass(frozen=True, slots=True)
class Health:
    """How an output is. sent, missed: pictures. error: why it is away, None while it works."""

    url: str
    sent: int
    missed: int
    error: str | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """What a receiver has told of itself."""

    name: str
    outputs: tuple[Health, ...]


def parse(text: str) -> Report | None:
    """Give the report in a text, None for anything that is none."""
    try:
        told = json.loads(text)
        if not isinstance(told, dict) or told.get("type") != "report":
            return None
        outputs = told["outputs"][:MOST_OUTPUTS]
        return Report(_text(told["name"]), tuple(_health(output) for output in outputs))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def _health(told: dict[str, Any]) -> Health:
    error = told["error"]
    return Health(
        _text(told["url"]),
        _count(told["sent"]),
        _count(told["missed"]),
        None if error is None else _text(error),
        _text(told.get("detail", "")),
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return "".join(c if c.isprintable() else "?" for c in value[:LONGEST_TEXT])


def _count(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < MOST_COUNTED:
        raise TypeError(value)
    return value
