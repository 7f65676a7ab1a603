"""The curtain: what ends a run, be it the work, the duration, Ctrl-C or SIGTERM."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Coroutine


async def play(work: Coroutine[object, object, None], duration: float | None) -> None:
    """Do the work until it is done, `duration` seconds have passed, or a signal comes.

    What the work raises is raised. A second Ctrl-C ends the process as it always does.
    """
    loop = asyncio.get_running_loop()
    task = asyncio.ensure_future(work)
    signals = (signal.SIGINT, signal.SIGTERM)

    def end() -> None:
        for number in signals:
            loop.remove_signal_handler(number)
        task.cancel()

    for number in signals:
        loop.add_signal_handler(number, end)
    try:
        done, _ = await asyncio.wait({task}, timeout=duration)
        if not done:
            task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        if not task.cancelled():
            task.result()
    finally:
        for number in signals:
            loop.remove_signal_handler(number)
