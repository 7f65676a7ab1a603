"""A driver process: an output of the lights in a process of its own, started by the show.

It takes the frames from the show's own WebSocket, as one on another machine would, and is
started again when it dies. Should the show die instead, its driver goes on to the safe look,
and ends when a new show, which has a driver of its own, sends frames again.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from engine.receiver_report import Health

log = logging.getLogger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 10.0
WELL = 30.0
"""Seconds after which a process that dies is one that had worked: the pauses begin anew."""
FAREWELL = 3.0
"""Seconds that a process gets to leave the stage dark."""


def command(patch: Path, source: str, url: str) -> list[str]:
    """Give what is started for an output. source: where frames come from."""
    lights = [sys.executable, "-m", "show.cli", "lights", str(patch), "--child"]
    return [*lights, "--from", source, "--output", url]


class DriverProcess:
    """Keeps one output's process alive, as an async context. started: how often it was begun.

    argv: what is started. pause: waits some seconds.
    """

    def __init__(
        self,
        url: str,
        argv: Sequence[str],
        *,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.url = url
        self.started = 0
        self.error: str | None = None
        self._argv, self._pause = argv, pause
        self._task: asyncio.Task[None] | None = None

    def health(self, told: Health | None) -> Health:
        """Tell how the output is. told: what its process has told of it last."""
        detail = f"started {self.started} times" if self.started > 1 else ""
        if self.error is not None or told is None:
            return Health(self.url, 0, 0, self.error or "its process is starting", detail)
        parts = [text for text in (told.detail, detail) if text]
        return Health(self.url, told.sent, told.missed, told.error, ", ".join(parts))

    async def __aenter__(self) -> DriverProcess:
        self._task = asyncio.create_task(self._keep(), name=f"driver {self.url}")
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._task is not None
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _keep(self) -> None:
        loop = asyncio.get_running_loop()
        failed = 0
        while True:
            began = loop.time()
            code = await self._run()
            failed = 1 if loop.time() - began > WELL else failed + 1
            wait = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(failed - 1, 8))
            self.error = f"its process ended with {code}, and is started again"
            log.warning("%s: its process ended with %s; again in %g s", self.url, code, wait)
            await self._pause(wait)

    async def _run(self) -> int:
        """Run the process until it ends; a cancelled run ends it. Gives its exit code."""
        process = await asyncio.create_subprocess_exec(
            *self._argv,
            stdin=asyncio.subprocess.PIPE,  # its end tells the process that the show has died
            stdout=asyncio.subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is the show's, which ends its drivers after it
        )
        self.started += 1
        self.error = None
        try:
            return await process.wait()
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.terminate()
                try:
                    await asyncio.wait_for(process.wait(), FAREWELL)
                except TimeoutError:
                    process.kill()
                    await process.wait()
