"""Golden universes: what goes out for fixed frames is what went out before."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.lights import message
from tests.vectors import make_lights

VECTORS = Path(__file__).parents[2] / "vectors" / "lights.json"
KEPT: dict[str, dict[str, str]] = json.loads(VECTORS.read_text())


@pytest.fixture(scope="module")
def made() -> dict[str, dict[str, str]]:
    return make_lights.vectors()


@pytest.mark.parametrize("state", KEPT)
def test_the_bytes_are_those_that_were_kept(state: str, made: dict[str, dict[str, str]]) -> None:
    for frame, kept in KEPT[state].items():
        before = message.unpack(bytes.fromhex(kept))
        now = message.unpack(bytes.fromhex(made[state][frame]))
        assert now.universes == before.universes
        # Another processor may round a float otherwise, and so a byte in a few hundred.
        assert (now.data != before.data).sum() <= 2, (state, frame)


def test_every_state_is_kept_and_most_give_light(made: dict[str, dict[str, str]]) -> None:
    assert set(made) == set(KEPT)
    for state, frames in KEPT.items():
        lit = [message.unpack(bytes.fromhex(packed)).data.any() for packed in frames.values()]
        assert any(lit) == (state != "blackout"), state


def test_the_supply_of_the_bench_holds_in_every_frame() -> None:
    for state, frames in KEPT.items():
        for packed in frames.values():
            levels = message.unpack(bytes.fromhex(packed))
            bench = levels.data[1, 29:45]
            assert bench.sum() / 255 * 2 <= 20.3, state  # 2 W a channel
