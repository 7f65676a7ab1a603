"""A real Mosquitto in a process of its own, on a port that is free."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import threading
import time
from pathlib import Path
from queue import Empty, SimpleQueue

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from tests.missing import skip_or_fail

PATH = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin"


def free_port() -> int:
    """A TCP port that nobody listens at now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def program(name: str = "mosquitto") -> str:
    """Where a program of Mosquitto's is; skips where it is not installed."""
    found = shutil.which(name, path=PATH)
    if found is None:
        skip_or_fail(f"no {name} on the path: 'apt install mosquitto'")
    return found


def running_at(port: int) -> list[int]:
    """Process numbers of Mosquittos whose configuration has the port."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
            if words[0].endswith(b"mosquitto") and f"listener {port} " in Path(
                words[2].decode()
            ).read_text(encoding="utf-8"):
                found.append(int(folder.name))
        except (OSError, IndexError):
            continue
    return found


class Mosquitto:
    """A broker at 127.0.0.1; the context ends it.

    folder: for its files. listener: more lines of its configuration, such as a password
    file or certificates. websocket: a second port for MQTT over WebSocket.
    """

    def __init__(
        self, folder: Path, listener: str = "allow_anonymous true", *, websocket: bool = False
    ) -> None:
        self.port = free_port()
        self.websocket_port = free_port() if websocket else None
        self._conf = folder / f"mosquitto-{self.port}.conf"
        lines = ["user root", f"listener {self.port} 127.0.0.1", "set_tcp_nodelay true", listener]
        if websocket:
            lines += [f"listener {self.websocket_port}", "protocol websockets"]
        self._conf.write_text("\n".join(lines) + "\n", encoding="utf-8")
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The broker's URL with a prefix of the test's."""
        return f"mqtt://127.0.0.1:{self.port}/stage"

    def __enter__(self) -> Mosquitto:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def start(self) -> None:
        """Start, and wait until it listens."""
        self._process = subprocess.Popen(
            [program(), "-c", str(self._conf)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 10
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            assert self._process.poll() is None, f"{self._conf.read_text()} is refused"
            assert time.monotonic() < deadline
            time.sleep(0.01)

    def kill(self, number: signal.Signals = signal.SIGKILL) -> None:
        """End it at once, as a crash would; twice is harmless."""
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait()
            self._process = None


class Ear:
    """Another program at the broker: paho, on a thread of its own. heard: what has come."""

    def __init__(self, broker: Mosquitto, topic: str = "stage/#") -> None:
        self.heard: SimpleQueue[paho.MQTTMessage] = SimpleQueue()
        self._subscribed = threading.Event()
        self.client = paho.Client(CallbackAPIVersion.VERSION2)
        self.client.on_message = lambda client, data, message: self.heard.put(message)
        self.client.on_connect = lambda client, *rest: client.subscribe(topic)
        self.client.on_subscribe = lambda *rest: self._subscribed.set()
        self.client.reconnect_delay_set(0.05, 0.1)
        self.client.connect("127.0.0.1", broker.port)

    def __enter__(self) -> Ear:
        self.client.loop_start()
        assert self._subscribed.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self.client.disconnect()
        self.client.loop_stop()

    def next(self, topic: str, seconds: float = 10) -> paho.MQTTMessage:
        """Give the next message of a topic; those of others are passed over."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                message = self.heard.get(timeout=max(0.0, deadline - time.monotonic()))
            except Empty:
                raise AssertionError(f"found nothing at {topic}") from None
            if message.topic == topic:
                return message
