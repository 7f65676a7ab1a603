"""A show from the first check to the last summary: opened, played, closed."""

from __future__ import annotations

import contextlib
import logging
from dataclasses import replace
from urllib.parse import urlsplit

from engine.clock import open_alarm
from engine.shifted_alarm import ShiftedAlarm
from show import broker, resume
from show.discovery import discoverable
from show.options import Options
from show.production import Production
from show.rig import Rig
from show.shelves import Shelves
from show.web import announce

log = logging.getLogger(__name__)

LEAD = 0.02
"""Seconds from the last preparation to the first tick."""


async def run(production: Production, options: Options) -> None:
    """Run a show until its duration has passed, or a signal ends it.

    Where another engine takes over, this one stands by from then on. Raises FigurantError,
    in one line, where the show cannot begin.
    """
    written = options.broker or production.show.broker
    async with broker.opened(written, options.host) as url:
        if url is not None:
            both = (*options.outputs, url), (*options.sources, url)
            options = replace(options, broker=url, outputs=both[0], sources=both[1])
        own = broker.port_of(written) if written is not None else None
        while (port := await _evening(production, options, own)) is not None:
            log.warning("another engine plays from now on: this one stands by")
            options = replace(options, port=port, standby=True, resume=False, record=None, log=None)


async def _evening(production: Production, options: Options, own: int | None) -> int | None:
    """Run a show; give the port of its pages where another engine has taken over, else None.

    options: with the broker's URL. own: port of an embedded broker, None without.
    """
    show = production.show
    async with contextlib.AsyncExitStack() as closing:
        alarm = ShiftedAlarm(open_alarm())
        closing.callback(alarm.close)
        troupe = None
        if options.broker is not None:
            from show.troupe.troupe import Troupe

            troupe = Troupe(options.broker, options.name)
            await closing.enter_async_context(troupe.open())
        stands_by = troupe is not None and (options.standby or troupe.other is not None)
        night = None if stands_by else resume.night(show, wanted=options.resume)
        shelves = Shelves(production, goes_on=night is not None)
        closing.callback(shelves.close)
        rig = Rig(production, options, night, alarm, shelves, troupe, stands_by=stands_by)
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
        await closing.enter_async_context(rig.open(url))
        await rig.begin(night)
        await closing.enter_async_context(rig.book.kept(rig.desk))
        title = f"{show.title} (standby)" if stands_by else show.title
        announce(title, url, rig.web, browser=options.browser)
        await closing.enter_async_context(
            discoverable(show.title, url, rig.sources, rig.tree, host=options.host, broker=own)
        )
        deposed = await rig.play(alarm.now() + LEAD, options.duration)
        return urlsplit(url).port if deposed else None
