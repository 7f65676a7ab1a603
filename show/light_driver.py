"""`show lights`: the LED driver as a process of its own, on the machine beside the LEDs."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import math
import os
import socket
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from engine.clock import Ticker, open_alarm
from engine.errors import AddressError
from engine.lights.lanes import LightLanes
from engine.lights.outlet import outlet
from engine.lights.patch import Patch
from engine.lights.player import RATE, Player
from engine.sources.frames import FrameSource, frame_source
from show import curtain, patch_file

log = logging.getLogger(__name__)

LAST_FRAMES = 0.5
"""Seconds in which frames of a show that has died may still come."""


@dataclass(frozen=True, slots=True)
class LightOptions:
    """What the command line says.

    patch: a patch.toml, or the folder that holds one. child: whether a show has started it,
    and holds the other end of its standard input.
    """

    patch: Path
    source: str
    outputs: Sequence[str]
    duration: float | None = None
    child: bool = False


async def run(options: LightOptions) -> None:
    """Drive the lights until the duration has passed, or a signal ends it.

    Raises FigurantError, in one line, where it cannot begin.
    """
    patch = _patch(options.patch)
    name = source_name(patch)
    outlets = [outlet(url, patch.lengths, name) for url in dict.fromkeys(options.outputs)]
    if not outlets:
        raise AddressError("--output", found="none", expected="at least one, artnet://… perhaps")
    for made in outlets:
        made.check()
    async with LightLanes(outlets) as lanes:
        lights = _Lights(patch, lanes, options.source)
        await lights.open()
        if options.child:
            await lights.watch_parent()
        print(
            f"lights of {patch.path}: {options.source} to {', '.join(options.outputs)}", flush=True
        )
        gc.collect()
        gc.freeze()
        _be_prompt()
        try:
            await curtain.play(lights.play(), options.duration)
        finally:
            if not lights.relieved:
                await lanes.end(lights.player.dark())
            lights.report()


def source_name(patch: Patch) -> str:
    """Give what receivers of sACN read as the name of the source."""
    return f"Figurant {patch.path.resolve().parent.name}"


class _Lights:
    """The parts of the driver, joined.

    relieved: whether the show that started it has died, and another sends frames, which has
    a driver of its own.
    """

    def __init__(self, patch: Patch, lanes: LightLanes, url: str) -> None:
        """Raises AddressError where the URL is none that frames come from."""
        self.relieved = False
        self.player = Player(patch, lanes, time.monotonic())
        self._orphaned = math.inf
        self._lanes = lanes
        self._source: FrameSource = frame_source(
            url,
            now=time.monotonic,
            ponged=self.player.offset.pong,
            lit=self.player.lit,
            report=self._report,
        )

    async def play(self) -> None:
        """Play frames as they come, and the safe look when none do, until cancelled."""
        idle = asyncio.create_task(self._idle())
        try:
            await self._listen()
        finally:
            idle.cancel()

    async def open(self) -> None:
        """Make ready to listen; raises AddressError where that cannot be."""
        await self._source.open()

    async def watch_parent(self) -> None:
        """Watch the standard input, whose end says that the show has died."""
        loop = asyncio.get_running_loop()
        await loop.connect_read_pipe(lambda: _Parent(self._orphan), sys.stdin)

    def _orphan(self) -> None:
        self._orphaned = time.monotonic()
        log.warning("the show has died; the lights go on by themselves until a new one begins")

    async def _listen(self) -> None:
        """Play frames until cancelled, or relieved."""
        met: object = None
        async with contextlib.aclosing(self._source.frames()) as frames:
            async for frame in frames:
                if self._source.hello is not met and self._source.hello is not None:
                    met = self._source.hello
                    self.player.meet(self._source.hello)
                now = time.monotonic()
                self.relieved = now > self._orphaned + LAST_FRAMES
                if self.relieved:
                    return
                self.player.take(frame, now)

    async def _idle(self) -> None:
        alarm = open_alarm()
        try:
            async for tick in Ticker(RATE, alarm):
                self.player.idle(tick.actual)
        finally:
            alarm.close()

    def _report(self) -> dict[str, Any]:
        """Give what the show is told of this driver."""
        outputs = [asdict(lane.health()) for lane in self._lanes.lanes]
        return {"name": socket.gethostname(), "outputs": outputs}

    def report(self) -> None:
        """Log the run in numbers."""
        player = self.player
        log.info("%d frames, %d late, %d refused", player.frames, player.late, player.refused)
        for lane in self._lanes.lanes:
            log.info("%s: %d sent, %d missed", lane.sink.url, lane.sent, lane.missed)


def _be_prompt() -> None:
    """Ask for real-time scheduling, so that pictures go out in time on a busy machine.

    A picture costs a millisecond or two; where the system refuses, it is as prompt as any.
    """
    if sys.platform == "linux":
        with contextlib.suppress(PermissionError):
            os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))


class _Parent(asyncio.Protocol):
    """The standard input."""

    def __init__(self, gone: Callable[[], None]) -> None:
        self._gone = gone

    def connection_lost(self, exc: Exception | None) -> None:
        self._gone()


def _patch(path: Path) -> Patch:
    return patch_file.read(path / patch_file.NAME if path.is_dir() else path)
