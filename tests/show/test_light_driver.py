"""`show lights` in a process of its own: real shows, olad on another machine, a serial device."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.engine.lights.rigs import ROW
from tests.engine.lights.widgets import Enttec, Plug
from tests.kit import CUES, write_production
from tests.mosquitto import Mosquitto
from tests.olad import Olad
from tests.show.process import ROOT, Running, show
from tests.stage_network import Machine

PATCH = (
    ROW.replace("RGB", "RGB").replace('"RGB"', '"RGB"\ngamma = 1.0\ndither = false')
    + """
[[look]]
name = "red"
kind = "wash"
color = "#ff0000"
[[look]]
name = "blue"
kind = "wash"
color = "#0000ff"
[loss]
hold = 1.5
fade = 0.4
back = 0.3
look = "blue"
"""
)
RED, BLUE, DARK = b"\xff\0\0" * 21, b"\0\0\xff" * 21, bytes(63)


def free_port(kind: socket.SocketKind) -> int:
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A production whose first cue, which runs by itself, makes the lights red."""
    cues = CUES.replace("fade = 0.5\n", 'fade = 0.5\nlights = ["red"]\nlights_fade = 0\n', 1)
    made = write_production(tmp_path / "kit", head='start = "1"', cues=cues)
    (made / "patch.toml").write_text(PATCH, encoding="utf-8")
    return made


