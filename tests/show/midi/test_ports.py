from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable

import mido
import pytest

from show.device_name import matching
from show.midi import ports
from show.midi.driver import PortError
from show.midi.output import MidiOutput
from show.midi.ports import MidiInput
from tests.jack import Jack

NAMES = ["nanoKONTROL2:nanoKONTROL2 MIDI 1 20:0", "Desk [A]:out", "Pedal 1", "Pedal 2"]


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        ("nanokontrol", NAMES[0]),
        ("Pedal", "Pedal 1"),
        ("pedal 2", "Pedal 2"),
        ("Pedal ?", "Pedal 1"),
        ("*out", "Desk [A]:out"),
        ("Desk [A]", "Desk [A]:out"),
        ("Pedal*1", "Pedal 1"),
        ("edal ?", None),
        ("keyboard", None),
    ],
)
def test_a_port_is_known_by_a_part_of_its_name(pattern: str, name: str | None) -> None:
    assert matching(pattern, NAMES) == name


class Plugs:
    """A driver whose ports a test plugs in and pulls out."""

    def __init__(self, api: str) -> None:
        self.there: list[str] = []
        self.receive: Callable[[list[int]], None] | None = None
        self.opened: list[str] = []

    def names(self) -> list[str]:
        return self.there

    def open(self, name: str, receive: Callable[[list[int]], None]) -> None:
        self.opened.append(name)
        self.receive = receive

    def close(self) -> None:
        self.receive = None

    end = close


@contextlib.asynccontextmanager
async def opened(found: MidiInput) -> AsyncIterator[MidiInput]:
    await found.open()
    try:
        yield found
    finally:
        await found.close()


async def until(true: Callable[[], object]) -> None:
    async with asyncio.timeout(10):
        while not true():
            await asyncio.sleep(0.005)


async def test_a_port_that_goes_comes_back_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "LOOK", 0.001)
    plugs, heard, changes = Plugs(""), [], []
    found = MidiInput(
        "pedal",
        lambda clock, message: heard.append((clock, message.type)),
        now=lambda: 7.0,
        changed=lambda: changes.append(found.port),
        make=lambda api: plugs,
    )
    async with opened(found):
        assert (found.port, found.error) == (None, "no such MIDI input, there are none at all")
        plugs.there = ["Pedal 1"]
        await until(lambda: found.port)
        assert plugs.receive is not None
        plugs.receive([0x90, 60, 1])
        plugs.there = ["Keys"]
        await until(lambda: not found.port)
        assert found.error == "no such MIDI input, there are 'Keys'"
        plugs.there = ["Keys", "Pedal 1 (2)"]
        await until(lambda: found.port)
        plugs.receive([0x90, 61, 1])
        await until(lambda: len(heard) == 2)
    assert heard == [(7.0, "note_on")] * 2
    assert changes == [None, "Pedal 1", None, "Pedal 1 (2)"]
    assert plugs.opened == ["Pedal 1", "Pedal 1 (2)"]


async def test_where_there_is_no_midi_it_waits_and_says_so() -> None:
    def fail(api: str) -> Plugs:
        raise PortError(f"no MIDI here, by {api}")

    async with opened(
        MidiInput("pedal", lambda *_: None, now=time.monotonic, api="jack", make=fail)
    ) as found:
        assert found.error == "no MIDI here, by jack"


SENDER = """
import sys, time, mido
port = mido.open_output("pedal", client_name="tests", virtual=True)
sys.stdin.readline()
for n in range(int(sys.argv[1])):
    port.send(mido.Message("control_change", control=n % 128, value=n // 128))
    time.sleep(0.001)
time.sleep(0.2)
"""


def sender(messages: int) -> subprocess.Popen[bytes]:
    """Another process with a MIDI port, by bare mido, that sends numbered messages at a line."""

    environment = os.environ | {"MIDO_BACKEND": "mido.backends.rtmidi/UNIX_JACK"}
    arguments = [sys.executable, "-c", SENDER, str(messages)]
    return subprocess.Popen(arguments, env=environment, stdin=subprocess.PIPE)


async def test_nothing_is_lost_or_doubled_between_two_processes(jack: Jack) -> None:
    """Unplugged and plugged in again: the same port of a second process."""
    heard: list[tuple[float, mido.Message]] = []
    found = MidiInput("tests:pedal", lambda *both: heard.append(both), now=time.monotonic)
    whole = 0
    async with opened(found):
        assert found.port is None
        for _ in range(8):
            heard.clear()
            missed = jack.xruns()
            with sender(300) as process:
                await until(lambda: found.port == "tests:pedal")
                process.communicate(b"\n")
            await until(lambda: found.port is None)
            numbers = [message.control + 128 * message.value for _, message in heard]
            if numbers == list(range(300)):
                whole += 1
            else:
                assert jack.xruns() > missed, "JACK has lost nothing, and yet something is lost"
            clocks = [clock for clock, _ in heard]
            assert clocks == sorted(clocks)
            if whole == 2:
                return
    pytest.fail(f"JACK has missed periods in {8 - whole} of 8 turns")


@pytest.mark.usefixtures("jack")
def test_an_output_that_is_not_there_is_named() -> None:
    with pytest.raises(PortError, match="no such MIDI output, there are"):
        MidiOutput("desk")
