"""The lights of cues in show.toml."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import ProductionError
from engine.lights.plan import Lighting
from show import show_file
from show.show_file import Show
from tests.kit import HEAD, one_line

CUE = '[[cue]]\nnumber = "1"\nfade = 3.0\n'
PATCH = """
[[fixture]]
channels = "RGB"
address = "1.1"
at = [0, 0]
[[look]]
name = "pools"
kind = "follow"
[[look]]
name = "beat"
kind = "pulse"
bpm = 120
[[look]]
name = "tick"
kind = "pulse"
bpm = 90
[[look]]
name = "solo"
kind = "follow"
who = "red"
"""


def read(folder: Path, lights: str, patch: str | None = PATCH) -> Show:
    (folder / "model.onnx").write_bytes(b"")
    if patch is not None:
        (folder / "patch.toml").write_text(patch)
    (folder / "show.toml").write_text(HEAD.format(head="") + CUE + lights)
    return show_file.read(folder)


@pytest.mark.parametrize(
    ("lights", "expected"),
    [
        ("", Lighting(None, 3.0)),
        ("lights_fade = 1.5", Lighting(None, 1.5)),
        ('lights = "pools"', Lighting({"pools": {}}, 3.0)),
        (
            'lights = ["pools", "beat"]\nlights_fade = "00:08"',
            Lighting({"pools": {}, "beat": {}}, 8.0),
        ),
        ("lights = []", Lighting({}, 3.0)),
        (
            'lights = { pools = { radius = 2, who = "blue" }, solo = {} }',
            Lighting({"pools": {"radius": 2.0, "who": ("blue",)}, "solo": {}}, 3.0),
        ),
    ],
)
def test_what_a_cue_asks_of_the_lights(tmp_path: Path, lights: str, expected: Lighting) -> None:
    assert read(tmp_path, lights).cues[0].lights == expected


@pytest.mark.parametrize(
    ("lights", "message"),
    [
        ('lights = "pool"', 'cue "1" · lights: found look "pool", expected one of pools, beat'),
        ("lights = 3", 'cue "1" · lights: found 3, expected a look, several, or a table of them'),
        (
            "lights = { pools = { radios = 2 } }",
            'cue "1" · lights.pools.radios: found an unknown key, expected "radius" perhaps',
        ),
        (
            "lights = { pools = { radius = 0 } }",
            'cue "1" · lights.pools.radius: found 0, expected a number from 0.05 to 50',
        ),
        ("lights = { pol = {} }", 'cue "1" · lights.pol: found look "pol", expected one of pools'),
        (
            'lights = { pools = { who = "rex" } }',
            'cue "1" · lights: found performer "rex" in who of look "pools", expected one of all',
        ),
        (
            'lights = ["beat", "tick"]',
            'cue "1" · lights: found 3.5 flashes a second together, expected at most 3',
        ),
    ],
)
def test_a_fault_is_named_with_its_place(tmp_path: Path, lights: str, message: str) -> None:
    with pytest.raises(ProductionError) as raised:
        read(tmp_path, lights)
    one_line(raised.value)
    assert message in str(raised.value)


def test_without_a_patch_there_are_no_lights(tmp_path: Path) -> None:
    with pytest.raises(ProductionError, match=r"found .pools., expected a patch\.toml"):
        read(tmp_path, 'lights = "pools"', patch=None)
    assert read(tmp_path, "", patch=None).patch is None


def test_the_patch_may_have_another_name(tmp_path: Path) -> None:
    (tmp_path / "small.toml").write_text(PATCH)
    (tmp_path / "model.onnx").write_bytes(b"")
    text = HEAD.format(head='patch = "small.toml"') + CUE
    (tmp_path / "show.toml").write_text(text)
    found = show_file.read(tmp_path).patch
    assert found is not None
    assert found.path.name == "small.toml"
