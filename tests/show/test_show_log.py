"""The show log and the report: what is in them, and what a spreadsheet makes of it."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.errors import RecordingError
from engine.loop import Summary
from show import timecode
from show.health import OutputHealth
from show.log_keeper import LogKeeper
from show.show_log import HEAD, MOST_WAITING, Row, ShowLog, path_of
from show.show_report import MOST, ShowReport

BEGUN = 1_800_000_000.0


class Wall:
    """A clock on the wall that a test turns."""

    def __init__(self) -> None:
        self.now = BEGUN

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def wall() -> Wall:
    return Wall()


@pytest.fixture
def book(tmp_path: Path, wall: Wall) -> ShowLog:
    log = ShowLog(tmp_path / "night.csv", timecode=timecode.PAL.at, wall=wall)
    log.open()
    return log


def rows(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file, strict=True))


def test_a_spreadsheet_reads_it(book: ShowLog, wall: Wall) -> None:
    book.note(1.25, "cue", "12.5", 'Ana "Größe", allein (GO)')
    wall.now += 0.5
    book.note(3661.5, "fault", "osc://x:1: no,\nroute")
    book.write(book.waiting())
    data = book.path.read_bytes()
    assert data.startswith(b"\xef\xbb\xbfwall time,show time,timecode,kind,what,detail\r\n")
    assert data.count(b"\r\n") == 3
    head, first, second = rows(book.path)
    assert tuple(head) == HEAD
    assert first[1:] == ["1.250", "00:00:01:06", "cue", "12.5", 'Ana "Größe", allein (GO)']
    assert second[1:] == ["3661.500", "01:01:01:12", "fault", "osc://x:1: no, route", ""]
    assert first[0][:4] == "2027"
    assert first[0] < second[0]
    book.close()
    book.close()


def test_what_was_noted_before_it_was_open_is_in_it(tmp_path: Path, wall: Wall) -> None:
    log = ShowLog(tmp_path / "night.csv", timecode=timecode.PAL.at, wall=wall)
    log.note(0.0, "cue", "1")
    assert not log.path.exists()
    log.open()
    log.close()
    assert [row[3] for row in rows(log.path)] == ["kind", "cue"]


def test_a_fader_is_two_lines_a_second(book: ShowLog, wall: Wall) -> None:
    for n in range(60):
        wall.now = BEGUN + n / 60
        book.note(n / 60, "control", "energy", f"{n / 60:.2f} by osc")
    book.note(1.0, "control", "red/energy", "0.5 by osc")
    wall.now = BEGUN + 2
    book.settle()
    book.close()
    assert [row[4:] for row in rows(book.path)[1:]] == [
        ["energy", "0.00 by osc"],
        ["red/energy", "0.5 by osc"],
        ["energy", "0.98 by osc, the last of 60 within a second"],
    ]


def test_one_that_comes_alone_is_one_line(book: ShowLog, wall: Wall) -> None:
    for n in range(3):
        wall.now = BEGUN + 5 * n
        book.settle()
        book.note(n, "locate", "by timecode", f"to {n}")
    book.close()
    assert [row[5] for row in rows(book.path)[1:]] == ["to 0", "to 1", "to 2"]


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@x", "\t=1", "\r\n=cmd|' /C calc'!A0"])
def test_no_cell_is_a_formula(book: ShowLog, cell: str) -> None:
    book.note(0.0, "refused", cell, cell)
    book.close()
    assert all(field.startswith("'") for field in rows(book.path)[1][4:])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.text(), st.text()), max_size=5))
def test_any_text_is_one_line_of_six_cells(tmp_path: Path, texts: list[tuple[str, str]]) -> None:
    path = tmp_path / "night.csv"
    path.unlink(missing_ok=True)
    log = ShowLog(path, timecode=timecode.PAL.at, wall=Wall())
    log.open()
    for what, detail in texts:
        log.note(0.0, "cue", what, detail)
    log.close()
    assert [len(row) for row in rows(path)] == [6] * (len(texts) + 1)


def test_a_name_that_is_taken_and_a_folder_that_is_not_there_are_named(
    tmp_path: Path, wall: Wall
) -> None:
    (tmp_path / "night.csv").write_text("")
    with pytest.raises(RecordingError, match=r"night\.csv: found a file, expected a new name"):
        ShowLog(tmp_path / "night.csv", timecode=timecode.PAL.at, wall=wall).open()
    with pytest.raises(RecordingError, match="found No such file or directory"):
        ShowLog(tmp_path / "no" / "night.csv", timecode=timecode.PAL.at, wall=wall).open()
    own = ShowLog(path_of(tmp_path, BEGUN), timecode=timecode.PAL.at, wall=wall)
    own.open()
    own.close()
    assert own.path.parent == tmp_path / "logs"


def test_a_disk_that_is_full_ends_the_log_and_no_more(wall: Wall) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full on this system")
    log = ShowLog(Path("/dev/full"), timecode=timecode.PAL.at, wall=wall)
    log._file = Path("/dev/full").open("w")  # noqa: SIM115  the log closes it
    log.note(0.0, "cue", "1")
    log.write(log.waiting())
    assert log.fault is not None
    assert "the show log ends here" in log.fault
    log.note(0.0, "cue", "2")
    log.write(log.waiting())
    assert log.lost == 2
    log.close()


def test_nothing_grows_without_bound(tmp_path: Path, wall: Wall) -> None:
    log = ShowLog(tmp_path / "night.csv", timecode=timecode.PAL.at, wall=wall)
    for n in range(MOST_WAITING + 5):
        log.note(n, "cue", "1")
    assert (len(log.waiting()), log.lost) == (MOST_WAITING, 5)


def state(late: int = 0, total: int = 60, faults: tuple[str, ...] = ()) -> dict[str, Any]:
    return {
        "show_time": 2.0,
        "faults": list(faults),
        "chase": None,
        "ticks": {"late": late, "total": total},
    }


def test_the_keeper_notes_what_has_changed(book: ShowLog) -> None:
    told = state()
    keeper = LogKeeper(book, lambda: told)
    looks = [
        state(0, 30),
        state(0, 60),
        state(2, 90, ("osc://x: away 1 s",)),
        state(5, 120, ("osc://x: away 2 s",)),
        state(5, 180),
        state(5, 240) | {"chase": {"state": "locked", "source": "mtc:desk"}},
        state(5, 300) | {"chase": {"state": "locked", "source": "mtc:desk"}},
    ]
    for told in looks:  # noqa: B007
        keeper.look()
    book.close()
    assert [row[3:] for row in rows(book.path)[1:]] == [
        ["fault", "osc://x: away 1 s", ""],
        ["late ticks", "5 of 60", ""],
        ["recovered", "osc://x: away 2 s", ""],
        ["timecode", "locked", "mtc:desk"],
    ]


SUMMARY = Summary(ticks=3600, faults=1, waits=2, p50=0.001, p99=0.004)


def test_the_report_is_a_page() -> None:
    report = ShowReport("Salsa", BEGUN)
    for wall, at, kind, what, detail in [
        (0, 0.0, "cue", "1", "Red (start)"),
        (9, 9.0, "trigger", "go", "by http"),
        (9, 9.0, "cue", "2", "Duet (http)"),
        (10, 10.0, "refused", "go", "GO: found 0.10 s since the last one, by page"),
        (11, 11.0, "trigger", "panic", "by osc"),
        (12, 12.0, "trigger", "go", "by osc"),
        (13, 13.0, "fault", "osc://x: away", ""),
        (14, 14.0, "recovered", "osc://x: away", ""),
        (15, 15.0, "locate", "by timecode", "to 50 s"),
    ]:
        report.take(Row(BEGUN + wall, at, kind, what, detail))
    outputs = [OutputHealth("osc://x", 3500, 100, "away", "", "left")]
    text = report.text(BEGUN + 60, 95.0, SUMMARY, 12, outputs)
    lines = text.splitlines()
    assert lines[0] == "Show report: Salsa"
    assert lines[1].endswith(", 1:00; show time 0 s to 1:35")
    assert lines[3] == (
        "2 cues, 3 commands (2 by osc, 1 by http), 1 refusal, no cues passed over, "
        "1 locate, 1 fault"
    )
    assert lines[4].startswith("3600 ticks, 12 late, 2 waited for a locate, 1 without a new frame;")
    assert lines[5] == "osc://x at left: 3500 sent, 100 missed; away"
    assert [line.split()[:3] for line in lines[9:11]] == [["1", "0", "s"], ["2", "9", "s"]]
    assert lines[12] == "Faults"
    assert lines[13].endswith("osc://x: away")
    assert lines[14].endswith("osc://x: away is over")


def test_a_long_night_is_counted_and_not_listed() -> None:
    report = ShowReport("Salsa", BEGUN)
    for n in range(MOST + 7):
        report.take(Row(BEGUN + n, n, "cue", str(n), "x"))
    text = report.text(BEGUN + 1, 1.0, SUMMARY, 0, [])
    assert f"{MOST + 7} cues" in text
    assert text.rstrip().endswith("… and 7 lines more, in the log")


def test_a_night_in_which_nothing_happened() -> None:
    text = ShowReport("Salsa", BEGUN).text(BEGUN, 0.0, SUMMARY, 0, [])
    assert "no cues, no commands, no refusals" in text
