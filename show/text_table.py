"""A table for a person to read in a terminal."""

from __future__ import annotations

from collections.abc import Sequence


def text_table(rows: Sequence[tuple[str, ...]]) -> str:
    """Give a line for each row, columns of equal width, the first row set off as the head."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(f"{cell:{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    return "\n".join([lines[0], "-" * max(map(len, lines)), *lines[1:]])
