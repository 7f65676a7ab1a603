"""The embedded broker: Mosquitto, started by the show in a process of its own.

It listens where the show's pages do, for MQTT at the port and for MQTT over WebSocket, as
pages speak it, at the next one. Nothing is kept on disk. It ends with the show, however
that ends, and is started again when it dies by itself. A broker that listens there already
is used as it is.

Measured on two busy cores with 60 frames a second (2026-11-24): 50 subscribers cost
Mosquitto 0.25 s of CPU in 10 s and amqtt 0.12, the broker in Python, 1.25 s; with 200 amqtt
gave 57 % of the frames, seconds late.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import re
import shutil
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

from engine.errors import AddressError

log = logging.getLogger(__name__)

EMBEDDED = "embedded"
PORT = 1883
PROGRAM = "mosquitto"
SBIN = ("/usr/sbin", "/usr/local/sbin", "/opt/homebrew/sbin")
STARTING = 5.0
"""Seconds that it may take to listen."""
PAUSE = 0.5
_WRITTEN = re.compile(rf"{EMBEDDED}(?::(\d{{1,5}}))?")
# Ends its child when standard input ends, which it does however the show ends.
_GUARD = 'exec 3<&0; "$0" -c "$1" & p=$!; (read -r _ <&3; kill $p) 2>/dev/null & wait $p'


def port_of(written: str) -> int | None:
    """Give the port in `embedded` or `embedded:1883`, None where a text is neither."""
    found = _WRITTEN.fullmatch(written)
    if found is None:
        return None
    port = int(found[1] or PORT)
    return port if 0 < port < 65535 else None


def check(written: str) -> None:
    """Raise AddressError where a text is neither of these nor the URL of a broker."""
    if port_of(written) is None:
        from engine import mqtt

        if written.partition(":")[0] == EMBEDDED:
            raise AddressError(written, found="no port", expected=f"{EMBEDDED}:1 to 65534")
        mqtt.parse(written)


@contextlib.asynccontextmanager
async def opened(written: str | None, host: str) -> AsyncIterator[str | None]:
    """Give the URL of the broker that a show names, None for none; the embedded one is run."""
    port = None if written is None else port_of(written)
    if port is None:
        yield written
        return
    async with embedded(host, port) as url:
        yield url


@contextlib.asynccontextmanager
async def embedded(host: str, port: int) -> AsyncIterator[str]:
    """Run a broker while the context lasts; give its URL.

    host: where it listens. Raises AddressError where there is no Mosquitto, or it does not
    start.
    """
    here = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    url = f"mqtt://{f'[{here}]' if ':' in here else here}:{port}"
    if await _answers(here, port):
        log.info("%s: a broker is here already, and is used", url)
        yield url
        return
    program = shutil.which(PROGRAM, path=os.pathsep.join((os.environ.get("PATH", ""), *SBIN)))
    if program is None:
        expected = "it installed ('apt install mosquitto'), or the URL of a broker"
        raise AddressError(EMBEDDED, found=f"no {PROGRAM}", expected=expected)
    with tempfile.TemporaryDirectory(prefix="figurant-") as folder:
        conf = Path(folder) / "mosquitto.conf"
        conf.write_text(configuration(host, port), encoding="utf-8")
        process = await _start(program, conf)
        await _listening(process, here, port, url)
        log.info("broker at %s, for pages at ws://%s:%d", url, host, port + 1)
        keeper = asyncio.create_task(_keep(process, program, conf, url))
        try:
            yield url
        finally:
            keeper.cancel()
            await asyncio.gather(keeper, return_exceptions=True)


def configuration(host: str, port: int) -> str:
    """Give the lines of mosquitto.conf."""
    domain = "ipv6" if ":" in host else "ipv4"
    return f"""\
persistence false
allow_anonymous true
set_tcp_nodelay true
max_queued_messages 100
listener {port} {host}
listener {port + 1} {host}
socket_domain {domain}
protocol websockets
"""


async def _start(program: str, conf: Path) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *("sh", "-c", _GUARD, program, str(conf)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )


async def _listening(process: asyncio.subprocess.Process, host: str, port: int, url: str) -> None:
    """Return when it listens; raises AddressError with its own words where it ends instead."""
    assert process.stderr is not None
    try:
        async with asyncio.timeout(STARTING):
            while not (await _answers(host, port) and await _answers(host, port + 1)):
                if process.returncode is not None:
                    said = (await process.stderr.read()).decode(errors="replace").strip()
                    line = said.splitlines()[-1].partition(": ")[2] if said else "nothing"
                    raise AddressError(url, found=f"{PROGRAM} saying {line!r}")
                await asyncio.sleep(0.02)
    except TimeoutError:
        _end(process)
        raise AddressError(url, found=f"{PROGRAM} silent for {STARTING:g} s") from None


async def _keep(process: asyncio.subprocess.Process, program: str, conf: Path, url: str) -> None:
    """Start the broker anew whenever it has ended, until cancelled; then end it."""
    try:
        while True:
            assert process.stderr is not None
            while await process.stderr.readline():
                pass  # it logs every connection
            await process.wait()
            _end(process)
            log.warning("%s: the broker has ended (%s); started anew", url, process.returncode)
            await asyncio.sleep(PAUSE)
            process = await _start(program, conf)
    finally:
        _end(process)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(1.0):
                await process.wait()


def _end(process: asyncio.subprocess.Process) -> None:
    """Let the guard end it."""
    if process.stdin is not None:
        process.stdin.close()


async def _answers(host: str, port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection(host, port)
    except OSError:
        return False
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    return True
