"""The rig: looks, crossfades, hands and black, from frames to bytes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine.frame import FrameFlag
from engine.lights.overrides import Overrides
from engine.lights.patch import Patch
from engine.lights.state import Layer, LightState, Use
from tests.engine.lights.rigs import ROW, frame, patch, rig_of, using

LOOKS = """
[[look]]
name = "pools"
kind = "follow"
[[look]]
name = "path"
kind = "trail"
[[look]]
name = "white"
kind = "wash"
color = "#808080"
[[look]]
name = "red"
kind = "wash"
color = "#ff0000"
"""
STILL = ROW + "dither = false\n" + LOOKS


@pytest.fixture
def still(tmp_path: Path) -> Patch:
    """The row with some looks, without dithering."""
    return patch(tmp_path, STILL)


def test_levels_are_of_the_frame(still: Patch) -> None:
    levels = rig_of(still).levels(frame(2.0), using("pools"))
    assert (levels.show_time, levels.clock, levels.universes) == (2.0, 102.0, (1,))
    assert levels.data.shape == (1, 512)
    assert levels.data[0, 30:33].tolist() == [255, 0, 0]
    assert not levels.data[0, 63:].any()


def test_every_frame_has_an_array_of_its_own(still: Patch) -> None:
    rig = rig_of(still)
    one = rig.levels(frame(0.0), using("pools")).data
    kept = one.copy()
    rig.levels(frame(0.1, [(1.0, 0.0)]), using("white"))
    assert (one == kept).all()


def test_a_crossfade_between_alike_looks_does_not_dip(still: Patch) -> None:
    rig = rig_of(still)
    state = LightState(
        (Layer((Use("white"),), 0.0, 0.0), Layer((Use("white", (("level", 1.0),)),), 1.0, 2.0))
    )
    seen = {tuple(rig.levels(frame(t / 20), state).data[0, :63].tolist()) for t in range(80)}
    assert len(seen) == 1


def test_a_crossfade_is_linear_in_light(still: Patch) -> None:
    rig = rig_of(still)
    state = LightState((Layer((Use("white"),), 0.0, 0.0), Layer((Use("red"),), 1.0, 2.0)))
    values = np.array([rig.levels(frame(t / 20), state).data[0, :3] for t in range(20, 62)], float)
    share = values[:, 0] - values[0, 0]
    share /= share[-1]
    assert values[:, 1] == pytest.approx(values[0, 1] * (1 - share), abs=1.0)
    assert (np.diff(values[:, 0]) >= 0).all()


def test_looks_in_one_layer_add_up(still: Patch) -> None:
    rig = rig_of(still)
    white = rig.levels(frame(0.0), using("white")).data[0, :3]
    both = rig.levels(frame(0.0), using("white", "red")).data[0, :3]
    assert both[0] == 255
    hue = both[1] / white[1]
    assert hue == pytest.approx(1 / (1 + white[0] / 255), abs=0.05)  # too bright: the hue stays


def test_blackout_by_the_state_or_the_frame(still: Patch) -> None:
    rig = rig_of(still)
    lit = using("white")
    assert rig.levels(frame(0.0), lit).data.any()
    assert not rig.levels(frame(0.0), replace(lit, blackout=True)).data.any()
    assert not rig.levels(frame(0.0, flags=FrameFlag.BLACKOUT), lit).data.any()
    hands = Overrides(21)
    hands.set(1, 21, (1.0,) * 6, 0.0, 0.0)  # type: ignore[arg-type]
    touched = replace(lit, blackout=True, overrides=hands.told(0.0))
    assert not rig.levels(frame(0.0), touched).data.any()


def test_a_look_or_a_value_that_the_rig_does_not_have_gives_nothing(still: Patch) -> None:
    rig = rig_of(still)
    assert not rig.levels(frame(0.0), using("nothing")).data.any()
    odd = LightState((Layer((Use("white", (("level", 99.0), ("none", 1.0))),), 0.0, 0.0),))
    assert (rig.levels(frame(0.0), odd).data == rig.levels(frame(0.0), using("white")).data).all()


def test_a_trail_goes_on_when_its_parameters_change(still: Patch) -> None:
    rig = rig_of(still)
    walk = [frame(i / 60, [(-1.8 + 0.03 * i, 0.0)]) for i in range(120)]
    for seen in walk:
        before = rig.levels(seen, using("path")).data[0, :63].astype(int)
    turned = LightState((Layer((Use("path", (("seconds", 3.0),)),), 0.0, 0.0),))
    after = rig.levels(frame(2.0, [(1.77, 0.0)]), turned).data[0, :63].astype(int)
    assert np.abs(after - before).max() < 6


def hand(*moves: tuple[int, int, tuple[float, ...] | None, float, float], now: float) -> LightState:
    """White everywhere, and a hand that has done the moves."""
    hands = Overrides(21)
    for first, last, color, seconds, clock in moves:
        hands.set(first, last, color, seconds, clock)  # type: ignore[arg-type]
    return replace(using("white"), overrides=hands.told(now))


BLUE = (0.0, 0.0, 1.0, 0.0, 0.0, 0.0)


def test_a_hand_fades_over_the_looks_by_the_engines_clock(still: Patch) -> None:
    rig = rig_of(still)
    state = hand((3, 3, BLUE, 2.0, 100.0), now=100.0)
    white = rig.levels(frame(0.0), using("white")).data[0].astype(int)
    half = rig.levels(frame(1.0), state).data[0].astype(int)
    full = rig.levels(frame(2.5), state).data[0].astype(int)
    assert half[6:9].tolist() == pytest.approx(
        [white[0] / 2, white[0] / 2, 128 + white[0] / 2], abs=1
    )
    assert full[6:9].tolist() == [0, 0, 255]
    assert (full[9:63] == white[9:63]).all()
    assert (full[:6] == white[:6]).all()


def test_a_hand_lets_go_softly_and_can_change_its_mind(still: Patch) -> None:
    rig = rig_of(still)
    moves = ((1, 21, BLUE, 0.0, 100.0), (5, 5, None, 1.0, 101.0))
    state = hand(*moves, now=101.0)
    assert rig.levels(frame(1.5), state).data[0, 12:15].tolist() == pytest.approx(
        [28, 28, 155], abs=3
    )
    assert rig.levels(frame(3.0), state).data[0, 12:15].tolist() == [55] * 3
    state = hand(*moves, (5, 5, BLUE, 1.0, 101.5), now=101.5)
    assert rig.levels(frame(1.5), state).data[0, 12:15].tolist() == pytest.approx(
        [28, 28, 155], abs=3
    )
    assert rig.levels(frame(2.6), state).data[0, 12:15].tolist() == [0, 0, 255]
