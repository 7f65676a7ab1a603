"""The commands as a person types them, in processes of their own, on the real engine."""

from __future__ import annotations

import asyncio
import csv
import itertools
import json
import shlex
import signal
import socket
from pathlib import Path

import numpy as np
import pytest
from aiohttp import ClientSession
from mcap.reader import make_reader
from pythonosc.osc_packet import OscPacket
from pythonosc.udp_client import SimpleUDPClient

from engine import journal, wire
from engine.frame import Frame, FrameFlag
from engine.score import Event
from engine.sources.recording import Recording
from show import cli, production
from show.production import perform
from tests.kit import write_production
from tests.show.process import ROOT, Running, show

SALSA = ROOT / "cues" / "salsa"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_production(tmp_path / "kit", head='start = "1"')


def free_port(kind: socket.SocketKind) -> int:
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def recorded_events(path: Path) -> list[Event]:
    with path.open("rb") as file:
        messages = make_reader(file).iter_messages(topics=["/figurant/event"])
        return [Event(**json.loads(message.data)) for _, _, message in messages]


def assert_same_dance(folder: Path, events: list[Event], frames: list[Frame]) -> None:
    """Every frame is what a fresh performance shows at its show time, bit for bit."""
    performance = perform(production.load(folder), events)
    for frame in frames:
        again = performance.at(frame.show_time)
        assert again.joints.tobytes() == frame.joints.tobytes(), frame.show_time
        assert again.level.tobytes() == frame.level.tobytes(), frame.show_time
        assert again.timecode == frame.timecode


def test_check_prints_the_cue_sheet(folder: Path) -> None:
    result = show("check", folder)
    assert (result.returncode, result.stderr) == (0, "")
    assert "Kit: 3 cues, 2 performers, 60 frames a second" in result.stdout
    assert "house lights down" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["check", "nowhere"], "nowhere: found nothing, expected a folder with show.toml"),
        (["run", "nowhere"], "nowhere: found nothing"),
        (["run", "PRODUCTION", "--timecode", "desk"], "desk: found scheme 'desk', expected one of"),
        (["run", "PRODUCTION", "--output", "osc://x"], "osc://x: found no port"),
        (["run", "PRODUCTION", "--source", "midi:x"], "midi:x: found scheme 'midi'"),
        (["run", "PRODUCTION", "--record", "PRODUCTION/show.toml"], "found a file, expected a new"),
        (["run", "PRODUCTION", "--host", "192.0.2.1"], "192.0.2.1:8137: found"),
        (["replay", "PRODUCTION/show.toml"], "show.toml: found no hello, expected a recording"),
        (["replay", "nowhere.mcap"], "nowhere.mcap: found No such file"),
    ],
)
def test_an_error_is_one_line_and_exit_code_2(
    folder: Path, arguments: list[str], line: str
) -> None:
    result = show(*(a.replace("PRODUCTION", str(folder)) for a in arguments))
    assert result.returncode == 2
    assert result.stdout == ""
    (last,) = result.stderr.splitlines()
    assert last.startswith("show: ")
    assert line in last


