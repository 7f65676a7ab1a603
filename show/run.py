"""A show from the first check to the last summary: everything joined and started."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from engine import wire
from engine.clock import Alarm, Ticker, open_alarm
from engine.fanout import Fanout, Sink
from engine.journal import Night
from engine.lights.message import rig as rig_of
from engine.lights.state import LightState
from engine.live import LivePoses
from engine.loop import Loop
from engine.score import Event
from engine.sinks.recording import RecordingSink
from engine.sinks.websocket import WebSocketSink
from show import broker, curtain, driver_process, osc_tree, ports, resume
from show.ahead import Ahead, Task
from show.book import Book
from show.bulletin import Bulletin
from show.chase.follower import follow
from show.chase.settings import TimecodeSettings
from show.cue_stack import CueStack
from show.desk import ShowDesk
from show.discovery import discoverable
from show.driver_process import DriverProcess
from show.lamps import outlets
from show.lights import ShowLights
from show.options import Options
from show.production import Production, perform
from show.shelves import Shelves
from show.show_clock import ShowClock
from show.show_file import Show
from show.stage_manager import StageManager
from show.timeline import Timeline
from show.web import Web, announce

if TYPE_CHECKING:
    from show.midi.control import MidiControl

log = logging.getLogger(__name__)

LEAD = 0.02
"""Seconds from the last preparation to the first tick."""


async def run(production: Production, options: Options) -> None:
    """Run a show until its duration has passed, or a signal ends it.

    Raises FigurantError, in one line, where the show cannot begin.
    """
    show = production.show
    night = resume.night(show, wanted=options.resume)
    async with contextlib.AsyncExitStack() as closing:
        alarm = open_alarm()
        closing.callback(alarm.close)
        written = options.broker or show.broker
        url = await closing.enter_async_context(broker.opened(written, options.host))
        if url is not None:
            both = (*options.outputs, url), (*options.sources, url)
            options = replace(options, outputs=both[0], sources=both[1])
        shelves = Shelves(production, goes_on=night is not None)
        closing.callback(shelves.close)
        rig = _Rig(production, options, night, alarm, shelves)
        if rig.recording is not None:
            closing.push_async_callback(rig.recording.close)
        url = await closing.enter_async_context(rig.web.serve(options.host, options.port))
        rig.desk.journal = resume.open_journal(show, night)
        if rig.midi is not None:
            await rig.midi.open()
            closing.push_async_callback(rig.midi.close)
        if rig.follower is not None:
            await rig.follower.open()
            closing.push_async_callback(rig.follower.close)
        urls = [*(port.url for port in show.sources), *options.sources]
        for source in ports.sources(urls, rig.desk.command):
            await source.open()
            closing.callback(source.close)
        if rig.lights is not None:
            await closing.enter_async_context(rig.lights.lamps.open())
        for output in show.outputs:
            if output.process:
                await closing.enter_async_context(rig.drive(show, output.url, url))
        await closing.enter_async_context(rig.fanout)
        await closing.enter_async_context(rig.ahead)
        if night is None:
            rig.manager.begin()
        rig.dance_ahead()
        await closing.enter_async_context(rig.book.kept(rig.desk))
        announce(show.title, url, rig.web, browser=options.browser)
        own = broker.port_of(written) if written is not None else None
        await closing.enter_async_context(
            discoverable(show.title, url, urls, rig.tree, host=options.host, broker=own)
        )
        await rig.play(alarm.now() + LEAD, options.duration)


class _Rig:
    """The parts of a running show, joined."""

    def __init__(
        self,
        production: Production,
        options: Options,
        night: Night | None,
        alarm: Alarm,
        shelves: Shelves,
    ) -> None:
        show = production.show
        engine = ports.Engine(
            hello_of(production, alarm.now()),
            options.name,
            alarm.now,
            None if show.patch is None else self._light_state,
        )
        self._engine, self._controls = engine, production.controls
        frames = WebSocketSink(engine.hello, alarm.now, engine.teller())
        performance = perform(
            production,
            night.events if night else (),
            shelves=[shelves.score, shelves.night],
            kept=shelves.keep,
        )
        performance.at(night.show_time if night else 0.0)
        self.recording = None
        if options.record is not None:
            rig = rig_of(show.patch) if show.patch is not None else None
            self.recording = RecordingSink(options.record, engine.hello, rig)
        urls = [*(port.url for port in show.outputs if not port.process), *options.outputs]
        self.lights = self._lit(show, urls, alarm)
        sinks: list[Sink] = [frames, *ports.sinks(urls, engine)]
        if self.lights is not None:
            sinks.append(self.lights.sink)
        if self.recording is not None:
            sinks.append(self.recording)
        self.fanout = Fanout(sinks)
        self.stack = CueStack(show.cues, go_guard=show.go_guard, panic=show.panic)
        self.book = Book(show, options.log)
        self.manager = StageManager(
            self.stack,
            ShowClock(night.show_time if night else 0.0, held=resume.was_held(night)),
            start=show.start,
            controls=production.controls,
            now=alarm.now,
            people=LivePoses(engine.performers),
            step_rate=production.model.metadata.rate,
            heard=self._hear,
            book=self.book.note,
            changed=self._note,
        )
        if night is not None:
            resume.restore(self.manager, night, show)
            self._relight(night)
        self.ticker = Ticker(show.rate, alarm)
        self.changed = asyncio.Event()
        settings = timecode_of(show, options)
        self.follower = follow(settings, self.manager, now=alarm.now, changed=self.changed.set)
        direct = self.follower.direct if self.follower else self.manager.direct
        self.loop = Loop(performance, direct, self.fanout, show.rate)
        self.ahead = Ahead(show.path, shelves.score.path, self.changed.set)
        self.desk = ShowDesk(
            self.manager, self.loop, self.ticker, self.fanout, self.changed, self.lights
        )
        self.desk.follower = self.follower
        self.desk.ahead, self.desk.log = self.ahead, self.book.log
        self._show = show
        self._score: Timeline | None = None
        self.midi = self.desk.midi = self._midi(production, alarm)
        bulletin = Bulletin(self.desk, engine.states)
        self.web = Web(
            self.desk,
            frames,
            production=show.folder,
            now=alarm.now,
            bulletin=bulletin,
            lights=self.lights.lamps.door if self.lights is not None else None,
        )

    def _midi(self, production: Production, alarm: Alarm) -> MidiControl | None:
        """Give what listens to MIDI inputs, None where the show has none."""
        if production.show.midi is None:
            return None
        from show.midi.control import MidiControl

        return MidiControl(
            production.show,
            production.show.midi,
            production.controls,
            self.desk.command,
            now=alarm.now,
            changed=self.changed.set,
        )

    def _lit(self, show: Show, urls: Sequence[str], alarm: Alarm) -> ShowLights | None:
        """Give the lights of a show that has some, on the outputs that are theirs."""
        used = show.patch.lengths if show.patch else None
        found = outlets(urls, used, show.title)
        apart = outlets([port.url for port in show.outputs if port.process], used, show.title)
        for outlet in (*found, *apart):
            outlet.check()
        if show.patch is None:
            return None
        return ShowLights(
            show,
            show.patch,
            found,
            now=alarm.now,
            black=lambda: self.manager.blackout,
            record=self.recording.levels if self.recording is not None else None,
        )

    def _light_state(self) -> LightState:
        assert self.lights is not None  # or nobody would be asked to tell it
        return self.lights.state

    def _relight(self, night: Night) -> None:
        """Bring the lights to where the night stopped."""
        if self.lights is not None:
            for event in night.events:
                self.lights.hear(event)

    def drive(self, show: Show, url: str, pages: str) -> DriverProcess:
        """Give the process of an output of the lights. pages: where this show serves."""
        assert show.patch is not None  # or its output would have been refused
        source = pages.replace("http://", "ws://").replace("//0.0.0.0:", "//127.0.0.1:")
        argv = driver_process.command(show.patch.path, source.rstrip("/"), url)
        process = DriverProcess(url, argv)
        self.desk.processes.append(process)
        return process

    def tree(self) -> dict[str, Any]:
        """Give the OSC addresses that the show hears and sends, and what there is at them."""
        names, frame, manager = self._engine.performers, self.loop.last_frame, self.manager
        delay = float(self._engine.hello["delay"])
        values = {} if frame is None else osc_tree.values_of(frame, names, delay)
        values |= {f"control/{name}": [value] for name, value in manager.controls.items()}
        values |= {"hold": [int(manager.clock.held)], "blackout": [int(manager.blackout)]}
        return osc_tree.tree(names, self._controls, values)

    async def play(self, start: float, duration: float | None) -> None:
        """Play from an engine clock on until the end, and report."""
        gc.collect()
        gc.freeze()  # what is loaded now stays: the collector need not look at it again
        self.ticker.start = start
        self.manager.clock.start(start)
        marks = asyncio.create_task(self._mark())
        try:
            await curtain.play(self.loop.run(self.ticker), duration)
        finally:
            marks.cancel()
        if self.desk.journal is not None:
            self.desk.journal.close()

    def dance_ahead(self) -> None:
        """Have the score danced ahead, where it has changed."""
        if self.manager.score is not self._score:
            self._score = self.manager.score
            self.ahead.want(Task.of(self._score, self._show))

    def _hear(self, event: Event, clock: float) -> None:
        if self.desk.journal is not None:
            self.desk.journal.event(event)
        if self.recording is not None:
            self.recording.event(event, clock)
        if self.lights is not None:
            self.lights.hear(event)

    def _note(self) -> None:
        self.changed.set()
        self.dance_ahead()
        if self.desk.journal is not None:
            moment = self.manager.night.moments[-1]
            self.desk.journal.stack(self.stack.written(), moment.show_time)

    async def _mark(self) -> None:
        """Note the show time every second."""
        while self.desk.journal is not None:
            await asyncio.sleep(1.0)
            if self.loop.last_frame is not None:
                self.desk.journal.mark(self.loop.last_frame.show_time)


def timecode_of(show: Show, options: Options) -> TimecodeSettings:
    """Give the settings of the timecode: the show's, with the source of the options."""
    if options.timecode is None:
        return show.timecode
    return replace(show.timecode, source=options.timecode)


def hello_of(production: Production, clock: float) -> dict[str, object]:
    """Give the hello of a production."""
    show = production.show
    names = [performer.name for performer in show.performers]
    return wire.hello(
        title=show.title,
        rate=show.rate,
        performers=list(zip(names, show.colors, strict=True)),
        stage=show.stage,
        delay=show.delay,
        clock=clock,
        timecode_rate=show.timecode.rate.name,
    )
