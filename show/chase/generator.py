"""The timecode generator: a timecode to rehearse with, where there is no desk to send one.

While it runs it takes lines: a timecode goes there, `stop` stands, `run` goes on, and a
number is the speed from now on.
"""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass

from engine.clock import Alarm, open_alarm
from engine.errors import AddressError
from show import curtain, timecode
from show.chase import address
from show.chase.transport import Transport
from show.midi.driver import PortError
from show.midi.mtc_sender import MtcSender
from show.midi.output import MidiOutput
from show.timecode import Rate

FASTEST = 8.0
LOOK = 0.5
"""Seconds between two looks whether the port is still there."""


@dataclass(frozen=True, slots=True)
class Run:
    """What is sent: from `start`, seconds since 00:00:00:00, at a speed, for a duration."""

    rate: Rate
    start: float
    speed: float
    duration: float | None


async def generate(url: str, run: Run) -> None:
    """Send a timecode until its duration has passed, or a signal ends it.

    Raises AddressError, in one line, where the port is not there, or goes.
    """
    found = address.parse(url)
    alarm = open_alarm()
    try:
        transport = Transport(alarm.now(), run.start, run.speed)
        try:
            output = MidiOutput(found.name)
        except PortError as error:
            raise AddressError(url, found=error) from None
        port = output.port or "a port of our own"
        print(f"{timecode.text(run.rate.at(run.start))} at {run.rate.name} to {port}", flush=True)
        listen(lambda line: obey(line, transport, run, alarm.now()))
        try:
            await curtain.play(_send_mtc(url, output, transport, run.rate, alarm), run.duration)
        finally:
            output.close()
    finally:
        alarm.close()


async def _send_mtc(
    url: str, output: MidiOutput, transport: Transport, rate: Rate, alarm: Alarm
) -> None:
    sender = MtcSender(transport, rate, output.send)
    clock = looked = alarm.now()
    while True:
        try:
            sender.send(clock)
            if clock - looked > LOOK:
                looked = clock
                if not output.there():
                    raise PortError("the port has gone")
        except PortError as error:
            raise AddressError(url, found=error) from None
        clock = await alarm.until(sender.due(clock))


def obey(line: str, transport: Transport, run: Run, clock: float) -> None:
    """Do what a typed line says; what it is not is said on stderr."""
    word = line.strip()
    try:
        if word == "stop":
            transport.run(clock, 0.0)
        elif word == "run":
            transport.run(clock, run.speed)
        elif ":" in word:
            transport.set(clock, timecode.parse(word, run.rate))
        elif word:
            transport.run(clock, speed(word))
    except ValueError as error:
        print(f"{error}: a timecode, stop, run, or a speed", file=sys.stderr)


def speed(word: str) -> float:
    """Give a speed; raises ValueError where a text is none."""
    try:
        value = float(word)
    except ValueError:
        raise ValueError(f"found {timecode.quoted(word)}") from None
    if not abs(value) <= FASTEST:
        raise ValueError(f"found {word}, expected -{FASTEST:g} to {FASTEST:g}")
    return value


def listen(take: Callable[[str], None]) -> None:
    """Hand the lines of stdin to the event loop, from a thread that nobody waits for."""
    loop = asyncio.get_running_loop()

    def read() -> None:
        """Read without sys.stdin, whose lock would hold up the end of the process."""
        rest = b""
        while data := os.read(sys.stdin.fileno(), 4096):
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                if loop.is_closed():
                    return
                loop.call_soon_threadsafe(take, line.decode(errors="replace"))

    threading.Thread(target=read, name="stdin", daemon=True).start()
