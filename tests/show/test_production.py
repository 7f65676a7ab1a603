from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import AddressError, ClipError, FigurantError, ModelError, ProductionError
from show import production
from show.cue_sheet import cue_sheet
from show.stage_manager import Range
from tests.kit import CUES, write_clip, write_production

PLAYED = """
[[cue]]
number = "1"
name = "Film"
auto_follow = true
[cue.performers.red]
do = "play"
phrase = "seeds/red.npz"

[[cue]]
number = "2"
pre_wait = 0.5
auto_continue = true
post_wait = "1:05"
notes = "two\\nlines"

[[cue]]
number = "2.5"
"""


def test_all_of_it_is_loaded(tmp_path: Path) -> None:
    loaded = production.load(write_production(tmp_path))
    assert sorted(path.name for path in loaded.phrases) == ["blue.npz", "red.npz"]
    assert loaded.phrases[tmp_path / "seeds" / "red.npz"].dancer == "red"
    assert loaded.model.metadata.rate == 30.0
    assert loaded.controls["lively"] == loaded.controls["blue/lively"] == Range(0.0, 1.0)
    assert len(loaded.controls) == 3 * 5


def test_a_played_phrase_gives_its_cue_a_duration(tmp_path: Path) -> None:
    loaded = production.load(write_production(tmp_path, cues=PLAYED))
    assert [cue.duration for cue in loaded.show.cues] == [3.0, None, None]


def broken_model(folder: Path) -> None:
    (folder / "model.onnx").write_bytes(b"no model")


def broken_clip(folder: Path) -> None:
    (folder / "seeds" / "red.npz").write_bytes(b"no clip")


def short_clip(folder: Path) -> None:
    write_clip(folder / "seeds" / "red.npz", seconds=0.1)


def edit(old: str, new: str) -> object:
    def change(folder: Path) -> None:
        path = folder / "show.toml"
        path.write_text(path.read_text().replace(old, new))

    return change


@pytest.mark.parametrize(
    ("change", "error", "line"),
    [
        (broken_model, ModelError, "model.onnx: found"),
        (broken_clip, ClipError, "red.npz: found"),
        (short_clip, ProductionError, "red.npz: found 0.10 s, expected at least 0.13 s"),
        (
            edit("lively", "livly"),
            ProductionError,
            'cue "2" · performers.red.tags: found "livly", which the model does not know, '
            "expected one of calm, lively",
        ),
        (
            edit("seed = 7", 'seed = 7\n[[output]]\nurl = "osc:x"'),
            AddressError,
            "osc:x: found no port, expected osc://host:port",
        ),
        (
            edit("seed = 7", 'seed = 7\n[[source]]\nurl = "ftp://x:1"'),
            AddressError,
            "ftp://x:1: found scheme 'ftp', expected one of osc://, mqtt://, mqtts://",
        ),
    ],
)  # fmt: skip
def test_each_broken_part_is_named(
    tmp_path: Path, change: object, error: type[FigurantError], line: str
) -> None:
    write_production(tmp_path)
    assert callable(change)
    change(tmp_path)
    with pytest.raises(error) as found:
        production.load(tmp_path)
    assert line in str(found.value)
    assert "\n" not in str(found.value)


def test_the_cue_sheet(tmp_path: Path) -> None:
    show = production.load(write_production(tmp_path, cues=PLAYED, head='start = "1"')).show
    lines = cue_sheet(show).splitlines()
    head = ["Cue", "Name", "Timecode", "Trigger", "Fade", "Waits", "Duration", "Notes"]
    assert lines[0].split() == head
    assert [" ".join(line.split()) for line in lines[2:]] == [
        "1 Film 00:00:00:00 at the top 0 s 3 s",
        "2 00:00:03:12 end of 1 0 s pre 0.5 s, post 1:05 two lines",
        "2.5 00:01:08:12 1:05 after 2 0 s",
    ]


def test_a_cue_given_by_hand_says_go(tmp_path: Path) -> None:
    sheet = cue_sheet(production.load(write_production(tmp_path, cues=CUES)).show)
    assert sheet.count(" GO ") == 3
