"""Dancing ahead: what another process has danced is there, to the bit."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from engine import wire
from engine.errors import RecordingError
from engine.shelf import Shelf
from engine.sources.recording import Recording
from show import production
from show.ahead import LAST, Ahead, Task, dance
from show.cue_stack import CueStack
from show.production import Production
from show.shelves import NIGHT, SCORE, Shelves
from show.timeline import Timeline, score_of
from tests.kit import write_model, write_production
from tests.show.process import Running

TIMED = """
[[cue]]
number = "1"
timecode = "00:00:01:00"
fade = 0.5
[cue.performers.all]
do = "generate"
phrase = "seeds/red.npz"

[[cue]]
number = "2"
timecode = "00:00:09:00"
[cue.performers.blue]
do = "play"
phrase = "seeds/blue.npz"

[[cue]]
number = "3"
timecode = "00:00:41:00"
duration = 19
[cue.performers.all]
do = "generate"
phrase = "seeds/blue.npz"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_production(tmp_path / "kit", cues=TIMED)


@pytest.fixture
def loaded(folder: Path) -> Production:
    return production.load(folder)


def score(loaded: Production) -> Timeline:
    return score_of(CueStack(loaded.show.cues, go_guard=0.5, panic=2.0), loaded.show.start)


def task(loaded: Production) -> Task:
    return Task.of(score(loaded), loaded.show)


def test_a_task_ends_with_the_show_or_with_its_last_cue(loaded: Production) -> None:
    found = score(loaded)
    assert task(loaded).until == 60.0
    assert Task.of(found, replace(loaded.show, length=90.0)).until == 90.0
    cues = tuple(replace(cue, duration=None) for cue in loaded.show.cues)
    assert Task.of(found, replace(loaded.show, cues=cues)).until == 41.0 + LAST
    assert Task.of(Timeline(), loaded.show).events == ()


