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
from engine.sinks.websocket import WebSocketSink
from engine.sources.recording import Recording
from show import curtain, ports
from show.bulletin import Bulletin
from show.desk import ReplayDesk
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
        engine = ports.Engine(recording.hello, options.name, alarm.now)
        frames = WebSocketSink(recording.hello, alarm.now)
        sinks: list[Sink] = [frames, *ports.sinks(options.outputs, engine)]
        fanout = Fanout(sinks)
        desk = ReplayDesk(fanout)
        bulletin = Bulletin(desk, engine.states)
        web = Web(desk, frames, production=None, now=alarm.now, bulletin=bulletin)
        url = await closing.enter_async_context(web.serve(options.host, options.port))
        await closing.enter_async_context(fanout)
        title = f"{recording.hello['title']} (replay)"
        announce(title, url, web, browser=options.browser)
        await curtain.play(_play(recording, desk, alarm, again=again), options.duration)
        log.info("%d frames replayed", desk.frames)


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
    for frame in recording.frames():
        if start is None:
            start = alarm.now() - frame.clock
        clock = await alarm.until(start + frame.clock)
        again = replace(frame, flags=frame.flags | FrameFlag.REPLAY, clock=clock)
        desk.fanout.put(again, wire.pack(again))
        desk.show_time, desk.timecode = frame.show_time, frame.timecode
        desk.frames, desk.clock = desk.frames + 1, clock
    if start is None:
        raise RecordingError(recording.path, found="no frames", expected="a recorded show")
