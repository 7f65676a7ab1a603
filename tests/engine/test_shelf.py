"""Checkpoints on disk: the same bits again, whatever has happened to the file."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from pathlib import Path

import numpy as np
import pytest

from engine import checkpoint, score
from engine.errors import RecordingError
from engine.motion_model import MotionModel
from engine.shelf import RECORD, Shelf, WritingShelf
from engine.state import State
from tests.conftest import make_performance

IDENTITY = bytes(range(32))
MARK, OTHER = b"m" * 16, b"o" * 16


@pytest.fixture(scope="module")
def states(salsa_model: MotionModel) -> list[State]:
    """Nobody there, a transition, a played clip, a still pose, and what is left of them."""
    made = make_performance(salsa_model)
    for number, at in (("1", 0.5), ("3", 2.0), ("4", 3.0), ("5", 4.0)):
        made.apply(score.Event(at, "cue", number))
    found = []
    for at in (0.1, 1.0, 2.1, 2.7, 3.2, 4.1, 8.0):
        made.at(at)
        found.append(made._now)
    return found


def same(a: object, b: object) -> bool:
    """Whether two values are the same to the bit, kinds and layouts included."""
    if type(a) is not type(b):
        return False
    if isinstance(a, np.ndarray):
        assert isinstance(b, np.ndarray)
        kind = (a.dtype, a.shape, a.strides, a.tobytes())
        return kind == (b.dtype, b.shape, b.strides, b.tobytes()) and b.flags.writeable
    if isinstance(a, list | tuple):
        assert isinstance(b, list | tuple)
        return len(a) == len(b) and all(map(same, a, b))
    if is_dataclass(a):
        return all(same(getattr(a, f.name), getattr(b, f.name)) for f in fields(a))
    return a == b


def test_a_state_is_read_again_to_the_bit(states: list[State]) -> None:
    kept: list[np.ndarray[tuple[int, ...], np.dtype[np.float64]]] = []

    def keep(array: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> int:
        kept.append(array)
        return len(kept) - 1

    for state in states:
        data = checkpoint.pack(state, keep)
        assert same(checkpoint.unpack(data, lambda name: kept[name].copy()), state)
        assert len(data) < 30_000
    assert kept  # the clip that is played lies apart


def test_what_cannot_be_written_is_named(states: list[State]) -> None:
    broken = states[0].setting.copy()
    broken.seed = [object()]  # type: ignore[list-item]
    with pytest.raises(TypeError, match="object in a state cannot be written"):
        checkpoint.pack(State(*[broken if f.name == "setting" else getattr(states[0], f.name)
                                for f in fields(State)]), lambda array: 0)  # fmt: skip


@pytest.mark.parametrize("data", [b"", b"\0\0\0\0", b"\x02\0\0\0{}", b'\x0d\0\0\0{"State":[1]}'])
def test_what_is_no_state_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="found no checkpoint"):
        checkpoint.unpack(data, lambda name: np.zeros(1))


def test_one_writes_and_another_reads(tmp_path: Path, states: list[State]) -> None:
    reader = Shelf(tmp_path / "shelf", IDENTITY)
    reader.refresh()  # it is not there yet
    assert reader.find(MARK, 999) is None
    writer = WritingShelf(tmp_path / "shelf", IDENTITY)
    for state in states[:4]:
        writer.put(MARK, state)
    writer.put(OTHER, states[5])
    reader.refresh()
    assert reader.last(MARK, 10**6) == states[3].step
    assert reader.last(MARK, states[2].step - 1) == states[1].step
    assert same(reader.find(MARK, states[2].step), states[2])
    assert same(reader.find(OTHER, 10**6), states[5])
    assert reader.find(OTHER, states[5].step - 1) is None
    writer.put(MARK, states[6])
    assert reader.last(MARK, 10**6) == states[3].step
    reader.refresh()
    assert same(reader.find(MARK, 10**6), states[6])
    reader.close()
    writer.close()
    again = WritingShelf(tmp_path / "shelf", IDENTITY)
    assert same(again.find(MARK, 10**6), states[6])
    again.close()


def test_a_passage_is_kept_once(tmp_path: Path, states: list[State]) -> None:
    writer = WritingShelf(tmp_path / "shelf", IDENTITY)
    writer.put(MARK, states[2])
    first = (tmp_path / "shelf").stat().st_size
    writer.put(MARK, states[3])
    assert (tmp_path / "shelf").stat().st_size - first < 30_000 < first
    writer.close()


def test_what_a_crash_has_cut_is_cut_off(tmp_path: Path, states: list[State]) -> None:
    path = tmp_path / "shelf"
    writer = WritingShelf(path, IDENTITY)
    writer.put(MARK, states[0])
    whole = path.stat().st_size
    writer.put(MARK, states[1])
    writer.close()
    data = path.read_bytes()
    for cut in (whole + 3, whole + RECORD.size, len(data) - 1):
        path.write_bytes(data[:cut])
        again = WritingShelf(path, IDENTITY)
        assert again.last(MARK, 10**6) == states[0].step
        again.put(MARK, states[1])
        assert same(again.find(MARK, 10**6), states[1])
        again.close()


def test_a_broken_record_is_passed_over(tmp_path: Path, states: list[State]) -> None:
    path = tmp_path / "shelf"
    writer = WritingShelf(path, IDENTITY)
    writer.put(MARK, states[0])
    whole = path.stat().st_size
    writer.put(MARK, states[1])
    writer.close()
    data = bytearray(path.read_bytes())
    data[whole + RECORD.size + 500] ^= 1
    path.write_bytes(data)
    reader = Shelf(path, IDENTITY)
    reader.refresh()
    assert same(reader.find(MARK, 10**6), states[0])
    reader.close()


def test_a_shelf_of_something_else_is_empty_and_begun_anew(
    tmp_path: Path, states: list[State]
) -> None:
    path = tmp_path / "shelf"
    writer = WritingShelf(path, IDENTITY)
    writer.put(MARK, states[0])
    writer.close()
    reader = Shelf(path, bytes(32))
    reader.refresh()
    assert reader.find(MARK, 10**6) is None
    other = WritingShelf(path, bytes(32))
    other.put(MARK, states[1])
    reader.refresh()
    assert same(reader.find(MARK, 10**6), states[1])
    assert reader.find(MARK, states[0].step) is None
    reader.close()
    other.close()


def test_one_writer_at_a_time(tmp_path: Path) -> None:
    writer = WritingShelf(tmp_path / "shelf", IDENTITY)
    with pytest.raises(RecordingError, match="found another process at it"):
        WritingShelf(tmp_path / "shelf", IDENTITY)
    writer.close()
    WritingShelf(tmp_path / "shelf", IDENTITY).close()
    with pytest.raises(RecordingError, match="expected a file to write"):
        WritingShelf(tmp_path / "nowhere" / "shelf", IDENTITY)


def test_a_shelf_with_much_that_nobody_wants_is_tidied(
    tmp_path: Path, states: list[State], monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = WritingShelf(tmp_path / "shelf", IDENTITY)
    reader = Shelf(tmp_path / "shelf", IDENTITY)
    for n in range(20):
        writer.put(bytes([n]) * 16, states[n % 6])
    writer.put(MARK, states[2])
    writer.put(MARK, states[3])
    reader.refresh()
    large = (tmp_path / "shelf").stat().st_size
    writer.tidy([MARK])
    assert (tmp_path / "shelf").stat().st_size == large  # not worth the while
    monkeypatch.setattr("engine.shelf.LEAST", 0)
    writer.tidy([MARK, OTHER])
    writer.close()
    assert (tmp_path / "shelf").stat().st_size < large / 2
    reader.refresh()
    assert same(reader.find(MARK, 10**6), states[3])
    assert reader.find(bytes(16), 10**6) is None
    reader.close()
    assert [path.name for path in tmp_path.iterdir()] == ["shelf"]
