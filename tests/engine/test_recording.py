from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mcap.reader import make_reader

from engine import wire
from engine.errors import RecordingError
from engine.lights import message
from engine.lights.levels import Levels
from engine.score import Event
from engine.sinks.recording import LONGEST_QUEUE, RecordingSink
from engine.sources.recording import Recording
from tests.kit import frame, hello

ROOT = Path(__file__).resolve().parents[2]

WRITER = """
import asyncio, sys
from pathlib import Path
from tests.kit import frame, hello
from engine import wire
from engine.sinks.recording import RecordingSink

async def main():
    sink = RecordingSink(Path(sys.argv[1]), hello())
    await sink.open()
    n = 0
    while True:
        shown = frame(n / 60, 100 + n / 60)
        await sink.send(shown, wire.pack(shown))
        n += 1
        print(n, flush=True)
        await asyncio.sleep(1 / 60)

asyncio.run(main())
"""


async def record(path: Path, count: int) -> None:
    sink = RecordingSink(path, hello())
    await sink.open()
    for n in range(count):
        if n == 3:
            sink.event(Event(0.05, "cue", "1"), 100.05)
        shown = frame(n / 60, 100 + n / 60)
        await sink.send(shown, wire.pack(shown))
    await sink.close()
    await sink.close()


async def test_frames_come_back_to_the_bit(tmp_path: Path) -> None:
    path = tmp_path / "night.mcap"
    await record(path, 200)
    recording = Recording(path)
    assert recording.hello == hello()
    expected = [wire.pack(frame(n / 60, 100 + n / 60)) for n in range(200)]
    assert [wire.pack(shown) for shown in recording.frames()] == expected


async def test_any_mcap_reader_finds_the_channels(tmp_path: Path) -> None:
    path = tmp_path / "night.mcap"
    await record(path, 10)
    with path.open("rb") as file:
        reader = make_reader(file)
        found = [(c.topic, c.message_encoding, m) for _, c, m in reader.iter_messages()]
        summary = reader.get_summary()
    assert summary is not None
    assert summary.statistics is not None
    assert summary.statistics.message_count == 12
    assert [entry[:2] for entry in found].count(("/figurant/frame", "figurant-frame")) == 10
    (event,) = [m for topic, _, m in found if topic == "/figurant/event"]
    assert json.loads(event.data) == {
        "show_time": 0.05,
        "kind": "cue",
        "name": "1",
        "value": 0.0,
        "by": "",
        "live": {},
    }
    assert event.log_time == 100_050_000_000


async def test_an_existing_file_is_refused_before_the_curtain(tmp_path: Path) -> None:
    path = tmp_path / "night.mcap"
    path.write_text("precious")
    with pytest.raises(RecordingError, match="found a file, expected a new name"):
        RecordingSink(path, hello())
    assert path.read_text() == "precious"


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="No such file"):
        RecordingSink(tmp_path / "no" / "night.mcap", hello())


def test_a_killed_show_leaves_a_recording_of_all_but_the_last_second(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "night.mcap"
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path)], env=env, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if int(line) >= 150:
                break
        process.send_signal(signal.SIGKILL)
    found = [shown.show_time for shown in Recording(path).frames()]
    assert found == [n / 60 for n in range(len(found))]
    assert len(found) >= 150 - 60
    assert "torn" in caplog.text


@pytest.mark.parametrize("part", [0.3, 0.6, 0.95])
async def test_a_torn_file_plays_to_the_last_good_frame(
    tmp_path: Path, part: float, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "night.mcap"
    await record(path, 300)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * part)])
    found = [shown.show_time for shown in Recording(path).frames()]
    assert found == [n / 60 for n in range(len(found))]
    assert 300 * part - 60 < len(found) <= 300
    assert "torn" in caplog.text


async def test_a_flipped_byte_is_found_by_the_crc(tmp_path: Path) -> None:
    path = tmp_path / "night.mcap"
    await record(path, 300)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(data)
    found = [shown.show_time for shown in Recording(path).frames()]
    assert found == [n / 60 for n in range(len(found))]
    assert 0 < len(found) < 300


