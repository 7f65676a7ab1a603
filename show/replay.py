"""A recorded night again: its frames, with the timing they had, to pages and outputs."""

from __future__ import annotations

import contextlib
import logging
from dataclasses import replace

from engine import wire
from engine.clock import Alarm, open_alarm
from engine.errors import RecordingError
from engine.fanout import Fanout, Sink
from engine.frame import FrameFlag
from engine.lights.levels import Levels
from engine.lights.message import lengths as lengths_of
from engine.sinks.websocket import WebSocketSink
from engine.sources.recording import Recording
from show import curtain, ports
from show.bulletin import Bulletin
from show.desk import ReplayDesk
from show.lamps import Lamps, outlets
from show.options import Options
from show.web import Web, announce

log = logging.getLogger(__name__)


async def replay(recording: Recording, options: Options, *, again: bool) -> None:
    """Serve a recording until it ends, or for ever where it is to start again.

    Raises FigurantError, in one line, where it cannot begin.
    """
    async with contextlib.AsyncExitStack() as closing:
        alarm = open_alarm()
        closing.callback(alarm.close)
        lamps = _lamps(recording, options, alarm)
        if lamps is not None:
            await closing.enter_async_context(lamps.open())
        engine = ports.Engine(recording.hello, options.name, alarm.now)
        frames = WebSocketSink(recording.hello, alarm.now)
        sinks: list[Sink] = [frames, *ports.sinks(options.outputs, engine)]
        fanout = Fanout(sinks)
        desk = ReplayDesk(fanout, lamps)
        bulletin = Bulletin(desk, engine.states)
        door = lamps.door if lamps is not None else None
        web = Web(desk, frames, production=None, now=alarm.now, bulletin=bulletin, lights=door)
        url = await closing.enter_async_context(web.serve(options.host, options.port))
        await closing.enter_async_context(fanout)
        title = f"{recording.hello['title']} (replay)"
        announce(title, url, web, browser=options.browser)
        await curtain.play(_play(recording, desk, alarm, again=again), options.duration)
        log.info("%d frames replayed", desk.frames)


def _lamps(recording: Recording, options: Options, alarm: Alarm) -> Lamps | None:
    """Give the lamps of a recording with lights, on the outputs that are theirs."""
    lengths = lengths_of(recording.rig) if recording.rig is not None else None
    found = outlets(options.outputs, lengths, str(recording.hello["title"]))
    for outlet in found:
        outlet.check()
    if recording.rig is None:
        return None
    delay = float(recording.hello.get("delay", 0.0))
    return Lamps(recording.rig, found, now=alarm.now, delay=delay)


async def _play(recording: Recording, desk: ReplayDesk, alarm: Alarm, *, again: bool) -> None:
    while True:
        await play_once(recording, desk, alarm)
        if not again:
            return


async def play_once(recording: Recording, desk: ReplayDesk, alarm: Alarm) -> None:
    """Play a recording from its first frame to its last good one.

    Raises RecordingError where it holds no frame.
    """
    start: float | None = None
    for moment in recording.moments():
        if start is None:
            start = alarm.now() - moment.clock
        clock = await alarm.until(start + moment.clock)
        if isinstance(moment, Levels):
            if desk.lamps is not None:
                desk.lamps.put(replace(moment, clock=clock), black=False)
            continue
        again = replace(moment, flags=moment.flags | FrameFlag.REPLAY, clock=clock)
        desk.fanout.put(again, wire.pack(again))
        desk.show_time, desk.timecode = moment.show_time, moment.timecode
        desk.frames, desk.clock = desk.frames + 1, clock
    if not desk.frames:
        raise RecordingError(recording.path, found="no frames", expected="a recorded show")