def test_it_is_danced_once_and_found_to_the_bit(
    loaded: Production, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "shelf"
    came = list(dance(loaded, task(loaded), path))
    assert (came[0], came[-1], len(came)) == (0.0, 60.0, 61)
    assert list(dance(loaded, task(loaded), path)) == [60.0]
    whole = production.perform(loaded, score(loaded).events)
    shelves = Shelves(loaded, goes_on=False)
    reader = Shelf(path, shelves.identity)
    made = production.perform(loaded, score(loaded).events, shelves=[reader])
    for at in (59.9, 3.0, 42.0, 17.3):
        assert wire.pack(made.at(at)) == wire.pack(whole.at(at))
    reader.close()
    shelves.close()


def first_of(work: Iterator[float]) -> float:
    """How far it is at the beginning; the work is broken off."""
    found = next(work)
    assert isinstance(work, Generator)
    work.close()
    return found


def test_a_changed_cue_leaves_what_comes_before_it(
    folder: Path, loaded: Production, tmp_path: Path
) -> None:
    path = tmp_path / "shelf"
    list(dance(loaded, task(loaded), path))
    text = (folder / "show.toml").read_text(encoding="utf-8")
    (folder / "show.toml").write_text(text + "energy = 0.9\n", encoding="utf-8")
    again = production.load(folder)
    assert first_of(dance(again, task(again), path)) == 41.0
    # the show's seed is in every cue
    (folder / "show.toml").write_text(text.replace("seed = 7", "seed = 8"), encoding="utf-8")
    other = production.load(folder)
    assert first_of(dance(other, task(other), path)) < 2.0


def test_another_model_begins_anew(folder: Path, loaded: Production, tmp_path: Path) -> None:
    path = tmp_path / "shelf"
    list(dance(loaded, task(loaded), path))
    write_model(folder / "model.onnx", units=6)
    other = production.load(folder)
    assert first_of(dance(other, task(other), path)) == 0.0


def test_one_at_a_time(loaded: Production, tmp_path: Path) -> None:
    first = dance(loaded, task(loaded), tmp_path / "shelf")
    next(first)
    with pytest.raises(RecordingError, match="found another process at it"):
        next(dance(loaded, task(loaded), tmp_path / "shelf"))
    first.close()


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not true():
            await asyncio.sleep(0.02)


async def test_the_process_tells_how_far_it_is_and_takes_a_new_task(
    folder: Path, loaded: Production, tmp_path: Path
) -> None:
    changes: list[float] = []
    async with Ahead(folder, tmp_path / "shelf", lambda: changes.append(ahead.reached)) as ahead:
        assert ahead.ready  # nothing is wanted yet
        ahead.want(task(loaded))
        assert not ahead.ready
        await until(lambda: ahead.ready)
        assert (ahead.state(), ahead.fault) == (
            {"until": 60.0, "reached": 60.0, "ready": True},
            None,
        )
        assert changes == sorted(changes)
        ahead.want(replace(task(loaded), until=70.0))
        await until(lambda: ahead.reached == 70.0)


async def test_what_goes_wrong_is_a_fault_and_no_more(folder: Path, loaded: Production) -> None:
    (folder / "shelf").mkdir()
    async with Ahead(folder, folder / "shelf", lambda: None) as ahead:
        ahead.want(task(loaded))
        await until(lambda: ahead.fault is not None)
    assert ahead.fault is not None
    assert "shelf: found Is a directory, expected a file to write" in ahead.fault


def test_a_show_locates_into_what_was_danced_ahead(folder: Path, tmp_path: Path) -> None:
    record = tmp_path / "night.mcap"
    with Running("run", folder, "--record", record) as running:
        deadline = time.monotonic() + 60
        while not running.state()["ahead"]["ready"]:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        for target in (50.0, 12.0, 30.5):
            assert running.post("locate", show_time=target) == {"ok": True}
            running.until(target + 0.3)
        state = running.state()
        assert (state["running"]["number"], state["running"]["since"]) == ("2", 9.0)
        assert (state["standby"]["number"], state["locating"]) == ("3", False)
        children = psutil.Process(running.process.pid).children()
        running.end()
        assert not [child for child in children if child.is_running()]
    loaded = production.load(folder)
    whole = production.perform(loaded, score(loaded).events)
    seen = list(Recording(record).frames())
    assert max(frame.show_time for frame in seen) > 50
    for frame in seen[:: max(1, len(seen) // 60)]:
        again = whole.at(frame.show_time)
        assert again.joints.tobytes() == frame.joints.tobytes(), frame.show_time
        assert again.level.tobytes() == frame.level.tobytes(), frame.show_time


def test_a_killed_show_takes_its_process_along(folder: Path) -> None:
    text = (folder / "show.toml").read_text(encoding="utf-8")
    (folder / "show.toml").write_text(text.replace("seed = 7", "seed = 7\nlength = 86400"))
    with Running("run", folder) as running:
        deadline = time.monotonic() + 30
        while not (children := psutil.Process(running.process.pid).children()):
            assert time.monotonic() < deadline
            time.sleep(0.02)
        running.until(1.0)
        running.end(signal.SIGKILL)
    _, alive = psutil.wait_procs(children, timeout=20)
    assert not alive


def test_a_night_is_kept_and_gone_on_from(loaded: Production) -> None:
    events = [replace(event, by="") for event in score(loaded).events]
    shelves = Shelves(loaded, goes_on=False)
    made = production.perform(
        loaded, events, shelves=[shelves.score, shelves.night], kept=shelves.keep
    )
    for tick in range(600):
        made.at(tick / 10)
    shelves.close()
    shelves.close()
    again = Shelves(loaded, goes_on=True)
    resumed = production.perform(loaded, events, shelves=[again.score, again.night])
    assert resumed.reached(59.5) == 59.0
    assert wire.pack(resumed.at(59.0)) == wire.pack(made.at(59.0))
    again.close()
    fresh = Shelves(loaded, goes_on=False)
    assert production.perform(loaded, events, shelves=[fresh.night]).reached(59.0) < 1.0
    fresh.close()


def test_what_the_score_has_is_not_kept_twice(loaded: Production) -> None:
    shelves = Shelves(loaded, goes_on=False)
    list(dance(loaded, task(loaded), shelves.score.path))
    made = production.perform(
        loaded, score(loaded).events, shelves=[shelves.score, shelves.night], kept=shelves.keep
    )
    for tick in range(60):
        made.at(tick)
    shelves.close()
    assert (loaded.show.folder / ".state" / NIGHT).stat().st_size < 100
    assert (loaded.show.folder / ".state" / SCORE).stat().st_size > 10_000


def test_where_the_folder_cannot_be_written_the_shelves_last_a_run(loaded: Production) -> None:
    (loaded.show.folder / ".state").write_text("a file where the folder should be")
    shelves = Shelves(loaded, goes_on=False)
    folder = shelves.score.path.parent
    assert folder != loaded.show.folder / ".state"
    assert os.access(folder, os.W_OK)
    shelves.close()
    assert not folder.exists()