class Driver:
    """`show lights`, ended by the context. said: what it has written to stderr so far."""

    def __init__(self, *arguments: object, enter: Sequence[str] = (), child: bool = False) -> None:
        command = [*enter, sys.executable, "-m", "show.cli", "lights", *map(str, arguments)]
        self.process = subprocess.Popen(
            [*command, "--child"] if child else command,
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.said: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> Driver:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self._reader.join(5)
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            assert pipe is not None
            with contextlib.suppress(BrokenPipeError):
                pipe.close()

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.said.append(line)

    def end(self) -> int:
        """Ctrl-C; gives the exit code."""
        self.process.send_signal(signal.SIGINT)
        code = self.process.wait(20)
        self._reader.join(5)
        return code


def output_of(running: Running, url: str) -> dict[str, Any]:
    """What the show's state says of an output; empty where it is not listed."""
    return next((dict(o) for o in running.state()["outputs"] if o["url"] == url), {})


def driver_of(running: Running) -> psutil.Process:
    """The one driver that a show has started; it also dances ahead in a process of its own."""
    children = psutil.Process(running.process.pid).children()
    (driver,) = (child for child in children if "lights" in child.cmdline())
    return driver


def until(condition: Any, seconds: float = 15.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.fixture(params=["ws", "osc", "mqtt"])
def way(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[list[str], str]]:
    """The options of `show run`, and where `show lights` takes its frames from."""
    match request.param:
        case "ws":
            port = free_port(socket.SOCK_STREAM)
            yield ["--port", str(port)], f"ws://127.0.0.1:{port}"
        case "osc":
            url = f"osc://127.0.0.1:{free_port(socket.SOCK_DGRAM)}"
            yield ["--output", url], url
        case _:
            with Mosquitto(tmp_path) as broker:
                yield ["--output", broker.url], broker.url


def test_the_show_lights_the_leds_and_its_death_the_safe_look(
    folder: Path, olad: Olad, stage: Machine, way: tuple[list[str], str]
) -> None:
    options, source = way
    outputs = (
        "--output",
        f"artnet://{stage.inside}",
        "--output",
        f"sacn://{stage.inside}?universes=1:5",
    )
    with Driver(folder, "--from", source, *outputs) as driver:
        for _ in range(2):  # the second show finds the same driver
            with Running("run", folder, *options) as running:
                olad.until(1, RED, 30)
                olad.until(5, RED)
                running.post("blackout", value=True)
                olad.until(1, DARK)
                time.sleep(1.2)  # frames come, so there is no safe look
                assert olad.dmx(1)[:63] == DARK
                running.post("blackout", value=False)
                olad.until(1, RED)
                running.end(signal.SIGKILL)
            olad.until(1, BLUE)
            olad.until(5, BLUE)
        assert driver.end() == 0
    assert olad.dmx(1)[:63] == DARK
    said = "".join(driver.said)
    assert "Traceback" not in said
    assert "frames" in said


def test_an_output_in_a_process_of_its_own_is_started_again(
    folder: Path, olad: Olad, stage: Machine
) -> None:
    url = f"sacn://{stage.inside}?universes=1:6"
    add_output(folder, url)
    with Running("run", folder) as running:
        olad.until(6, RED, 30)
        until(lambda: output_of(running, url).get("sent", 0) > 10)
        assert output_of(running, url)["at"] == "own process"
        child = driver_of(running)
        child.kill()
        until(lambda: "is started again" in str(output_of(running, url)["error"]))
        assert any(url in fault for fault in running.state()["faults"])
        until(lambda: output_of(running, url).get("sent", 0) > 10, 30)
        assert "started 2 times" in output_of(running, url)["detail"]
        assert running.state()["faults"] == []
        olad.until(6, RED)
        log = running.end()
    assert olad.dmx(6)[:63] == DARK
    assert "its process ended with -9" in log
    assert "Traceback" not in log


def test_a_driver_outlives_its_show_with_the_safe_look(
    folder: Path, olad: Olad, stage: Machine
) -> None:
    add_output(folder, f"sacn://{stage.inside}?universes=1:7")
    with Running("run", folder) as running:
        olad.until(7, RED, 30)
        child = driver_of(running)
        running.process.kill()
        running.process.wait()
        try:
            olad.until(7, BLUE)
        finally:
            child.terminate()
            child.wait(10)
            running.process.communicate(timeout=10)
        assert olad.dmx(7)[:63] == DARK


def test_a_driver_whose_show_has_died_makes_room_for_the_next_ones(
    folder: Path, olad: Olad, stage: Machine
) -> None:
    with Running("run", folder) as running:
        source = running.url.replace("http", "ws")
        output = f"sacn://{stage.inside}?universes=1:8"
        with Driver(folder, "--from", source, "--output", output, child=True) as driver:
            olad.until(8, RED, 30)
            assert driver.process.stdin is not None
            driver.process.stdin.close()  # so dies the show that started it
            assert driver.process.wait(20) == 0  # while this one sends frames
        assert olad.dmx(8)[:63] == RED  # it left them to its successor
        assert "the show has died" in "".join(driver.said)


def add_output(folder: Path, url: str) -> None:
    path = folder / "show.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(f'{text}\n[[output]]\nurl = "{url}"\nprocess = true\n', encoding="utf-8")


def test_a_serial_device_that_is_pulled_is_told_and_comes_back(
    folder: Path, tmp_path: Path
) -> None:
    url = f"serial:{tmp_path}/usb-kit*?protocol=enttec"
    with (
        Plug(Enttec(), tmp_path / "usb-kit_widget") as plug,
        Running("run", folder) as running,
        Driver(folder, "--from", running.url.replace("http", "ws"), "--output", url) as driver,
    ):
        plug.until(RED, 30)
        until(lambda: output_of(running, url).get("detail", "").startswith("/dev/pts/"))
        assert output_of(running, url)["error"] is None
        plug.pull()
        until(lambda: output_of(running, url).get("error") is not None)
        with Plug(Enttec(), tmp_path / "usb-kit_widget") as again:
            again.until(RED, 30)
            until(lambda: output_of(running, url).get("error", "") is None)
            assert driver.end() == 0
            again.until(DARK)
    said = [line for line in driver.said if url in line]
    assert len([line for line in said if "trying again" in line]) == 1
    assert len([line for line in said if "back after" in line]) == 1


def test_broadcast_reaches_everyone_on_the_cable(folder: Path, stage: Machine) -> None:
    """The driver runs on the machine beside the LEDs; this end of the cable hears it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ear:
        ear.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        ear.bind(("", 6454))
        ear.settimeout(20)
        source = f"osc://0.0.0.0:{free_port(socket.SOCK_DGRAM)}"
        with Driver(
            folder, "--from", source, "--output", "artnet://", enter=stage.enter
        ):  # no show: the safe look comes by itself
            while True:
                data, (host, _) = ear.recvfrom(2048)
                if host == stage.inside and data[18 : 18 + 63] == BLUE:
                    break
    assert data[:8] == b"Art-Net\0"


BAD: dict[str, tuple[list[str], str]] = {
    # what is wrong: the arguments, and what the line says
    "no patch": (
        ["nowhere.toml", "--from", "ws://x", "--output", "artnet://"],
        "nowhere.toml: found no such file",
    ),
    "a folder without a patch": (
        ["EMPTY", "--from", "ws://x", "--output", "artnet://"],
        "patch.toml: found no such file",
    ),
    "a patch without fixtures": (
        ["NO_FIXTURES", "--from", "ws://x", "--output", "artnet://"],
        "fixture: found none, expected at least one [[fixture]]",
    ),
    "an unknown protocol": (
        ["PATCH", "--from", "ws://x", "--output", "artnte://"],
        "artnte://: found scheme 'artnte', expected 'artnet' perhaps, or one of",
    ),
    "an unknown serial protocol": (
        ["PATCH", "--from", "ws://x", "--output", "serial:/dev/null?protocol=dmx"],
        "protocol: found 'dmx', expected 'dmx4all' perhaps, or one of enttec,",
    ),
    "a universe that the patch has not": (
        ["PATCH", "--from", "ws://x", "--output", "sacn://?universes=2"],
        "universes: found 2, expected one of 1",
    ),
    "a universe that sACN has not": (
        ["PATCH", "--from", "ws://x", "--output", "sacn://?offset=64000"],
        "universes: found universe 1 as 64001, expected 1 to 63999",
    ),
    "a serial port that is not there": (
        ["PATCH", "--from", "ws://x", "--output", "serial:/dev/ttyUSB99?protocol=enttec"],
        "serial:/dev/ttyUSB99?protocol=enttec: found no such device, expected one of",
    ),
    "a source that is none": (
        ["PATCH", "--from", "http://x", "--output", "artnet://"],
        "http://x: found scheme 'http', expected",
    ),
    "a port in use": (
        ["PATCH", "--from", "osc://127.0.0.1:TAKEN", "--output", "artnet://127.0.0.1"],
        "found Address already in use, expected a free port here",
    ),
}


@pytest.mark.parametrize(("arguments", "rest"), BAD.values(), ids=BAD.keys())
def test_what_is_wrong_is_one_line_before_the_curtain(
    tmp_path: Path, folder: Path, arguments: list[str], rest: str
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "none.toml").write_text("", encoding="utf-8")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        words = {
            "EMPTY": tmp_path / "empty",
            "NO_FIXTURES": tmp_path / "none.toml",
            "PATCH": folder,
            "TAKEN": taken.getsockname()[1],
        }
        for word, value in words.items():
            arguments = [argument.replace(word, str(value)) for argument in arguments]
        ended = show("lights", *arguments)
    assert ended.returncode == 2, ended.stderr
    (line,) = ended.stderr.splitlines()
    assert line.startswith("show: ")
    assert rest in line


@pytest.mark.parametrize(
    ("change", "rest"),
    [
        (('url = "', 'url = "osc://127.0.0.1:9/" #'), "process: found true, expected one of"),
        (("process = true", 'process = "yes"'), "process: found"),
        (("universes=1:6", "universes=7"), "universes: found 7, expected one of 1"),
        (("sacn://x?universes=1:6", "serial:/dev/ttyUSB99?protocol=tpm2"), "no such device"),
    ],
)
def test_a_wrong_output_of_the_show_is_one_line_before_the_curtain(
    folder: Path, change: tuple[str, str], rest: str
) -> None:
    add_output(folder, "sacn://x?universes=1:6")
    path = folder / "show.toml"
    text = path.read_text(encoding="utf-8")
    assert change[0] in text
    path.write_text(text.replace(*change), encoding="utf-8")
    ended = show("run", folder, "--no-browser", "--port", 0, "--duration", 1)
    assert ended.returncode == 2, ended.stderr
    (line,) = ended.stderr.splitlines()
    assert rest in line


def test_the_driver_loads_no_model() -> None:
    code = (
        "import sys, show.cli, show.light_driver, engine.sources.websocket_frames, "
        "engine.sources.osc_frames, engine.sources.mqtt_frames; "
        "print(*{name.partition('.')[0] for name in sys.modules})"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True,
        env=os.environ,
    )  # fmt: skip
    assert not {"onnxruntime", "onnx", "tensorflow", "torch", "cv2"} & set(ended.stdout.split())
