"""The bytes of OSC 1.0 messages and bundles.

python-osc's builder takes dozens of times as long for a bundle (benchmarks/osc_pack.py),
so the formats lay out their bytes with this; the tests read them with python-osc.
"""

from __future__ import annotations

import struct

BUNDLE = b"#bundle\0" + struct.pack(">Q", 1)
"""How a bundle begins whose time tag says "immediately"."""


def string(text: str) -> bytes:
    """Give an OSC string: zero-terminated, padded to a multiple of four bytes."""
    data = text.encode("ascii") + b"\0"
    return data + b"\0" * (-len(data) % 4)


def head(where: str, types: str, first: str | None = None) -> bytes:
    """Give how a message begins: address and type tags, and its first argument if a string."""
    return string(where) + string("," + types) + (b"" if first is None else string(first))


def element(where: str, types: str, size: int, first: str | None = None) -> bytes:
    """Give how a bundle's element begins that has `size` more bytes of arguments."""
    begins = head(where, types, first)
    return struct.pack(">i", len(begins) + size) + begins