def test_a_port_in_use_is_named(folder: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        record = folder / "night.mcap"
        result = show("run", folder, "--port", port, "--no-browser", "--record", record)
    assert result.returncode == 2
    assert not record.exists()  # so that the next try can have the name
    assert f"127.0.0.1:{port}: found another program on this port" in result.stderr
    assert "--port" in result.stderr


@pytest.mark.parametrize("name", list(cli.EXAMPLES))
def test_help_ends_with_an_example_that_parses(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["--help"] if name == "show" else [name, "--help"])
    assert ended.value.code == 0
    last = capsys.readouterr().out.rstrip().splitlines()[-1].strip()
    assert last == cli.EXAMPLES[name]
    cli._parser().parse_args(shlex.split(last)[1:])


@pytest.mark.parametrize("wrong", [["--port", "x"], ["--port", "70000"], ["--duration", "nan"]])
def test_numbers_that_make_no_sense(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["run", *wrong])
    assert ended.value.code == 2
    assert "expected" in capsys.readouterr().err.splitlines()[-1]


async def test_a_show_reaches_browser_osc_and_disk_and_is_led_from_everywhere(
    folder: Path, tmp_path: Path
) -> None:
    record = tmp_path / "night.mcap"
    control = free_port(socket.SOCK_DGRAM)
    gone = free_port(socket.SOCK_DGRAM)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        receiver.setblocking(False)
        outputs = [f"osc://127.0.0.1:{port}" for port in (gone, receiver.getsockname()[1])]
        with Running(
            "run", folder, "--record", record, "--source", f"osc://:{control}",
            "--output", outputs[0], "--output", outputs[1],
        ) as running:  # fmt: skip
            async with ClientSession() as client:
                frames = await client.ws_connect(running.url + "/frames")
                stuck = await client.ws_connect(running.url + "/frames")  # never reads
                hello = await frames.receive_json(timeout=5)
                assert [p["name"] for p in hello["performers"]] == ["red", "blue"]
                seen = [wire.unpack(await frames.receive_bytes(timeout=5)) for _ in range(60)]
                assert running.post("go") == {"ok": True}
                assert "go_guard" in running.post("go")["error"]
                osc = SimpleUDPClient("127.0.0.1", control)
                osc.send_message("/figurant/control/red/energy", 0.75)
                osc.send_message("/figurant/standby", 3)
                desk = await client.ws_connect(running.url + "/control")
                async with asyncio.timeout(10):
                    while (await desk.receive_json()).get("controls") != {"red/energy": 0.75}:
                        pass
                    while (state := await desk.receive_json())["standby"]["number"] != "3":
                        pass
                assert state["running"]["number"] == "2"
                seen += [wire.unpack(await frames.receive_bytes(timeout=5)) for _ in range(60)]
                data = await asyncio.get_running_loop().sock_recv(receiver, 65536)
                health = [(o["url"], o["error"]) for o in running.state()["outputs"]]
                assert health[:2] == [(url, None) for url in outputs]
                assert running.get("/healthz") == "ok\n"
                assert "figurant_ticks_total" in running.get("/metrics")
                for ws in (frames, stuck, desk):
                    await ws.close()
                osc._sock.close()
            log = await asyncio.to_thread(running.end)
            assert running.process.returncode == 0
    assert "ticks" in log
    assert "Traceback" not in log
    head = OscPacket(data).messages[0].message
    assert head.address == "/figurant/frame"
    whole = list(Recording(record).frames())
    events = recorded_events(record)
    assert [e.kind for e in events] == ["cue", "cue", "control"]
    assert_same_dance(folder, events, whole)
    assert_same_dance(folder, events, seen)
    assert np.ptp([f.joints for f in whole], axis=0).max() > 0.01  # they move
    night = journal.read(folder / ".state")
    assert night is not None
    assert (night.ended, night.events) == (True, events)


def test_a_killed_show_goes_on_where_it_stopped_with_the_same_dance(
    folder: Path, tmp_path: Path
) -> None:
    first, second = tmp_path / "first.mcap", tmp_path / "second.mcap"
    with Running("run", folder, "--record", first) as running:
        running.until(0.7)
        running.post("go")
        running.post("control", name="energy", value=0.8)
        running.post("blackout")
        running.post("standby", cue="1")
        running.until(2.6)
        running.end(signal.SIGKILL)
    night = journal.read(folder / ".state")
    assert night is not None
    assert not night.ended
    assert night.show_time > 1.5
    with Running("run", folder, "--resume", "--record", second) as running:
        state = running.state()
        assert state["running"]["number"] == "2"
        assert state["standby"]["number"] == "1"
        assert state["blackout"]
        assert state["controls"] == {"energy": 0.8}
        running.until(night.show_time + 1)
        log = running.end()
    assert "resuming at" in log
    resumed = list(Recording(second).frames())
    assert 0 <= resumed[0].show_time - night.show_time < 0.5  # a busy machine starts late
    assert_same_dance(folder, night.events, list(Recording(first).frames()))
    assert_same_dance(folder, night.events, resumed)
    again = journal.read(folder / ".state")
    assert again is not None
    assert again.ended
    assert again.events == night.events


def test_a_second_show_that_cannot_start_leaves_the_first_ones_journal_alone(
    folder: Path,
) -> None:
    with Running("run", folder) as running:
        running.until(0.1)
        taken = running.url.rpartition(":")[2]
        assert show("run", folder, "--no-browser", "--port", taken).returncode == 2
        other = show("run", folder, "--no-browser", "--port", 0, "--duration", 0.3)
        assert other.returncode == 0
        assert "another show of this production" in other.stderr
        running.post("go")
        running.end(signal.SIGKILL)
    night = journal.read(folder / ".state")
    assert night is not None
    assert [event.name for event in night.events] == ["1", "2"]


def log_of(folder: Path) -> list[dict[str, str]]:
    (path,) = (folder / "logs").glob("*.csv")
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def test_the_log_has_what_happened_and_who_gave_it_and_the_report_sums_it_up(folder: Path) -> None:
    with Running("run", folder) as running:
        running.until(0.2)
        running.post("go")
        assert "go_guard" in running.post("go")["error"]
        running.post("control", name="energy", value=0.75)
        running.post("locate", show_time=30.0)
        running.post("blackout", value=True)
        running.until(30.1)
        told = running.end()
    rows = log_of(folder)
    kinds = [(row["kind"], row["what"]) for row in rows if row["kind"] != "late ticks"]
    assert kinds == [
        ("cue", "1"),
        ("trigger", "go"),
        ("cue", "2"),
        ("refused", "go"),
        ("control", "energy"),
        ("locate", "by http"),
        ("trigger", "blackout"),
        ("end", ""),
    ]
    details = {row["what"]: row["detail"] for row in rows}
    assert details["1"] == "Enter (start)"
    assert details["2"] == "Lively (http)"
    assert details["energy"] == "0.75 by http"
    assert details["by http"] == "to 30 s"
    assert details["blackout"] == "on by http"
    assert float(rows[-1]["show time"]) > 30
    (report,) = (folder / "logs").glob("*.txt")
    assert report.read_text(encoding="utf-8") in told
    assert "2 cues, 2 commands (2 by http), 1 refusal, no cues passed over, 1 locate" in told


def test_a_killed_show_loses_less_than_a_second_of_its_log(folder: Path) -> None:
    with Running("run", folder) as running:
        running.until(0.2)
        running.post("go")
        given = running.state()["show_time"]
        running.until(given + 1.2)
        running.end(signal.SIGKILL)
    assert [row["what"] for row in log_of(folder) if row["kind"] == "cue"] == ["1", "2"]


def test_the_log_goes_where_it_is_told(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "tonight.csv"
    end = ("--no-browser", "--port", 0, "--duration", 0.3)
    assert show("run", folder, "--log", path, *end).returncode == 0
    assert path.exists()
    assert path.with_suffix(".txt").exists()
    assert not (folder / "logs").exists()
    again = show("run", folder, "--log", path, *end)
    assert again.returncode == 2
    assert again.stderr.splitlines()[-1] == (f"show: {path}: found a file, expected a new name")


def test_a_folder_that_takes_no_log_costs_only_the_log(folder: Path) -> None:
    (folder / "logs").write_text("a file where the folder should be")
    result = show("run", folder, "--no-browser", "--port", 0, "--duration", 0.3)
    assert result.returncode == 0
    assert "this show has no log" in result.stderr
    assert "Show report: Kit" in result.stdout


def test_there_may_be_nothing_to_resume(folder: Path) -> None:
    result = show("run", folder, "--resume", "--no-browser", "--port", 0, "--duration", 0.3)
    assert result.returncode == 0
    assert "nothing to resume" in result.stderr


def test_a_show_with_other_cues_is_not_resumed(folder: Path) -> None:
    with Running("run", folder) as running:
        running.until(0.1)
        running.end(signal.SIGKILL)
    path = folder / "show.toml"
    path.write_text(path.read_text().replace('number = "1"', 'number = "0"').replace('"1"', '"0"'))
    result = show("run", folder, "--resume", "--no-browser", "--port", 0)
    assert result.returncode == 2
    assert "found no cue '1', which the stopped show had run" in result.stderr


def test_a_folder_that_cannot_be_written_costs_only_the_journal(folder: Path) -> None:
    (folder / ".state").write_text("a file where the folder should be")
    result = show("run", folder, "--no-browser", "--port", 0, "--duration", 0.3)
    assert result.returncode == 0
    assert "this show cannot be resumed" in result.stderr


def test_ctrl_c_ends_it_with_the_summary(folder: Path) -> None:
    with Running("run", folder) as running:
        running.until(0.2)
        log = running.end(signal.SIGINT)
    assert running.process.returncode == 0
    assert "ticks" in log
    assert "Traceback" not in log


async def test_a_replay_has_the_frames_and_the_timing_of_the_night(
    folder: Path, tmp_path: Path
) -> None:
    record = tmp_path / "night.mcap"
    made = show("run", folder, "--record", record, "--no-browser", "--port", 0, "--duration", 2)
    assert made.returncode == 0
    night = {frame.show_time: frame for frame in Recording(record).frames()}
    with Running("replay", record, "--loop") as running:
        async with (
            ClientSession() as client,
            client.ws_connect(running.url + "/frames") as ws,
        ):
            assert (await ws.receive_json(timeout=5))["title"] == "Kit"
            seen = [wire.unpack(await ws.receive_bytes(timeout=5)) for _ in range(180)]
            assert "a replay" in running.post("go")["error"]
            assert running.get("/healthz") == "ok\n"
        running.end()
        assert running.process.returncode == 0
    assert all(frame.flags & FrameFlag.REPLAY for frame in seen)
    assert all(np.array_equal(night[f.show_time].joints, f.joints) for f in seen)
    assert len({f.show_time for f in seen}) < len(seen)  # it started again
    late = [
        (b.clock - a.clock) - (b.show_time - a.show_time)
        for a, b in itertools.pairwise(seen)
        if b.show_time > a.show_time
    ]
    assert abs(np.median(late)) < 0.002


def test_a_replay_ends_with_its_recording(folder: Path, tmp_path: Path) -> None:
    record = tmp_path / "night.mcap"
    show("run", folder, "--record", record, "--no-browser", "--port", 0, "--duration", 0.5)
    result = show("replay", record, "--no-browser", "--port", 0)
    assert result.returncode == 0
    assert "frames replayed" in result.stderr


@pytest.mark.slow
def test_the_built_in_production_dances(tmp_path: Path) -> None:
    assert show("check", SALSA).returncode == 0
    record = tmp_path / "night.mcap"
    # a copy, so that no other test's show shares its journal and its OSC port
    copy = tmp_path / "salsa"
    copy.mkdir()
    for name in ("model.onnx", "seeds", "patch.toml"):
        (copy / name).symlink_to(SALSA / name)
    text = (SALSA / "show.toml").read_text(encoding="utf-8")
    (copy / "show.toml").write_text(text.replace(":9000", f":{free_port(socket.SOCK_DGRAM)}"))
    with Running("run", copy, "--record", record) as running:
        for at in (0.6, 1.6):
            running.until(at)
            assert running.post("go") == {"ok": True}
        running.until(4.0)
        assert running.state()["running"]["number"] == "3"
        assert running.state()["faults"] == []
        running.end()
    frames = list(Recording(record).frames())
    assert_same_dance(copy, recorded_events(record), frames)
    assert (frames[-1].level > 0).all()
    assert np.ptp([f.joints for f in frames[-60:]], axis=0).max() > 0.02
