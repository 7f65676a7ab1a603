"""The rig: the parts of a running show, joined."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
from collections.abc import AsyncIterable, AsyncIterator, Coroutine, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from engine import wire
from engine.clock import Tick, Ticker
from engine.errors import ProductionError
from engine.fanout import Fanout
from engine.frame import Frame
from engine.journal import Night
from engine.lights.message import rig as rig_of
from engine.lights.state import LightState
from engine.live import LivePoses
from engine.loop import Direct, Loop, Stage
from engine.score import Event
from engine.shifted_alarm import ShiftedAlarm
from engine.sinks.recording import RecordingSink
from engine.sinks.websocket import WebSocketSink
from engine.state import State
from show import curtain, driver_process, osc_tree, ports, resume
from show.ahead import Ahead, Task
from show.book import Book
from show.bulletin import Bulletin
from show.chase.follower import follow
from show.chase.settings import TimecodeSettings
from show.cue_stack import CueStack
from show.desk import ShowDesk
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
from show.troupe.compared import ComparedStage
from show.troupe.gate import Gate
from show.troupe.night_log import Line
from show.troupe.understudy import Understudy
from show.web import Web

if TYPE_CHECKING:  # a show without them needs neither MIDI nor MQTT
    from show.midi.control import MidiControl
    from show.troupe.troupe import Troupe

log = logging.getLogger(__name__)


class Rig:
    """The parts of a running show, joined."""

    def __init__(
        self,
        production: Production,
        options: Options,
        night: Night | None,
        alarm: ShiftedAlarm,
        shelves: Shelves,
        troupe: Troupe | None = None,
        *,
        stands_by: bool = False,
    ) -> None:
        """Join the parts; stands_by: behind another engine of the troupe."""
        show = production.show
        engine = ports.Engine(
            hello_of(production, alarm.now()),
            options.name,
            alarm.now,
            None if show.patch is None else self._light_state,
            None if troupe is None else troupe.url,
        )
        self._engine, self._controls, self._show = engine, production.controls, show
        self._shelves, self._troupe = shelves, troupe
        frames = WebSocketSink(engine.hello, alarm.now, engine.teller())
        performance = perform(
            production,
            night.events if night else (),
            shelves=[shelves.score, shelves.night],
            kept=self._keep,
        )
        performance.at(night.show_time if night else 0.0)
        self.recording = None
        if options.record is not None:
            rig = rig_of(show.patch) if show.patch is not None else None
            self.recording = RecordingSink(options.record, engine.hello, rig)
        urls = [*(port.url for port in show.outputs if not port.process), *options.outputs]
        self.lights = self._lit(show, urls, alarm)
        sinks = ports.sinks(urls, engine)
        if self.lights is not None:
            sinks.append(self.lights.sink)
        self.pages = Fanout([frames, *([] if self.recording is None else [self.recording])])
        self.fanout = Fanout(sinks)
        self.gate = Gate(self.pages, self.fanout, troupe, now=alarm.now, every=show.rate)
        self.sources = [*(port.url for port in show.sources), *options.sources]
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
        stage: Stage = performance
        direct: Direct = self.follower.direct if self.follower else self.manager.direct
        self.understudy = None
        if stands_by and troupe is not None:
            stage = compared = ComparedStage(performance, performance.adopt)
            self.understudy = Understudy(
                troupe,
                alarm,
                compared,
                lines=self._learn,
                take_over=self._take_over,
                direct=direct,
                patience=options.patience,
            )
            direct = self.understudy.direct
        self.loop = Loop(stage, direct, self.gate, show.rate)
        self.ahead = Ahead(show.path, shelves.score.path, self.changed.set)
        self.desk = ShowDesk(
            self.manager,
            self.loop,
            self.ticker,
            [self.pages.lanes[0], *self.fanout.lanes, *self.pages.lanes[1:]],
            self.changed,
            self.lights,
        )
        self.desk.follower = self.follower
        self.desk.troupe, self.desk.understudy = troupe, self.understudy
        if troupe is not None:
            troupe.changed = self.changed.set
        self.desk.ahead, self.desk.log = self.ahead, self.book.log
        self._on_stage = contextlib.AsyncExitStack()
        self._url = ""
        self._unread = False
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

    def _midi(self, production: Production, alarm: ShiftedAlarm) -> MidiControl | None:
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

    def _lit(self, show: Show, urls: Sequence[str], alarm: ShiftedAlarm) -> ShowLights | None:
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

    @contextlib.asynccontextmanager
    async def open(self, url: str) -> AsyncIterator[None]:
        """Open the pages' frames, and in the end close all that was opened. url: the pages'."""
        self._url = url
        async with self.pages, self.ahead, self._on_stage:
            yield

    async def begin(self, night: Night | None) -> None:
        """Go on stage, or stand by."""
        if self.understudy is not None:
            await self.understudy.open()
        else:
            await self._claim(night)
            await self._on_stage.enter_async_context(self._performing())
            if night is None:
                self.manager.begin()
        self.dance_ahead()

    async def _claim(self, night: Night | None) -> None:
        """Tell the troupe, if there is one, that this engine plays."""
        if self._troupe is not None:
            if night is not None:
                self._troupe.carry(night)
            if not await self._troupe.take_over():
                self._troupe.play()  # the broker is away: it is told when it comes

    @contextlib.asynccontextmanager
    async def _performing(self) -> AsyncIterator[None]:
        """Hear commands and send frames while the context lasts."""
        async with contextlib.AsyncExitStack() as closing:
            for source in ports.sources(self.sources, self.desk.command):
                await source.open()
                closing.callback(source.close)
            if self.lights is not None:
                await closing.enter_async_context(self.lights.lamps.open())
            for output in self._show.outputs:
                if output.process:
                    await closing.enter_async_context(self.drive(self._show, output.url, self._url))
            await closing.enter_async_context(self.fanout)
            self.gate.is_open = True
            yield

    async def _until_deposed(self, playing: Coroutine[Any, Any, None]) -> None:
        """Play until the end, or until another engine plays."""
        if self._troupe is None:
            await playing
            return
        tasks = [
            asyncio.ensure_future(playing),
            asyncio.create_task(self._troupe.deposed.wait()),
        ]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self.gate.is_open = False
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        if tasks[0].done() and not tasks[0].cancelled():
            tasks[0].result()

    def _learn(self, lines: Sequence[Line]) -> None:
        """Take new lines of the night that another engine plays."""
        for line in lines:
            if "event" in line:
                self._hear(Event(**line["event"]), self._engine.now())
            elif self.desk.journal is not None:
                self.desk.journal.stack(line["stack"], line["at"])
        self._unread = True
        self.changed.set()

    def _remember(self, show_time: float) -> None:
        """Bring the stage manager to where the other engine's night is."""
        assert self._troupe is not None
        self._unread = False
        try:
            resume.restore(self.manager, self._troupe.log.night(show_time), self._show)
        except ProductionError as error:  # another production, which a fault says
            log.error("%s", error)

    async def _take_over(self, frame: Frame) -> None:
        """Play on from another engine's last frame."""
        assert self._troupe is not None
        self._remember(frame.show_time)
        held = resume.was_held(self._troupe.log.night(frame.show_time))
        self.manager.clock = ShowClock(frame.show_time, held=held)
        self.manager.clock.start(frame.clock)
        opening = asyncio.create_task(self._on_stage.enter_async_context(self._performing()))
        self._on_stage.push_async_callback(_ended, opening)

    async def play(self, start: float, duration: float | None) -> bool:
        """Play from an engine clock on until the end; tell whether another engine plays now."""
        gc.collect()
        gc.freeze()  # what is loaded now stays: the collector need not look at it again
        ticks: AsyncIterable[Tick] = self.ticker
        if self.understudy is None:
            self.ticker.start = start
            self.manager.clock.start(start)
        else:
            ticks = self.understudy.ticks(self.ticker)
        marks = asyncio.create_task(self._mark())
        try:
            await curtain.play(self._until_deposed(self.loop.run(ticks)), duration)
            if self._troupe is not None:
                await self._troupe.end()
        finally:
            marks.cancel()
        if self.desk.journal is not None:
            self.desk.journal.close()
        return self._troupe is not None and self._troupe.deposed.is_set()

    def dance_ahead(self) -> None:
        """Have the score danced ahead, where it has changed."""
        if self.manager.score is not self._score:
            self._score = self.manager.score
            self.ahead.want(Task.of(self._score, self._show))

    def _keep(self, mark: bytes, state: State) -> None:
        self._shelves.keep(mark, state)
        if self._troupe is not None and self._troupe.plays:
            self._troupe.checkpoint(mark, state)

    def _hear(self, event: Event, clock: float) -> None:
        if self._troupe is not None and self._troupe.plays:
            self._troupe.event(event)
        if self.desk.journal is not None:
            self.desk.journal.event(event)
        if self.recording is not None:
            self.recording.event(event, clock)
        if self.lights is not None:
            self.lights.hear(event)

    def _note(self) -> None:
        self.changed.set()
        self.dance_ahead()
        state, show_time = self.stack.written(), self.manager.night.moments[-1].show_time
        if self.desk.journal is not None:
            self.desk.journal.stack(state, show_time)
        if self._troupe is not None and self._troupe.plays:
            self._troupe.stack(state, show_time)

    async def _mark(self) -> None:
        """Note the show time every second, and what another engine does, where one plays."""
        while True:
            await asyncio.sleep(1.0)
            if self.loop.last_frame is None:
                continue
            if self.desk.journal is not None:
                self.desk.journal.mark(self.loop.last_frame.show_time)
            if self._unread and self.understudy is not None and self.understudy.following:
                self._remember(self.loop.last_frame.show_time)
                self.changed.set()


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


async def _ended(task: asyncio.Task[None]) -> None:
    """Let a task end that may still be on its way."""
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
