"""Dancing ahead: a process of its own dances the score, so that a locate finds it danced.

It gives way to everything else on the machine, leaves its checkpoints on the score's shelf,
and goes on where another run has left off. `python -m show.ahead PRODUCTION SHELF` reads
what to dance from its first line of input, {"events": […], "until": seconds}, writes how
far it is, a show time a line, and ends with its input: when the show ends, or is killed.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from engine.errors import FigurantError, RecordingError
from engine.identity import identity
from engine.performance import CHECKPOINT_SECONDS
from engine.score import Event
from engine.shelf import WritingShelf
from show.production import Production, load, perform
from show.show_file import Show
from show.timeline import Timeline

LAST = 1800.0
"""Seconds that the last cue is danced for, where neither it nor the show says how long."""
BETWEEN_LINES = 10.0
"""Seconds of show time between two lines of output."""
IDLE = 19
"""How much the process gives way to others: as much as can be (nice)."""


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be danced: the score's events, until a show time."""

    events: Sequence[Event]
    until: float

    @classmethod
    def of(cls, score: Timeline, show: Show) -> Task:
        """Give the task that a score is; it ends with the show, or with its last cue."""
        if not score.events:
            return cls((), 0.0)
        last = score.events[-1]
        durations = {cue.number: cue.duration for cue in show.cues}
        return cls(score.events, show.length or last.show_time + (durations[last.name] or LAST))


def dance(production: Production, task: Task, path: Path) -> Iterator[float]:
    """Dance a task onto the shelf in a file; yield the show time that each portion has come to.

    Raises RecordingError where the shelf cannot be written, or another process is at it.
    """
    show = production.show
    shelf = WritingShelf(path, identity(show.model, show.performers))
    with contextlib.closing(shelf):
        performance = perform(production, task.events, shelves=[shelf], kept=shelf.put_new)
        reached = performance.reached(task.until)
        yield reached
        while reached < task.until:
            reached = min(reached + CHECKPOINT_SECONDS, task.until)
            try:
                performance.at(reached)
            except OSError as error:
                raise RecordingError(path, found=error.strerror, expected="a disk") from None
            yield reached
        shelf.tidy(performance.marks)


class Ahead:
    """The process that dances ahead of a running show.

    reached, until: show times; ready once they are the same. fault: why it ended early,
    None while all is well. changed: called when there is news.
    """

    def __init__(self, production: Path, shelf: Path, changed: Callable[[], None]) -> None:
        self.reached = self.until = 0.0
        self.fault: str | None = None
        self._production, self._shelf, self._changed = production, shelf, changed
        self._task: asyncio.Task[None] | None = None
        self._wanted: Task | None = None
        self._again = asyncio.Event()

    @property
    def ready(self) -> bool:
        """Whether every place of the score can be reached at once."""
        return self.reached >= self.until

    def want(self, task: Task) -> None:
        """Dance this from now on, and nothing else."""
        self._wanted, self.until, self.reached = task, task.until, 0.0
        self._again.set()

    async def __aenter__(self) -> Ahead:
        self._task = asyncio.create_task(self._run(), name="ahead")
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def state(self) -> dict[str, Any]:
        """Give what the pages show."""
        return {"until": self.until, "reached": self.reached, "ready": self.ready}

    async def _run(self) -> None:
        work: asyncio.Task[None] | None = None
        try:
            while True:
                await self._again.wait()
                self._again.clear()
                if work is not None:
                    work.cancel()
                    await asyncio.gather(work, return_exceptions=True)
                if self._wanted is not None and self._wanted.events:
                    work = asyncio.create_task(self._dance(self._wanted))
        finally:
            if work is not None:
                work.cancel()
                await asyncio.gather(work, return_exceptions=True)

    async def _dance(self, task: Task) -> None:
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "show.ahead", str(self._production), str(self._shelf)),
            cwd=Path(__file__).parent.parent,
            stdin=pipe,
            stdout=pipe,
            stderr=pipe,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        try:
            process.stdin.write(json.dumps(asdict(task)).encode() + b"\n")
            async for line in process.stdout:
                self.reached = float(line)
                self._changed()
            words = (await process.stderr.read()).decode(errors="replace").split("\n")
            if await process.wait():
                self.fault = f"dancing ahead: {([''] + [w for w in words if w])[-1]}"
                self._changed()
        finally:
            process.stdin.close()
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()


def main(production: Path, shelf: Path) -> int:
    """Dance what the first line of input says; give the exit code."""
    os.nice(IDLE)
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    asked = json.loads(sys.stdin.readline())
    threading.Thread(target=_end_with_input, daemon=True).start()
    task = Task([Event(**event) for event in asked["events"]], asked["until"])
    told = -BETWEEN_LINES
    try:
        for reached in dance(load(production), task, shelf):
            if reached >= min(told + BETWEEN_LINES, task.until):
                print(reached, flush=True)
                told = reached
    except FigurantError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def _end_with_input() -> None:
    sys.stdin.read()
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main(*map(Path, sys.argv[1:])))