async def test_a_good_file_is_not_called_torn(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    await record(tmp_path / "night.mcap", 100)
    with caplog.at_level(logging.WARNING):
        list(Recording(tmp_path / "night.mcap").frames())
    assert not caplog.records


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(data=st.binary(max_size=300), magic=st.booleans())
def test_any_bytes_are_refused_in_one_line(tmp_path: Path, data: bytes, magic: bool) -> None:
    path = tmp_path / "night.mcap"
    path.write_bytes(b"\x89MCAP0\r\n" * magic + data)
    with pytest.raises(RecordingError, match="expected a recording") as error:
        Recording(path)
    assert "\n" not in str(error.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match=r"night.mcap: found No such file"):
        Recording(tmp_path / "night.mcap")


async def test_after_a_fault_of_the_disk_it_goes_on_in_a_new_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "night.mcap"
    sink = RecordingSink(path, hello())
    real, full = os.fsync, True

    def fsync(fd: int) -> None:
        if full:
            raise OSError(28, "No space left on device")
        real(fd)

    monkeypatch.setattr("engine.sinks.recording.os.fsync", fsync)
    await sink.open()
    shown = frame(1.0, 101.0)
    for _ in range(100):
        if sink._error is None:
            await sink.send(shown, wire.pack(shown))
    assert sink._thread is not None
    sink._thread.join(5)
    with pytest.raises(RecordingError, match="No space left"):
        await sink.send(shown, wire.pack(shown))
    await sink.close()
    full = False
    await sink.open()
    await sink.send(shown, wire.pack(shown))
    await sink.close()
    assert len(list(Recording(tmp_path / "night.2.mcap").frames())) == 1


async def test_a_stuck_disk_costs_frames_but_neither_memory_nor_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stuck = threading.Event()
    monkeypatch.setattr("engine.sinks.recording._sync", lambda _: stuck.wait(10))
    sink = RecordingSink(tmp_path / "night.mcap", hello())
    await sink.open()
    shown = frame(1.0, 101.0)
    refused = 0
    for _ in range(LONGEST_QUEUE + 200):
        sink.event(Event(0.0, "cue", "1"), 100.0)
        try:
            await sink.send(shown, wire.pack(shown))
        except RecordingError:
            refused += 1
    assert refused > 100
    closing = asyncio.create_task(sink.close())
    await asyncio.sleep(0)  # it gave the end to the thread without waiting for the disk
    stuck.set()
    await closing


async def test_a_recording_that_was_never_begun_leaves_no_file(tmp_path: Path) -> None:
    sink = RecordingSink(tmp_path / "night.mcap", hello())
    await sink.close()
    assert not (tmp_path / "night.mcap").exists()


async def test_the_levels_of_the_lights_come_back_thirty_a_second(tmp_path: Path) -> None:
    path = tmp_path / "night.mcap"
    sink = RecordingSink(path, hello(), {"type": "rig", "universes": [[1, 3]]})
    await sink.open()
    for n in range(60):
        shown = frame(n / 60, 100 + n / 60)
        data = np.full((1, 512), n, np.uint8)
        levels = Levels(shown.show_time, shown.clock, (1,), data)
        sink.levels(message.pack(levels, {1: 3}), levels.clock)
        await sink.send(shown, wire.pack(shown))
    await sink.close()
    recording = Recording(path)
    assert recording.rig == {"type": "rig", "universes": [[1, 3]]}
    moments = list(recording.moments())
    levels_seen = [moment for moment in moments if isinstance(moment, Levels)]
    assert [levels.data[0, 0] for levels in levels_seen] == list(range(0, 60, 2))
    assert len(list(recording.frames())) == 60
    clocks = [moment.clock for moment in moments]
    assert clocks == sorted(clocks)


async def test_a_recording_without_lights_has_no_rig(tmp_path: Path) -> None:
    await record(tmp_path / "night.mcap", 3)
    assert Recording(tmp_path / "night.mcap").rig is None
