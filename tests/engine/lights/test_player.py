"""When a frame is shown, and what is done with frames that nobody should send."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine.lights.player import Player
from tests.engine.lights.rigs import frame, using
from tests.engine.lights.test_loss import RED, Shown, rig

ENGINE = 100.0
"""The frames' clock is their show time and this (tests.engine.lights.rigs)."""


@pytest.fixture
def lamps() -> Shown:
    return Shown()


@pytest.fixture
def player(lamps: Shown, tmp_path: Path) -> Player:
    found = Player(rig(tmp_path, ""), lamps, 0.0)
    found.meet({"performers": [{"name": "red"}], "delay": 0.05})
    found.lit(using("red").to_json())
    return found


def test_a_frame_is_due_at_its_clock_plus_the_delay(player: Player, lamps: Shown) -> None:
    player.offset.pong(0.0, 0.002, ENGINE + 0.001)
    for n in range(1, 10):
        made = n / 60
        player.take(frame(made), made + 0.003 + 0.002 * (n % 3))  # the network jitters
    assert [due for due, _ in lamps.all] == pytest.approx([n / 60 + 0.05 for n in range(1, 10)])
    assert (player.frames, player.late) == (9, 0)
    assert lamps.last == RED


def test_a_late_frame_is_due_at_once_and_counted(player: Player, lamps: Shown) -> None:
    player.offset.pong(0.0, 0.002, ENGINE + 0.001)
    player.take(frame(1.0), 1.2)
    assert lamps.all[0][0] < 1.2
    assert player.late == 1


def test_without_a_pong_the_quickest_frame_tells_the_clock(player: Player, lamps: Shown) -> None:
    for n, late in enumerate((0.004, 0.001, 0.006)):
        player.take(frame(1 + n / 60), 1 + n / 60 + late)
    # 3 ms earlier than the first told, and the pace is kept
    assert lamps.all[-1][0] == pytest.approx(1 + 2 / 60 + 0.004 + 0.05, abs=0.0002)


def test_swapped_and_doubled_frames_are_dropped(player: Player, lamps: Shown) -> None:
    for show_time in (1.0, 1.2, 1.1, 1.2, 1.3):
        player.take(frame(show_time), show_time)
    assert [levels.show_time for _, levels in lamps.all] == [1.0, 1.2, 1.3]
    assert player.refused == 2


def test_a_new_engine_is_another_clock(player: Player, lamps: Shown) -> None:
    player.offset.pong(0.0, 0.002, ENGINE + 0.001)
    player.take(frame(50.0), 50.0)
    player.take(replace(frame(0.1), clock=3.1), 60.0)
    player.take(replace(frame(0.2), clock=3.2), 60.1)
    assert [due for due, _ in lamps.all[1:]] == pytest.approx([60.05, 60.15])


def test_a_moment_hours_ahead_is_now(player: Player, lamps: Shown) -> None:
    player.offset.pong(0.0, 0.002, ENGINE)
    player.offset.pong(0.1, 0.102, ENGINE + 0.1)
    far = replace(frame(1.0), clock=ENGINE + 9000.0)
    player.take(far, 1.0)
    assert lamps.all[0][0] < 1.0 + 5.0


@pytest.mark.parametrize("name", ["joints", "level", "color"])
def test_a_frame_of_nan_is_dropped(player: Player, lamps: Shown, name: str) -> None:
    good = frame(1.0)
    bad = np.array(getattr(good, name))
    bad.flat[0] = np.nan
    player.take(replace(good, **{name: bad}), 1.0)
    player.take(replace(good, clock=np.inf), 1.0)
    assert lamps.all == []
    assert player.refused == 2


def test_other_performers_make_another_rig(player: Player, lamps: Shown) -> None:
    player.take(frame(1.0), 1.0)
    player.meet({"performers": [{"name": "red"}, {"name": "blue"}], "delay": 0.02})
    player.take(frame(1.1, [(0, 0), (1, 0)]), 1.1)
    assert len(lamps.all) == 2
    for nonsense in ({}, {"performers": 1}, {"performers": [{}]}, {"performers": [], "delay": "x"}):
        with pytest.raises(ValueError, match=r"hello|float"):
            player.meet(nonsense)
    with pytest.raises(ValueError, match="light state"):
        player.lit({"master": 1})
