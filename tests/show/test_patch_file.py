"""patch.toml: fixtures, shapes and looks, and one line for each fault."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.errors import ProductionError
from engine.lights.looks.follow import Follow
from engine.lights.patch import Patch
from show import patch_file

RGB = '[[fixture]]\nname = "a"\nchannels = "RGB"\n'


def read(folder: Path, text: str) -> Patch:
    path = folder / "patch.toml"
    path.write_text(text, encoding="utf-8")
    return patch_file.read(path)


def test_a_bar_of_twelve_is_three_lines(tmp_path: Path) -> None:
    text = """
    [type.bar]
    channels = "RGBWAUV"
    pixels = 12
    dimmer_max = 100
    [[fixture]]
    address = "1.1"
    line = [[-3, 2], [2.5, 2]]
    [[fixture]]
    address = "2.73"
    line = [[-3, 0, 1], [2.5, 0, 1]]
    """
    found = read(tmp_path, text)
    assert found.universes == (1, 2)
    assert found.lengths == {1: 72, 2: 144}
    one, two = found.fixtures
    assert (one.name, two.name) == ("1", "2")
    assert one.channels[11].tolist() == list(range(512 + 66, 512 + 72))
    assert two.channels[0, 0] == 2 * 512 + 72
    assert one.positions[0].tolist() == [-3, 2, 0]
    assert one.positions[11].tolist() == [2.5, 2, 0]
    assert two.positions[:, 2].tolist() == [1] * 12
    assert one.dimmer_max == pytest.approx(100 / 255)


SHAPES = {
    "at = [1, 2, 3]": [(1, 2, 3)],
    "pixels = 3\nline = [[0, 0], [2, 0]]": [(0, 0, 0), (1, 0, 0), (2, 0, 0)],
    "pixels = 5\npolyline = [[0, 0], [2, 0], [2, 2]]": [
        (0, 0, 0),
        (1, 0, 0),
        (2, 0, 0),
        (2, 1, 0),
        (2, 2, 0),
    ],
    "pixels = 4\nring = { center = [1, 0], radius = 2, start = 90 }": [
        (1, 2, 0),
        (-1, 0, 0),
        (1, -2, 0),
        (3, 0, 0),
    ],
    "pixels = 4\ncolumns = 2\ngrid = [[0, 0], [1, 0], [1, 0, 2]]": [
        (0, 0, 0),
        (1, 0, 0),
        (0, 0, 2),
        (1, 0, 2),
    ],
    "pixels = 4\ncolumns = 2\nsnake = true\ngrid = [[0, 0], [1, 0], [1, 1]]": [
        (0, 0, 0),
        (1, 0, 0),
        (1, 1, 0),
        (0, 1, 0),
    ],
    "points = [[0, 0], [5, 1, 2]]": [(0, 0, 0), (5, 1, 2)],
}


@pytest.mark.parametrize("shape", SHAPES)
def test_shapes(tmp_path: Path, shape: str) -> None:
    found = read(tmp_path, f'{RGB}address = "1.1"\n{shape}')
    assert np.allclose(found.positions, SHAPES[shape], atol=1e-6)


@pytest.mark.parametrize(
    ("straddle", "pixel", "channels"),
    [
        ("pixels", 3, [(1, 510), (1, 511), (1, 512)]),
        ("pixels", 4, [(2, 1), (2, 2), (2, 3)]),
        ("pixels", 4 + 170, [(3, 1), (3, 2), (3, 3)]),
        ("channels", 3, [(1, 510), (1, 511), (1, 512)]),
        ("channels", 4 + 170, [(2, 511), (2, 512), (3, 1)]),
    ],
)
def test_a_run_goes_on_in_the_next_universe_where_it_may(
    tmp_path: Path, straddle: str, pixel: int, channels: list[tuple[int, int]]
) -> None:
    more = f'address = "1.501"\npixels = 200\nline = [[0, 0], [1, 0]]\nstraddle = "{straddle}"'
    laid = read(tmp_path, RGB + more).fixtures[0].channels[pixel]
    assert [(c // 512, c % 512 + 1) for c in laid.tolist()] == channels


def test_channels_ahead_of_the_pixels_have_fixed_values(tmp_path: Path) -> None:
    more = 'address = "3.10"\nhead = [255, 0]\npixels = 2\nline = [[0, 0], [1, 0]]'
    fixture = read(tmp_path, RGB + more).fixtures[0]
    assert fixture.fixed == {3 * 512 + 9: 255, 3 * 512 + 10: 0}
    assert fixture.channels[0, 0] == 3 * 512 + 11


def test_looks_and_the_most_flashes(tmp_path: Path) -> None:
    text = f"""
    rig.flashes = 2
    {RGB}
    address = "1.1"
    at = [0, 0]
    [[look]]
    name = "hands"
    kind = "follow"
    at = ["left_wrist", "right_wrist"]
    who = "red"
    radius = 2
    """
    found = read(tmp_path, text)
    assert found.flashes == 2
    hands = Follow(at=("left_wrist", "right_wrist"), who=("red",), radius=2.0)
    assert found.looks == {"hands": hands}


ONE = f'{RGB}address = "1.1"\nat = [0, 0]\n'
FAULTS = {
    "": "fixture: found none, expected at least one [[fixture]]",
    ONE.replace("RGB", "RGX"): "fixture \"a\" · channels: found letter 'X', expected letters of",
    ONE.replace("RGB", "RgB"): "fixture \"a\" · channels: found 'g' alone, expected 'G' as well",
    ONE.replace('"1.1"', '"0.1"'): 'fixture "a" · address: found universe 0, expected 1 to 63999',
    ONE.replace('"1.1"', '"64000.1"'): "address: found universe 64000, expected 1 to 63999",
    ONE.replace('"1.1"', '"1.513"'): 'fixture "a" · address: found channel 513, expected 1 to 512',
    ONE.replace('"1.1"', "1.1"): 'address: found 1.1, expected a text "universe.channel"',
    ONE.replace('"1.1"', '"1.511"'): 'fixture "a" · address: found 1.511 to 1.513, expected 512',
    ONE + "pixls = 3": 'fixture "a" · pixls: found an unknown key, expected "pixels" perhaps',
    ONE + "line = [[0, 0], [1, 0]]": 'fixture "a" · line: found at, line, expected one shape',
    RGB + 'address = "1.1"\nline = [[0, 0], [1, 0]]': "pixels: found nothing, expected how many",
    RGB + 'address = "1.1"': 'fixture "a" · at: found nothing, expected one shape',
    ONE.replace("[0, 0]", "[0]"): "at: found [0], expected [x, y] or [x, y, z], each within ±1000",
    ONE + 'supply = "x"': 'fixture "a" · supply: found "x", expected one of ',
    ONE + '[supply.s]\nwatts = 5\n[[fixture]]\nchannels = "D"\naddress = "1.9"\nat = [0, 0]\n'
    'supply = "s"': "fixture 2 · watts: found nothing, expected what a pixel draws",
    ONE + "[supply.s]": 'supply "s" · watts: found nothing, expected watts, or amperes and volts',
    ONE + "[supply.s]\namperes = 3": 'supply "s" · volts: found nothing, expected a number',
    ONE + ONE: 'fixture "a" · name: found "a" twice, expected each name once',
    ONE + ONE.replace('"a"', '"b"').replace("1.1", "1.3"): 'fixture "b": found 1.3-5, whose 1.3 is '
    'taken by fixture "a" (1.1-3), expected each channel once',
    '[type.bar]\nchannels = "RGX"\n[[fixture]]\naddress = "1.1"\nat = [0, 0]': "fixture 1 · type "
    "\"bar\" · channels: found letter 'X'",
    '[type.x]\n[type.y]\n[[fixture]]\naddress = "1.1"': "fixture 1 · type: found nothing, expected "
    "one of x, y",
    ONE + '[[look]]\nname = "l"\nkind = "glow"': 'look "l" · kind: found "glow", expected one of f',
    ONE
    + '[[look]]\nname = "l"\nkind = "follow"\nradios = 2': 'look "l" · radios: found an unknown '
    'key, expected "radius" perhaps',
    ONE + '[[look]]\nname = "l"\nkind = "follow"\nradius = 0': "radius: found 0, expected a number "
    "from 0.05 to 50",
    ONE + '[[look]]\nname = "l"\nkind = "wash"\ncolor = "red"': 'look "l" · color: found "red", '
    'expected "#rrggbb"',
    ONE + '[[look]]\nname = "l"\nkind = "follow"\nat = "hand"': 'look "l" · at: found "hand", '
    "expected one or several of floor, hip",
    ONE + '[[look]]\nname = "l"\nkind = "positions"': 'look "l" · file: found nothing',
    ONE + '[[look]]\nname = "l"\nkind = "positions"\nfile = "no.json"': "no.json: found No such",
}


@pytest.mark.parametrize("text", FAULTS)
def test_a_fault_is_named_with_its_place(tmp_path: Path, text: str) -> None:
    with pytest.raises(ProductionError) as raised:
        read(tmp_path, text)
    message = str(raised.value)
    assert message.startswith(str(tmp_path))
    assert "\n" not in message
    assert FAULTS[text] in message


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ProductionError, match=r"patch\.toml: found no such file"):
        patch_file.read(tmp_path / "patch.toml")
