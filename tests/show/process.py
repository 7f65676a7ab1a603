"""A show in a process of its own, as a stage manager starts it."""

from __future__ import annotations

import contextlib
import json
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Any

import psutil

ROOT = Path(__file__).resolve().parents[2]
URL = re.compile(r"http://127\.0\.0\.1:\d+/")


def show(*arguments: object, timeout: float = 60) -> subprocess.CompletedProcess[str]:
    """Run `show` to its end."""
    return subprocess.run(
        [sys.executable, "-m", "show.cli", *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=timeout,
    )


class Running:
    """`show` with its pages open, at a free port unless told; it is ended by the context."""

    def __init__(self, *arguments: object) -> None:
        port = () if "--port" in arguments else ("--port", "0")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "show.cli", *map(str, arguments), "--no-browser", *port],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        found = URL.search(line)
        if found is None:
            self.process.kill()
            raise AssertionError(f"found {line!r}, {self.process.communicate()[1]}")
        self.url = found.group().rstrip("/")

    def __enter__(self) -> Running:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.process.poll() is None:
            # What the show has started holds its pipes too: end it, or nobody would read the end.
            started = psutil.Process(self.process.pid).children(recursive=True)
            self.process.kill()
            for process in started:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.kill()
            self.process.communicate()

    def post(self, command: str, **fields: object) -> dict[str, Any]:
        data = json.dumps(fields).encode()
        request = urllib.request.Request(f"{self.url}/api/{command}", data, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return dict(json.load(answer))
        except urllib.error.HTTPError as error:
            with error:
                return dict(json.load(error))

    def get(self, path: str) -> str:
        with urllib.request.urlopen(self.url + path, timeout=10) as answer:
            return str(answer.read().decode())

    def state(self) -> dict[str, Any]:
        return dict(json.loads(self.get("/api/state")))

    def until(self, show_time: float) -> None:
        """Wait until the show has come to a show time."""
        deadline = time.monotonic() + 30
        while self.state()["show_time"] < show_time:
            assert time.monotonic() < deadline
            time.sleep(0.02)

    def end(self, number: signal.Signals = signal.SIGTERM) -> str:
        """Send a signal; give what it has written, once it has ended."""
        self.process.send_signal(number)
        return "".join(self.process.communicate(timeout=20))
