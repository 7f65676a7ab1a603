from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine import journal
from engine.errors import RecordingError
from engine.journal import Journal, Night
from engine.score import Event
from tests.kit import one_line

EVENTS = [
    Event(0.0, "cue", "1"),
    Event(3.25, "control", "red/energy", 0.5),
    Event(4.0, "panic", value=2.0),
    Event(1 / 3, "blackout", value=1.0),
]


def write(folder: Path) -> Journal:
    book = Journal(folder, "Kit")
    for event in EVENTS:
        book.event(event)
    for _ in range(3):  # the same again is not written again
        book.stack({"standby": 2, "waiting": [{"due": 1 / 3}]}, 0.1)
    book.mark(12.016666666666667)
    return book


def test_what_is_written_is_read_again_to_the_bit(tmp_path: Path) -> None:
    book = write(tmp_path / "state")
    night = journal.read(tmp_path / "state")
    assert night is not None
    assert night.events == EVENTS
    assert night.stacks == [(4, 0.1, {"standby": 2, "waiting": [{"due": 1 / 3}]})]
    assert (night.title, night.show_time, night.ended) == ("Kit", 12.016666666666667, False)
    book.close()
    book.close()
    ended = journal.read(tmp_path / "state")
    assert ended is not None
    assert ended.ended


def test_an_event_later_than_the_last_mark_is_the_show_time(tmp_path: Path) -> None:
    book = write(tmp_path)
    book.event(Event(12.5, "cue", "2"))
    night = journal.read(tmp_path)
    book.close()
    assert night is not None
    assert night.show_time == 12.5


def test_a_new_journal_keeps_the_one_before_and_carries_the_night_on(tmp_path: Path) -> None:
    write(tmp_path).close()
    stacks = [(0, 0.0, {"standby": 0}), (1, 6.5, {"standby": 1})]
    night = Night("Kit", 7.0, EVENTS[:1], stacks)
    book = Journal(tmp_path, "Kit", night)
    assert journal.read(tmp_path) == night
    assert (tmp_path / journal.PREVIOUS).read_text().count("\n") == len(EVENTS) + 4
    book.close()


def test_two_shows_do_not_write_one_journal(tmp_path: Path) -> None:
    book = write(tmp_path)
    with pytest.raises(RecordingError, match="found another show of this production"):
        Journal(tmp_path, "Kit")
    night = journal.read(tmp_path)
    assert night is not None
    assert night.events == EVENTS
    book.close()
    Journal(tmp_path, "Kit").close()


def test_there_is_none(tmp_path: Path) -> None:
    assert journal.read(tmp_path / "nowhere") is None


@pytest.mark.parametrize("cut", [1, 5, 20])
def test_a_last_line_that_was_cut_is_passed_over(tmp_path: Path, cut: int) -> None:
    write(tmp_path).close()
    path = tmp_path / journal.NAME
    lines = path.read_text().splitlines()
    path.write_text("\n".join(lines[:-2]) + "\n" + lines[-2][:cut])
    night = journal.read(tmp_path)
    assert night is not None
    assert night.events == EVENTS


def test_a_broken_line_in_the_middle_is_named(tmp_path: Path) -> None:
    write(tmp_path).close()
    path = tmp_path / journal.NAME
    path.write_text(path.read_text().replace('"kind":"control"', '"kind":"conga"'))
    with pytest.raises(RecordingError, match=r"show\.journal: line 3: found"):
        journal.read(tmp_path)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_in_one_line(tmp_path: Path, data: bytes) -> None:
    (tmp_path / journal.NAME).write_bytes(data)
    try:
        journal.read(tmp_path)
    except RecordingError as error:
        one_line(error)


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RecordingError, match="expected a folder to write the journal in"):
        Journal(tmp_path / "file", "Kit")


def test_a_disk_that_fails_ends_the_journal_and_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("no /dev/full on this system")
    book = Journal(tmp_path, "Kit")
    with full.open("wb", buffering=0) as broken:
        kept, book._file = book._file, broken
        book.mark(1.0)
        book.mark(2.0)
    book._file = kept
    assert book.fault is not None
    assert "cannot be resumed" in book.fault
    assert len(caplog.records) == 1
    book.close()
