"""How long a locate takes anywhere in a two-hour show, and what it costs the loop.

The show: three performers, a cue on timecode every 30 seconds, 240 cues in all. The score is
danced ahead first, as `show check --ahead` does it (a minute or two; the next run finds it
in the temporary folder). Then a running loop at 60 frames a second is sent to random show
times, four a second. Measured is the time from the command to the frame of the new show
time in the fan-out, how much of it was work of this process (the rest is waiting for ticks, and
for others on a busy machine), and the ticks that were late meanwhile, beside those of seconds
without a locate in the same run. Beside it stands what one would do without checkpoints: dance from
the top, measured over a minute and scaled.

Run: .venv/bin/python benchmarks/locate.py [locates]
"""

from __future__ import annotations

import asyncio
import os
import random
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np

from engine import wire
from engine.clock import Ticker, open_alarm
from engine.fanout import Fanout
from engine.frame import Frame, FrameFlag
from engine.loop import Loop
from engine.score import Event
from show import production
from show.ahead import Task, dance
from show.cue_stack import CueStack
from show.production import Production
from show.shelves import SCORE, Shelves
from show.show_clock import ShowClock
from show.stage_manager import StageManager
from show.timeline import score_of

SALSA = Path(__file__).resolve().parent.parent / "cues" / "salsa"
HOURS = 2.0
EVERY = 30.0
"""Seconds between two cues."""
GAP = 0.25
"""Seconds between two locates."""
LIMIT = 0.150
AWAY = 30.0
"""Seconds: a frame so far after the target is of another place; the next locate is farther off."""
TURN = 4.0
"""Seconds with locates, then as many without, in turns."""

HEAD = """
[show]
title = "Two hours"
rate = 60
model = "model.onnx"

[[performer]]
name = "red"
color = "#ff4d5e"
place = [-1.7, 0.0]
[[performer]]
name = "green"
color = "#3ddc84"
[[performer]]
name = "blue"
color = "#4d8dff"
place = [1.7, 0.0]
"""
CUE = """
[[cue]]
number = "{number}"
timecode = "{hh:02}:{mm:02}:{ss:02}:00"
fade = 2.0
duration = 30
[cue.performers.all]
do = "{do}"
phrase = "seeds/{phrase}.npz"
energy = {energy}
"""


def two_hours(folder: Path) -> Path:
    """Write the production; its state from an earlier run stays."""
    folder.mkdir(exist_ok=True)
    for name in ("model.onnx", "seeds"):
        link = folder / name
        link.unlink(missing_ok=True)
        link.symlink_to(SALSA / name)
    cues = []
    for n in range(int(HOURS * 3600 / EVERY)):
        minutes, ss = divmod(int(n * EVERY), 60)
        hh, mm = divmod(minutes, 60)
        cues.append(
            CUE.format(
                **{"number": n + 1, "hh": hh, "mm": mm, "ss": ss},
                do="play" if n % 9 == 5 else "generate",
                phrase=("red", "green", "blue")[n % 3],
                energy=0.2 + 0.1 * (n % 7),
            )
        )
    (folder / "show.toml").write_text(HEAD + "".join(cues), encoding="utf-8")
    return folder


def from_the_top(loaded: Production, events: list[Event]) -> float:
    """Give the seconds that a second of dance costs."""
    performance = production.perform(loaded, events)
    began = time.perf_counter()
    performance.at(60.0)
    return (time.perf_counter() - began) / 60.0


class Watch(Fanout):
    """A fan-out that notes when the frame of a show time comes."""

    def __init__(self) -> None:
        super().__init__([])
        self.wanted: float | None = None
        self.came = asyncio.Event()

    def put(self, frame: Frame, packed: bytes) -> None:
        """Note a frame that is at the wanted show time."""
        if (
            self.wanted is not None
            and not frame.flags & FrameFlag.HELD
            and (0.0 <= frame.show_time - self.wanted + 1e-6 < AWAY)
        ):
            self.wanted = None
            self.came.set()
        assert packed == wire.pack(frame)


async def measure(loaded: Production, shelves: Shelves, count: int) -> None:
    show = loaded.show
    alarm = open_alarm()
    performance = production.perform(loaded, shelves=[shelves.score], kept=shelves.keep)
    manager = StageManager(
        CueStack(show.cues, go_guard=show.go_guard, panic=show.panic),
        ShowClock(),
        start=show.start,
        controls={},
        now=alarm.now,
    )
    watch, ticker = Watch(), Ticker(show.rate, alarm)
    loop = Loop(performance, manager.direct, watch, show.rate)
    manager.begin()
    manager.clock.start(alarm.now())
    performance.at(0.0)
    running = asyncio.create_task(loop.run(ticker))
    took, worked, ticks, late = [], [], [0, 0], [0, 0]
    chance = random.Random(1)
    while len(took) < count:
        for kind in (0, 1):
            began, before = (alarm.now(), (loop.ticks, ticker.late))
            while alarm.now() < began + TURN:
                if kind:
                    target = chance.uniform(0, HOURS * 3600)
                    while abs(target - manager.clock.at(alarm.now())) < 2 * AWAY:
                        target = chance.uniform(0, HOURS * 3600)
                    watch.came.clear()
                    asked, work = time.perf_counter(), time.process_time()
                    watch.wanted = target
                    manager.command("locate", {"show_time": target}, "benchmark")
                    await watch.came.wait()
                    took.append(time.perf_counter() - asked)
                    worked.append(time.process_time() - work)
                await asyncio.sleep(GAP * chance.uniform(0.5, 1.5))
            ticks[kind] += loop.ticks - before[0]
            late[kind] += ticker.late - before[1]
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    alarm.close()
    p50, p99, most = np.percentile(took, (50, 99, 100)) * 1e3
    print(
        f"{len(took)} locates, milliseconds to the frame: {p50:.0f} (p50), {p99:.0f} (p99),", end=""
    )
    print(f" {most:.0f} (most); at most {LIMIT * 1e3:.0f} at p99: ", end="")
    print("kept" if p99 <= LIMIT * 1e3 else "missed")
    p50, p99 = np.percentile(worked, (50, 99)) * 1e3
    print(f"of these this process worked {p50:.0f} ms (p50), {p99:.0f} ms (p99); ", end="")
    print(f"{os.getloadavg()[0]:.1f} processes wanted {os.cpu_count()} cores")
    for kind, name in enumerate(("without locates", "with locates")):
        share = 100 * late[kind] / ticks[kind]
        print(f"late ticks {name:16} {late[kind]:5} of {ticks[kind]:6} ({share:.2f} %)")


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    loaded = production.load(two_hours(Path(tempfile.gettempdir()) / "figurant-locate"))
    score = score_of(CueStack(loaded.show.cues, go_guard=0.5, panic=2.0), loaded.show.start)
    shelves = Shelves(loaded, goes_on=False)
    task, began = Task.of(score, loaded.show), time.perf_counter()
    reached = list(dance(loaded, task, shelves.score.path))
    spent, danced = time.perf_counter() - began, task.until - reached[0]
    size = (shelves.score.path.parent / SCORE).stat().st_size / 1e6
    print(f"{len(loaded.show.cues)} cues, {task.until / 3600:.2f} h; ", end="")
    print(f"danced ahead {danced:.0f} s in {spent:.1f} s; shelf {size:.0f} MB")
    each = from_the_top(loaded, score.events)
    average = each * HOURS * 1800
    print(f"from the top instead: {each * 1e3:.1f} ms a second, {average:.0f} s on average")
    asyncio.run(measure(loaded, shelves, count))
    shelves.close()


if __name__ == "__main__":
    main()
