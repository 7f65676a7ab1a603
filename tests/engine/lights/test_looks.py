"""Looks: the light that each kind gives of a scene."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

from engine.errors import ProductionError
from engine.lights.look import Look
from engine.lights.looks.energy import Energy
from engine.lights.looks.follow import Follow
from engine.lights.looks.gradient import Gradient
from engine.lights.looks.key_frames import KeyFrames
from engine.lights.looks.positions import Positions
from engine.lights.looks.pulse import Pulse
from engine.lights.looks.trail import Trail
from engine.lights.looks.wash import Wash
from engine.lights.looks.window import Window
from engine.lights.patch import Patch
from tests.dancing import STANDING
from tests.engine.lights.rigs import ROW, frame, light_of, patch

BARS = """
[type.bar]
channels = "RGB"
pixels = 12
[[fixture]]
address = "1.1"
line = [[-1.1, 0], [1.1, 0]]
[[fixture]]
address = "1.37"
line = [[-1.1, 1], [1.1, 1]]
"""


@pytest.fixture
def row(tmp_path: Path) -> Patch:
    """21 pixels from -2 to 2 m across the stage."""
    return patch(tmp_path, ROW)


@pytest.fixture
def bars(tmp_path: Path) -> Patch:
    """Two bars of 12 pixels 0.2 m apart, the second one a metre upstage."""
    return patch(tmp_path, BARS)


def test_follow_is_a_soft_pool_in_the_dancers_color(row: Patch) -> None:
    light = light_of(Follow(radius=1.0), row, frame(0.0, [(0.4, 0.0)])).rows
    assert light[0].argmax() == 12
    assert light[0, 12] == pytest.approx(1.0)
    assert not light[1:].any()
    assert light[0, 12 - 5 : 12 + 6] == pytest.approx(light[0, 12 - 5 : 12 + 6][::-1], abs=1e-5)
    assert light[0, 7] == pytest.approx(0.0, abs=1e-6)
    assert (np.diff(light[0, :13]) >= -1e-6).all()


def test_follow_adds_where_pools_meet_and_goes_with_the_level(row: Patch) -> None:
    both = light_of(Follow(), row, frame(0.0, [(0.0, 0.0), (0.4, 0.0)], level=0.5)).rows
    assert both[0, 10] == pytest.approx(0.5)
    assert both[1, 12] == pytest.approx(0.5)
    assert both[0, 12] > 0.2
    gone = light_of(Follow(), row, frame(0.0, [(0.0, 0.0)], level=0.0)).rows
    assert not gone.any()


def test_follow_one_performer_a_joint_or_a_wall(row: Patch) -> None:
    seen = frame(0.0, [(-1.0, 0.0), (1.0, 0.0)])
    green = light_of(Follow(who=("green",), color="#ffffff"), row, seen).rows
    assert green[2].argmax() == 15
    hand = light_of(Follow(at=("left_wrist",), radius=0.5), row, seen).rows
    assert hand[0].argmax() == 10 + round((-1.0 + STANDING[13, 0]) / 0.2)
    wall = light_of(Follow(at=("left_wrist",), radius=0.5, plane="wall"), row, seen).rows
    assert not wall.any()  # the hand is at 0.86 m, the pixels are on the floor


def test_follow_with_the_emitters_by_name(row: Patch) -> None:
    light = light_of(Follow(color="#000000ff8040"), row, frame(0.0))
    assert not light.plain
    assert light.rows[:, 10] == pytest.approx([0] * 6 + [1.0, 128 / 255, 64 / 255])


def test_window_dims_five_pixels_around_the_dancer(bars: Patch) -> None:
    light = light_of(Window(), bars, frame(0.0, [(0.1, 0.0)])).rows[0]
    assert light[:12] == pytest.approx(
        [0, 0, 0, 0, 1 / 3, 2 / 3, 1, 2 / 3, 1 / 3, 0, 0, 0], abs=1e-5
    )
    assert not light[12:].any()


def test_window_slides_and_changes_bars_without_a_jump(bars: Patch) -> None:
    seen = [
        light_of(Window(), bars, frame(0.0, [(x, y)])).rows[0]
        for x, y in [(-0.5 + 0.01 * i, 0.02 * i) for i in range(60)]
    ]
    assert np.abs(np.diff(seen, axis=0)).max() < 0.12
    assert seen[-1][:12].max() < 0.1
    assert seen[-1][12:].max() > 0.9


def test_window_over_the_whole_rig_counts_on_from_bar_to_bar(bars: Patch) -> None:
    light = light_of(Window(run="rig"), bars, frame(0.0, [(1.1, 0.0)])).rows[0]
    assert light[9:14] == pytest.approx([1 / 3, 2 / 3, 1, 2 / 3, 1 / 3], abs=1e-5)


def energetic(row: Patch, speed: float, look: Look) -> np.ndarray:
    """The light [6] after two seconds of all joints at a speed in m/s."""
    frames = [frame(i / 60, [(speed * i / 60, 0.0)]) for i in range(120)]
    return light_of(look, row, *frames).rows[:, 0]


def test_energy_goes_through_its_colors(row: Patch) -> None:
    look = Energy(colors=("#0000ff", "#ff0000"), calm=0.0, lively=0.5, rest=0.1)
    assert energetic(row, 0.0, look)[:3] == pytest.approx([0, 0, 0.1], abs=1e-4)
    assert energetic(row, 2.0, look)[:3] == pytest.approx([1, 0, 0], abs=0.02)
    middle = energetic(row, math.sqrt(0.5), look)[:3]
    assert middle == pytest.approx([0.275, 0, 0.275], abs=0.02)


def test_a_jump_of_the_body_or_of_time_is_no_energy(row: Patch) -> None:
    look = Energy(rest=0.0)
    still = [frame(i / 60) for i in range(30)]
    calm = light_of(look, row, *still, frame(60.0, [(2.0, 1.0)]), frame(60 + 1 / 60, [(2.0, 1.0)]))
    assert not calm.rows.any()
    wild = light_of(look, row, *still, frame(0.5, [(2.0, 1.0)]))
    assert wild.rows.max() < 0.2


def test_a_trail_fades_behind_the_dancer(row: Patch) -> None:
    walk = [frame(i / 60, [(-1.8 + 0.03 * i, 0.0)]) for i in range(120)]
    light = light_of(Trail(seconds=2.0, radius=0.5), row, *walk).rows[0]
    assert light[19] > 0.9
    assert (np.diff(light[3:19]) > 0).all()
    assert 0.05 < light[3] < 0.2


def test_a_trail_does_not_flash_when_time_jumps(row: Patch) -> None:
    walk = [frame(i / 60, [(-1.8 + 0.03 * i, 0.0)]) for i in range(60)]
    look = Trail(seconds=2.0, radius=0.5)
    before = light_of(look, row, *walk).rows[0].copy()
    for jump in (500.0, 0.1):
        after = light_of(look, row, *walk, frame(jump, [(-1.8 + 0.03 * 59, 0.0)])).rows[0]
        assert np.abs(after - before).max() < 1e-6


def test_wash_and_gradient(row: Patch) -> None:
    wash = light_of(Wash(color="#ff8000", level=0.5), row, frame(0.0)).rows
    assert wash[:3, 3] == pytest.approx([0.5, 0.5 * 0.2158605, 0], abs=1e-5)
    look = Gradient(colors=("#ff0000", "#0000ff"), length=2.0)
    light = light_of(look, row, frame(0.0)).rows
    assert light[0, 10] == pytest.approx(1.0, abs=1e-3)  # the first color at centre stage
    assert light[2, 20] == pytest.approx(1.0, abs=1e-3)  # the last one 2 m away
    assert light[0, 15] == pytest.approx(0.5, abs=1e-2)
    drifted = light_of(look, row, frame(0.0), turns=0.5).rows
    assert drifted[2, 10] == pytest.approx(1.0, abs=1e-3)
    tilted = light_of(Gradient(tilt=90.0), row, frame(0.0)).rows
    assert np.ptp(tilted[0]) < 1e-6


def test_a_pulse_is_a_cosine_on_the_beat(row: Patch) -> None:
    look = Pulse(bpm=60, low=0.2)
    seen = [light_of(look, row, frame(0.0), turns=t).rows[0, 0] for t in (0, 0.25, 0.5, 1)]
    assert seen == pytest.approx([1.0, 0.6, 0.2, 1.0], abs=1e-5)


@pytest.mark.parametrize(
    ("bpm", "beats", "flashes"),
    [(120, 1, 2), (180, 1, 3), (181, 1, 181 / 120), (300, 0.25, 2.5), (120, 4, 0.5), (0, 1, 0)],
)
def test_a_pulse_is_never_faster_than_is_safe(bpm: float, beats: float, flashes: float) -> None:
    assert Pulse(bpm=bpm, beats=beats).turning(3.0) == pytest.approx(flashes)


def write(folder: Path, told: object) -> None:
    (folder / "leds.json").write_text(json.dumps(told))


def test_positions_light_the_leds_of_the_frame(row: Patch, tmp_path: Path) -> None:
    write(tmp_path, {"bones": {}, "positions": {"0": [1, 2], "2": [3], "10": []}})
    look = Positions(file="leds.json", fade=0.0).loaded(tmp_path, 21)
    lit = {
        t: np.flatnonzero(light_of(look, row, frame(t / 25)).rows[0] > 0.5) + 1 for t in range(12)
    }
    assert [lit[t].tolist() for t in (0, 1, 2, 9, 10, 11)] == [[1, 2], [1, 2], [3], [3], [], []]
    between = light_of(look, row, frame(1.5 / 25)).rows[0]
    assert between[:3] == pytest.approx([0.5] * 3)
    fading = Positions(file="leds.json", fade=0.2).loaded(tmp_path, 21)
    assert light_of(fading, row, frame(6 / 25)).rows[0, 0] == pytest.approx(math.exp(-3), abs=1e-4)


@pytest.mark.parametrize(
    ("told", "message"),
    [
        ({"positions": {"7": [22]}}, "frame 7: found LED 22, expected 1 to 21"),
        ({"positions": {"7": [0]}}, "frame 7: found LED 0, expected 1 to 21"),
        ({"positions": {"x": [1]}}, "positions: found 'x', expected the number of a frame"),
        ({"positions": [1]}, "positions: found [1], expected"),
        ([], "positions: found None, expected"),
    ],
)
def test_positions_name_their_faults(tmp_path: Path, told: object, message: str) -> None:
    write(tmp_path, told)
    with pytest.raises(ProductionError) as raised:
        Positions(file="leds.json").loaded(tmp_path, 21)
    assert message in str(raised.value)


def test_key_frames_blend_in_linear_light(row: Patch, tmp_path: Path) -> None:
    write(
        tmp_path,
        {"colors": {"0": "000000000000", "50": {"all": "ff0000ff0000"}, "100": {"1-2": "#0000ff"}}},
    )
    look = KeyFrames(file="leds.json").loaded(tmp_path, 21)
    light = light_of(look, row, frame(1.0)).rows
    assert light[:, 5] == pytest.approx([0, 0, 0, 0.5, 0, 0, 0.5, 0, 0])
    light = light_of(look, row, frame(3.0)).rows
    assert light[:, 5] == pytest.approx([0, 0, 0, 1, 0, 0, 1, 0, 0])
    assert light[:, 1] == pytest.approx([0, 0, 0.5, 0.5, 0, 0, 0.5, 0, 0])
    assert light_of(look, row, frame(60.0)).rows[:, 0] == pytest.approx([0, 0, 1, *[0] * 6])


@pytest.mark.parametrize(
    ("told", "message"),
    [
        ({"3": "ff00"}, "frame 3: found 'ff00', expected a color of 6 or 12"),
        ({"3": {"22": "ff0000"}}, "frame 3: found LED '22', expected \"all\", 1 to 21"),
        ({"3": {"5-2": "ff0000"}}, "frame 3: found LED '5-2'"),
    ],
)
def test_key_frames_name_their_faults(tmp_path: Path, told: object, message: str) -> None:
    write(tmp_path, {"colors": told})
    with pytest.raises(ProductionError) as raised:
        KeyFrames(file="leds.json").loaded(tmp_path, 21)
    assert message in str(raised.value)
