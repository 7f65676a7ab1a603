"""A JACK server of the tests' own: real MIDI ports between processes, without hardware.

Started by the fixture that asks for it, as a server with a name of its own and the dummy
driver, and ended with the session. JACK hands messages on once a period, every 5.3 ms.
Without real-time priority, on a busy machine, it misses a period now and then, and loses or
doubles messages then; it says so, as an "xrun".
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.missing import skip_or_fail

NAME = f"figurant-tests-{os.getpid()}"
COMMAND = tuple(f"jackd -n {NAME} --no-mlock -r -d dummy -r 48000 -p 256".split())
SETTINGS = {
    "JACK_DEFAULT_SERVER": NAME,
    "JACK_NO_AUDIO_RESERVATION": "1",
    "FIGURANT_MIDI": "jack",
}
"""What a process needs in its environment to be a client of this server."""


class Jack:
    """The server that runs. log: what it says."""

    def __init__(self, log: Path) -> None:
        self._log = log

    def xruns(self) -> int:
        """How many periods it has missed so far."""
        return self._log.read_text(encoding="utf-8", errors="replace").lower().count("xrun")


@pytest.fixture(scope="session")
def jack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jack]:
    """MIDI ports by JACK, for this process and those that it starts."""
    if shutil.which("jackd") is None:
        skip_or_fail("no jackd on the path: 'apt install jackd2'")
    try:
        import rtmidi  # noqa: F401
    except ImportError:
        skip_or_fail("no python-rtmidi for this Python")
    before = {key: os.environ.get(key) for key in SETTINGS}
    os.environ.update(SETTINGS)
    log = tmp_path_factory.mktemp("jack") / "jackd.log"
    with log.open("wb") as said:
        server = subprocess.Popen(COMMAND, stdout=said, stderr=said)
    try:
        _wait(server)
        yield Jack(log)
    finally:
        server.terminate()
        server.wait(timeout=10)
        for key, value in before.items():
            if value is None:
                del os.environ[key]
            else:
                os.environ[key] = value


def _wait(server: subprocess.Popen[bytes]) -> None:
    from show.midi.driver import OutputDriver, PortError

    deadline = time.monotonic() + 10
    while True:
        assert server.poll() is None, "jackd has ended"
        try:
            OutputDriver("jack").end()
        except PortError:
            assert time.monotonic() < deadline, "jackd does not answer"
            time.sleep(0.1)
        else:
            return
