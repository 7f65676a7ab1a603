"""What a check finds, each in a production that has this one fault, and nothing in one without."""

from __future__ import annotations

from pathlib import Path

import pytest

from show import show_file
from show.cue_sheet import cue_sheet
from show.findings import Finding, findings, rehearsed
from show.show_file import Show
from tests.kit import write_production
from tests.show.process import ROOT, show


def cue(number: str, keys: str = "", do: str = 'do = "hold"') -> str:
    return f'[[cue]]\nnumber = "{number}"\n{keys}\n[cue.performers.all]\n{do}\n'


def read(folder: Path, *cues: str, head: str = "") -> Show:
    return show_file.read(write_production(folder / "kit", head=head, cues="\n".join(cues)))


@pytest.mark.parametrize(
    ("cues", "head", "line", "error"),
    [
        (
            [cue("1", "timecode = 10"), cue("2", "timecode = 10")],
            "",
            "cue 2 has the timecode of 1, 00:00:10:00",
            True,
        ),
        (
            [cue("1", "timecode = 10"), cue("2"), cue("3", "timecode = 9.8")],
            "",
            "cue 3 comes at 00:00:09:20, before 1 above it",
            False,
        ),
        (
            [cue("1", "timecode = 10"), cue("2", "timecode = 61")],
            "length = 60",
            "cue 2 comes at 00:01:01:00, after the show's length, 1:00",
            False,
        ),
        (
            [cue("1"), cue("2", "armed = false")],
            "",
            "cue 2 is disarmed, and never comes until it is armed",
            False,
        ),
        (
            [
                cue("1", "timecode = 10\nauto_continue = true\npost_wait = 60"),
                cue("2"),
                cue("3", "timecode = 30"),
            ],
            "",
            "cue 2 never follows 1: another cue comes before",
            False,
        ),
        (
            [cue("1", "timecode = 5"), cue("2")],
            'start = "1"',
            "00:00:05:00: the timecode of 1 passed: it runs already",
            False,
        ),
        (
            [cue("1", "fade = 4\nauto_continue = true\npost_wait = 2.5"), cue("2")],
            "",
            "cue 1 fades for 4 s, but 2 follows after 2.5 s",
            False,
        ),
        (
            [cue("1", "fade = 4\ntimecode = 10"), cue("2", "timecode = 12")],
            "",
            "cue 1 fades for 4 s, but 2 comes after 2 s",
            False,
        ),
        (
            [cue("1", "fade = 4\nduration = 3"), cue("2")],
            "",
            "cue 1 fades for 4 s, but it ends after 3 s",
            False,
        ),
        (
            [cue("1"), cue("2", "auto_continue = true")],
            "",
            "cue 2 is the last one, and nothing follows it",
            False,
        ),
    ],
)
def test_what_is_hardly_meant(
    tmp_path: Path, cues: list[str], head: str, line: str, error: bool
) -> None:
    assert findings(read(tmp_path, *cues, head=head)) == [Finding(line, error)]


def test_a_live_dancer_with_nothing_to_fall_back_to(tmp_path: Path) -> None:
    show = read(tmp_path, cue("1", do='do = "live"'))
    assert [finding.line for finding in findings(show)] == [
        f"cue 1: {name} has no phrase, and holds where no live poses come"
        for name in ("red", "blue")
    ]
    phrase = 'do = "live"\nphrase = "seeds/red.npz"'
    assert findings(read(tmp_path, cue("1", do=phrase))) == []


def test_errors_come_first(tmp_path: Path) -> None:
    show = read(
        tmp_path,
        cue("1", "fade = 9\nduration = 1\ntimecode = 3"),
        cue("2", "timecode = 3\narmed = false"),
    )
    assert [finding.error for finding in findings(show)][:2] == [True, False]


def test_the_built_in_production_is_as_it_is_meant() -> None:
    assert findings(show_file.read(ROOT / "cues" / "salsa")) == []


def test_the_cue_sheet_tells_when_and_by_what_a_cue_comes(tmp_path: Path) -> None:
    head = '[timecode]\nstart = "01:00:00:00"'
    cues = (
        cue("1", 'timecode = "01:00:10:00"\nauto_continue = true\npost_wait = 2'),
        cue("2", "pre_wait = 1"),
        cue("3", "armed = false"),
        cue("4"),
    )
    found = read(tmp_path, *cues, head=head)
    rows = [line.split("  ") for line in cue_sheet(found).splitlines()[2:]]
    told = [[cell.strip() for cell in row if cell.strip()][:3] for row in rows]
    assert told == [
        ["1", "01:00:10:00", "timecode"],
        ["2", "01:00:13:00", "2 s after 1"],
        ["3", "disarmed", "0 s"],
        ["4", "GO", "0 s"],
    ]
    score, said = rehearsed(found)
    assert [event.name for event in score.events] == ["1", "2"]
    assert said == []


def test_check_prints_warnings_and_ends_well_and_with_errors_it_does_not(tmp_path: Path) -> None:
    read(tmp_path, cue("1", "timecode = 9"), cue("2", "timecode = 8"))
    result = show("check", tmp_path / "kit")
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.splitlines()[-1] == (
        "warning: cue 2 comes at 00:00:08:00, before 1 above it"
    )
    read(tmp_path, cue("1", "timecode = 9"), cue("2", "timecode = 9\narmed = false"))
    result = show("check", tmp_path / "kit")
    assert result.returncode == 2
    (line,) = result.stderr.splitlines()
    assert line.endswith("show.toml: cue 2 has the timecode of 1, 00:00:09:00")
    assert "warning: cue 2 is disarmed" in result.stdout


def test_check_dances_ahead_when_it_is_asked_to(tmp_path: Path) -> None:
    read(tmp_path, cue("1", "timecode = 1\nduration = 20"))
    result = show("check", tmp_path / "kit", "--ahead")
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.splitlines()[-1] == "danced ahead to 21 s"
    assert (tmp_path / "kit" / ".state" / "score.shelf").exists()
