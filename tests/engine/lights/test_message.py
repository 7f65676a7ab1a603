"""Levels as a message: the vectors that the pages' tests share, and what is refused."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.lights import message
from tests.vectors import make_levels

VECTORS = Path(__file__).parents[2] / "vectors" / "levels.json"


@pytest.fixture(scope="module")
def vectors() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(VECTORS.read_text())
    return found


def test_the_vectors_are_what_is_written_today(vectors: dict[str, Any]) -> None:
    assert json.loads(json.dumps(make_levels.vectors())) == vectors


def test_a_message_gives_back_its_levels(vectors: dict[str, Any]) -> None:
    for vector in vectors["messages"]:
        levels = message.unpack(bytes.fromhex(vector["hex"]))
        assert (levels.show_time, levels.clock) == (vector["showTime"], vector["clock"])
        assert [str(universe) for universe in levels.universes] == list(vector["values"])
        for row, values in zip(levels.data, vector["values"].values(), strict=True):
            assert row[: len(values)].tolist() == values
            assert not row[len(values) :].any()
        lengths = {u: len(vector["values"][str(u)]) for u in levels.universes}
        assert message.pack(levels, lengths).hex() == vector["hex"]


def test_other_bytes_are_refused(vectors: dict[str, Any]) -> None:
    good = bytes.fromhex(vectors["messages"][1]["hex"])
    for bad, found in (
        (good[:10], "found 10 bytes, expected at least 24"),
        (b"FGRT" + good[4:], "found magic b'FGRT', expected b'FGLV'"),
        (good[:4] + b"\2" + good[5:], "found version 2, expected 1"),
        (good[:-1], "bytes, expected"),
        (good + b"\0", "bytes, expected"),
        (good[:24], "bytes, expected"),
    ):
        with pytest.raises(ValueError, match="levels: ") as raised:
            message.unpack(bad)
        assert found in str(raised.value)
    rng = np.random.default_rng(3)
    for _ in range(300):
        broken = bytearray(good)
        broken[rng.integers(6, len(good))] = rng.integers(256)
        with contextlib.suppress(ValueError):  # and nothing else
            message.unpack(bytes(broken))
