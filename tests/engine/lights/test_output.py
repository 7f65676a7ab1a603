"""The output stage: gamma, dimmers, supplies, 8 and 16 bits, and black."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.lights.light import Light
from engine.lights.output import Output
from tests.engine.lights.rigs import patch

ONE = """
[[fixture]]
name = "one"
channels = "{channels}"
address = "1.1"
at = [0, 0]
dither = false
{more}
"""


def values(
    folder: Path, channels: str, more: str, *light: float, master: float = 1.0, frame: int = 0
) -> list[int]:
    """The channels of one pixel."""
    output = Output(patch(folder, ONE.format(channels=channels, more=more)))
    asked = Light(1)
    asked.rows[: len(light), 0] = light
    asked.plain = len(light) == 3
    data = output.levels(asked, master=master, blackout=False, frame=frame)
    return data[0, : len(channels.replace("UV", "U").replace("uv", "u"))].tolist()


@pytest.mark.parametrize(
    ("channels", "more", "light", "expected"),
    [
        ("RGB", "", (1, 0.5, 0), [255, 128, 0]),
        ("GRB", "", (1, 0.5, 0), [128, 255, 0]),
        ("RGBWAUV", "", (0, 0, 0, 0.2, 0, 0, 1, 0.5, 0.25), [51, 0, 0, 255, 128, 64]),
        ("RGB", "gamma = 2.0", (0.25, 0.01, 1), [128, 26, 255]),
        ("RGB", "dimmer_max = 100", (1, 0.5, 0), [100, 50, 0]),
        ("DRGB", "", (0.5, 0.25, 0), [128, 255, 128, 0]),
        ("DRGB", "", (0, 0, 0), [0, 0, 0, 0]),
        ("DRGB", "dimmer_max = 51", (1, 0.5, 0), [51, 255, 128, 0]),
        ("D", "", (0.2, 0.5, 0.1), [128]),
        ("RrGgBb", "", (1, 0.5, 0), [255, 255, 128, 0, 0, 0]),
        ("Dd", "", (0.5, 0, 0), [128, 0]),
        ("_R_", "", (1, 0, 0), [0, 255, 0]),
    ],
)
def test_a_pixel(
    tmp_path: Path, channels: str, more: str, light: tuple[float, ...], expected: list[int]
) -> None:
    assert values(tmp_path, channels, more, *light) == expected


def test_the_master_dims_everything(tmp_path: Path) -> None:
    assert values(tmp_path, "RGB", "", 1, 0.5, 0, master=0.5) == [128, 64, 0]
    assert values(tmp_path, "RGB", "", 1, 0.5, 0, master=0) == [0, 0, 0]


def test_dithering_gives_the_16_bit_value_in_the_mean(tmp_path: Path) -> None:
    text = ONE.format(channels="RGB", more="").replace("false", "true")
    output = Output(patch(tmp_path, text))
    light = Light(1)
    light.rows[:3, 0] = 0.3, 0.001, 0.0
    frames = [output.levels(light, master=1.0, blackout=False, frame=k)[0, :3] for k in range(257)]
    mean = np.mean(frames, axis=0) / 255
    assert mean == pytest.approx([0.3, 0.001, 0.0], abs=1 / 65535)
    assert not np.array(frames)[:, 2].any()


SUPPLIES = """
[supply.small]
watts = 10
[supply.large]
amperes = 2
volts = 12
[[fixture]]
name = "a"
channels = "RGB"
pixels = 10
address = "1.1"
line = [[0, 0], [1, 0]]
supply = "small"
watts = 3
dither = false
[[fixture]]
name = "b"
channels = "RGBW"
pixels = 4
address = "2.1"
line = [[0, 0], [1, 0]]
supply = "large"
watts = { R = 1, W = 2 }
dither = false
[[fixture]]
name = "c"
channels = "RGB"
address = "3.1"
at = [0, 0]
dither = false
"""


def limited(folder: Path, red: float) -> tuple[float, NDArray[np.uint8]]:
    """Watts of the small supply, and all values, for one red everywhere."""
    output = Output(patch(folder, SUPPLIES))
    light = Light(15)
    light.rows[0] = red
    data = output.levels(light, master=1.0, blackout=False, frame=0)
    return float(data[0, :30].sum() / 255), data


def test_a_supply_gives_no_more_than_it_can(tmp_path: Path) -> None:
    watts, data = limited(tmp_path, 1.0)
    assert watts == pytest.approx(10.0, abs=0.05)  # one watt a channel at full
    assert data[1, :8].tolist() == [255, 0, 0, 0] * 2  # 4 W of 24
    assert data[2, :3].tolist() == [255, 0, 0]


def test_the_limit_is_linear_and_smooth(tmp_path: Path) -> None:
    reds = np.linspace(0, 1, 401)
    seen = np.array([limited(tmp_path, float(red))[1][0, 0] for red in reds], float)
    assert (np.diff(seen) >= 0).all()
    assert np.diff(seen).max() <= 1
    assert seen[100] == pytest.approx(255 * 0.25, abs=1)


def test_16_bits_lose_nothing(tmp_path: Path) -> None:
    for value in (0, 1, 255, 256, 12345, 65535):
        coarse, fine = values(tmp_path, "Rr", "", value / 65535, 0, 0)
        assert coarse * 256 + fine == value


def test_blackout_wins_over_all_but_fixed_channels(tmp_path: Path) -> None:
    output = Output(patch(tmp_path, ONE.format(channels="RGB", more="head = [7, 255]")))
    light = Light(1)
    light.rows[:] = 1.0
    data = output.levels(light, master=1.0, blackout=False, frame=0)
    assert data[0, :5].tolist() == [7, 255, 255, 255, 255]
    dark = output.levels(light, master=1.0, blackout=True, frame=0)
    assert dark[0, :5].tolist() == [7, 255, 0, 0, 0]
    assert dark.sum() == 262
