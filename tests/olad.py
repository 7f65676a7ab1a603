"""Open Lighting Architecture's olad (Debian's package `ola`), which receives Art-Net and sACN.

It refuses to run as root, so there it runs as nobody. Its values are read as any client of
it reads them: over HTTP.
"""

from __future__ import annotations

import json
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from collections import Counter
from pathlib import Path

from tests.missing import skip_or_fail
from tests.stage_network import Machine

OTHERS = (
    "dummy espnet ftdidmx gpio karate kinet milinst nanoleaf opendmx openpixelcontrol osc pathport "
    "renard sandnet shownet spi stageprofi uartdmx usb usbdmx usbpro usbserial"
)
PORTS = 4
HTTP = 9090


class Olad:
    """A running olad on another machine. Universe u is received as Art-Net and as sACN u."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._folder = Path(tempfile.mkdtemp(prefix="olad-"))
        self._process: subprocess.Popen[bytes] | None = None
        self._taken: Counter[int] = Counter()

    def __enter__(self) -> Olad:
        olad = shutil.which("olad")
        if olad is None:
            skip_or_fail("no olad on the path: 'apt install ola'")
        self._configure()
        user = ["setpriv", "--reuid", "nobody", "--regid", "nogroup", "--clear-groups"]
        command = [olad, "-c", self._folder, "-p", HTTP, "-l", 1, "--no-register-with-dns-sd"]
        self._process = subprocess.Popen(
            [*self._machine.enter, *(user if os.geteuid() == 0 else []), *map(str, command)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 20
        while not self._answers():
            assert time.monotonic() < deadline, "olad did not start"
            time.sleep(0.1)
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    def receive(self, protocol: str, universe: int) -> None:
        """Take a universe in by "artnet" or "sacn"."""
        device = {"artnet": 1, "sacn": 2}[protocol]
        port = f"{device}-I-{self._taken[device]}"
        self._taken[device] += 1
        made = self._post(
            "new_universe", {"id": universe, "name": f"{protocol} {universe}", "add_ports": port}
        )
        assert made["ok"], made

    def dmx(self, universe: int) -> bytes:
        """What a universe holds now."""
        return bytes(json.loads(self._get(f"get_dmx?u={universe}"))["dmx"])

    def until(self, universe: int, values: bytes, seconds: float = 10.0) -> float:
        """Wait until a universe begins with these values; give how long it took."""
        began = time.monotonic()
        while (found := self.dmx(universe)[: len(values)]) != values:
            assert time.monotonic() - began < seconds, (found.hex(), values.hex())
            time.sleep(0.02)
        return time.monotonic() - began

    def _configure(self) -> None:
        self._folder.chmod(0o755)
        address = self._machine.inside
        files = dict.fromkeys(OTHERS.split(), "enabled = false\n")
        files["artnet"] = (
            f"enabled = true\nip = {address}\nnet = 0\nsubnet = 0\ninput_ports = {PORTS}\n"
            f"output_ports = {PORTS}\nalways_broadcast = false\nuse_limited_broadcast = false\n"
            "use_loopback = false\nlong_name = test\nshort_name = test\n"
        )
        files["e131"] = f"enabled = true\nip = {address}\ninput_ports = {PORTS}\noutput_ports = 0\n"
        for name, text in files.items():
            (self._folder / f"ola-{name}.conf").write_text(text, encoding="utf-8")
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            for path in (self._folder, *self._folder.iterdir()):
                os.chown(path, nobody.pw_uid, nobody.pw_gid)

    def _answers(self) -> bool:
        try:
            return len(json.loads(self._get("json/get_ports"))) >= 3
        except (urllib.error.URLError, ConnectionError, ValueError):
            return False

    def _get(self, path: str) -> str:
        url = f"http://{self._machine.inside}:{HTTP}/{path}"
        with urllib.request.urlopen(url, timeout=10) as answer:
            return str(answer.read().decode())

    def _post(self, path: str, data: dict[str, object]) -> dict[str, object]:
        url = f"http://{self._machine.inside}:{HTTP}/{path}"
        with urllib.request.urlopen(url, urllib.parse.urlencode(data).encode(), 10) as answer:
            return dict(json.loads(answer.read()))
