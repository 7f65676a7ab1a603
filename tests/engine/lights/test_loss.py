"""Frames stop and come again: tables of events on a clock, and the light of a real rig."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.frame import FrameFlag
from engine.lights.levels import Levels
from engine.lights.loss import DARK, Loss, SafeLook
from engine.lights.patch import Patch
from engine.lights.player import Player
from engine.lights.state import Layer, LightState, Override
from tests.engine.lights.rigs import ROW, frame, patch, using

LOOKS = """
[[look]]
name = "blue"
kind = "wash"
color = "#0000ff"
[[look]]
name = "red"
kind = "wash"
color = "#ff0000"
"""
RED, BLUE = (255, 0, 0), (0, 0, 255)


class Shown:
    """Lamps that keep the last levels."""

    def __init__(self) -> None:
        self.all: list[tuple[float, Levels]] = []
        self.at_once = 0

    def put(self, levels: Levels, due: float) -> None:
        self.all.append((due, levels))

    def put_at_once(self, levels: Levels) -> None:
        self.at_once += 1
        self.all.append((-np.inf, levels))

    @property
    def last(self) -> tuple[int, ...]:
        """The first pixel."""
        return tuple(self.all[-1][1].data[0, :3].tolist())


def rig(folder: Path, loss: str) -> Patch:
    return patch(folder, ROW.replace('"RGB"', '"RGB"\ngamma = 1.0\ndither = false') + LOOKS + loss)


def play(player: Player, seconds: float, start: float, *, frames: bool) -> float:
    """Let time pass, with or without frames; give the clock after it."""
    for n in range(1, round(seconds * 60) + 1):
        now = start + n / 60
        if frames:
            player.take(frame(now), now)
        if n % 2:
            player.idle(now)
    return start + seconds


def started(lamps: Shown, folder: Path, loss: str) -> Player:
    player = Player(rig(folder, loss), lamps, 0.0)
    player.meet({"performers": [{"name": "red"}], "delay": 0.0})
    player.lit(using("red").to_json())
    return player


LOSS = '[loss]\nhold = 1.0\nfade = 2.0\nback = 0.5\nlook = "blue"\n'


def test_hold_fade_safe_look_and_back(tmp_path: Path) -> None:
    lamps = Shown()
    player = started(lamps, tmp_path, LOSS)
    now = play(player, 1.0, 0.0, frames=True)
    assert lamps.last == RED
    before = len(lamps.all)
    now = play(player, 0.95, now, frames=False)
    assert len(lamps.all) == before  # held: the lanes repeat what they have
    now = play(player, 1.05, now, frames=False)
    assert lamps.last == pytest.approx((128, 0, 128), abs=15)  # halfway
    now = play(player, 1.5, now, frames=False)
    assert lamps.last == BLUE
    now = play(player, 0.25, now, frames=True)
    assert lamps.last == pytest.approx((128, 0, 128), abs=15)
    play(player, 0.5, now, frames=True)
    assert lamps.last == RED


def test_no_two_pictures_differ_by_a_flash(tmp_path: Path) -> None:
    """Whatever stops and returns when: two pictures in a row are never far from each other."""
    lamps = Shown()
    player = started(lamps, tmp_path, LOSS)
    now = play(player, 0.5, 0.0, frames=True)
    rng = np.random.default_rng(1)
    for _ in range(12):
        now = play(player, float(rng.uniform(0.1, 3.0)), now, frames=False)
        now = play(player, float(rng.uniform(0.05, 0.8)), now, frames=True)
    pictures = np.array([levels.data[0, :3] for _, levels in lamps.all], int)
    passed = np.diff([due for due, _ in lamps.all])
    assert passed.min() > 0
    moved = np.abs(np.diff(pictures, axis=0)).max(axis=1)
    assert (moved < 255 * 1.5 / 0.5 * np.minimum(passed, 0.1) + 2).all()
    assert (pictures.sum(axis=1) > 250).all()  # and nothing dips


def test_a_short_stall_changes_nothing(tmp_path: Path) -> None:
    lamps = Shown()
    player = started(lamps, tmp_path, LOSS)
    now = play(player, 0.5, 0.0, frames=True)
    now = play(player, 0.9, now, frames=False)
    play(player, 0.2, now, frames=True)
    assert {tuple(levels.data[0, :3].tolist()) for _, levels in lamps.all} == {RED}


def test_blackout_wins_over_the_safe_look(tmp_path: Path) -> None:
    lamps = Shown()
    player = started(lamps, tmp_path, LOSS)
    player.take(frame(1.0), 1.0)
    player.take(frame(1.1, flags=FrameFlag.BLACKOUT), 1.1)
    assert lamps.at_once == 1  # it does not wait for its moment
    assert lamps.last == (0, 0, 0)
    play(player, 10.0, 1.1, frames=False)
    assert len(lamps.all) > 100
    assert lamps.last == (0, 0, 0)


def test_without_a_safe_look_the_last_light_stays(tmp_path: Path) -> None:
    lamps = Shown()
    player = started(lamps, tmp_path, "")
    now = play(player, 0.5, 0.0, frames=True)
    before = len(lamps.all)
    play(player, 60.0, now, frames=False)
    assert len(lamps.all) == before


def test_the_safe_look_may_be_dark(tmp_path: Path) -> None:
    lamps = Shown()
    player = started(lamps, tmp_path, f'[loss]\nhold = 1\nfade = 1\nlook = "{DARK}"\n')
    now = play(player, 0.5, 0.0, frames=True)
    play(player, 3.0, now, frames=False)
    assert lamps.last == (0, 0, 0)


def test_the_safe_look_comes_where_no_show_ever_does(tmp_path: Path) -> None:
    lamps = Shown()
    player = Player(rig(tmp_path, LOSS), lamps, 100.0)
    play(player, 5.0, 100.0, frames=False)
    assert lamps.last == BLUE
    assert player.dark().data.sum() == 0


def test_a_hand_gives_way_and_comes_back() -> None:
    hand = Override(1, 2, 0.0, 0.0, (0.0,) * 7, (1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0))
    state = LightState((Layer((), 0.0, 0.0),), overrides=(hand,))
    safe = SafeLook(Loss(hold=1.0, fade=1.0, back=1.0, look="blue"), 0.0)
    assert safe.over(state, 5.0) is state
    safe.move(1.5)
    half = safe.over(state, 5.0)
    assert half.overrides[0].after == (0.5, 0.5, 0.0, 0.0, 0.0, 0.0, 0.0)
    assert half.layers[-1].share(5.0) == 0.5
    safe.move(3.0)
    assert safe.over(state, 5.0).overrides == ()
    for now in (3.0, 3.5, 4.0, 4.5):
        safe.heard(now)
    assert not safe.shows


@given(st.lists(st.tuples(st.floats(0.001, 2.0), st.booleans()), max_size=80))
def test_the_share_moves_no_faster_than_it_is_told(steps: list[tuple[float, bool]]) -> None:
    safe = SafeLook(Loss(hold=0.5, fade=2.0, back=1.0, look="blue"), 0.0)
    now, before = 0.0, 0.0
    for passed, heard in steps:
        now += passed
        if heard:
            safe.heard(now)
        else:
            safe.move(now)
        part = 0.0 - safe.over(LightState(), 0.0).layers[0].start if safe.shows else 0.0
        assert -passed / 1.0 - 1e-9 <= part - before <= passed / 2.0 + 1e-9
        before = part
