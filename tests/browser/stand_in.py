"""A stand-in for the show's server: the doors' contract with frames made from mathematics."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from aiohttp import WSMsgType, web
from numpy.typing import NDArray

from engine import wire
from engine.frame import Frame, FrameFlag

DIST = Path(__file__).resolve().parents[2] / "web_viewer" / "dist"
COLORS = np.array([[0.95, 0.2, 0.25], [0.2, 0.85, 0.45], [0.25, 0.45, 1.0]], np.float32)
NAMES = ("red", "green", "blue")
RATE = 50.0

Poses = Callable[[float], NDArray[np.float32]]


def walkers(show_time: float) -> NDArray[np.float32]:
    """Three figures that walk on the spot side by side: float32 [3, 17, 3], metres."""
    figures = np.zeros((3, 17, 3), np.float32)
    for p, x in enumerate((-1.8, 0.0, 1.8)):
        swing = np.sin(2 * np.pi * show_time + p)
        figures[p] = walker(swing)
        figures[p, :, 0] += x
    return figures


def walker(swing: float) -> NDArray[np.float32]:
    """One figure that faces the audience; swing -1..1 is the phase of its step."""
    stride = 0.25 * swing
    joints = {
        0: (0, 0, 0.93),
        1: (-0.09, 0, 0.93),
        2: (-0.1, -max(stride, 0) - 0.02, 0.53),
        3: (-0.1, -stride, 0.09 + max(0.0, 0.15 * swing)),
        4: (0.09, 0, 0.93),
        5: (0.1, -max(-stride, 0) - 0.02, 0.53),
        6: (0.1, stride, 0.09 + max(0.0, -0.15 * swing)),
        7: (0, 0, 1.12),
        8: (0, -0.01, 1.42),
        9: (0, -0.04, 1.54),
        10: (0, -0.05, 1.67),
        11: (0.14, 0, 1.37),
        12: (0.3, -0.3 * stride, 1.15 + 0.1 * swing),
        13: (0.42, -0.25 - stride, 1.15 + 0.3 * swing),
        14: (-0.14, 0, 1.37),
        15: (-0.3, 0.3 * stride, 1.15 - 0.1 * swing),
        16: (-0.42, -0.25 + stride, 1.15 - 0.3 * swing),
    }
    return np.array([joints[j] for j in range(17)], np.float32)


class StandIn:
    """Serves the built pages, `/frames`, `/lights`, `/control`, `/api/sequences` on a free port.

    What a test turns: poses, level, flags, sending, show_offset (a locate), clock_offset (a
    restarted engine), lights (the rig and what gives its levels as a message, None for a show
    without). What a test reads: commands, the ones that the pages sent, and how many pages
    have asked for the lights.
    """

    def __init__(self, poses: Poses = walkers, sequences: Path | None = None) -> None:
        self.poses = poses
        self.sequences = sequences
        self.level = np.ones(3, np.float32)
        self.flags = FrameFlag.NONE
        self.sending = True
        self.show_offset = 0.0
        self.clock_offset = 0.0
        self.lights: tuple[dict[str, Any], Callable[[Frame], bytes]] | None = None
        self.lights_asked = 0
        self.commands: list[dict[str, Any]] = []
        self.port = 0
        self._sockets: set[web.WebSocketResponse] = set()
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def __aenter__(self) -> StandIn:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Serve on a free port, or on the one served before."""
        app = web.Application()
        app.router.add_get("/", self._page("index.html"))
        app.router.add_get("/player", self._page("player.html"))
        app.router.add_get("/frames", self._frames)
        app.router.add_get("/lights", self._lights)
        app.router.add_get("/control", self._control)
        app.router.add_get("/api/sequences", self._list)
        app.router.add_static("/assets", DIST / "assets")
        if self.sequences is not None:
            app.router.add_static("/sequences", self.sequences)
        self._runner = web.AppRunner(app, shutdown_timeout=0.2)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Close every connection and the port."""
        for socket in list(self._sockets):
            await socket.close()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    def _page(self, name: str) -> Callable[[web.Request], Any]:
        async def answer(_: web.Request) -> web.FileResponse:
            return web.FileResponse(DIST / name)

        return answer

    def _clock(self) -> float:
        return time.monotonic() + self.clock_offset

    def _frame(self, index: int, started: float) -> Frame:
        clock = self._clock()
        show_time = time.monotonic() - started + self.show_offset
        joints = self.poses(show_time)
        count = len(joints)
        return Frame(
            index=index,
            show_time=show_time,
            clock=clock,
            timecode=(0, 0, int(show_time) % 60, 0),
            flags=self.flags,
            joints=joints,
            level=self.level[:count],
            color=COLORS[:count],
            state=np.ones(count, np.uint8),
            age_ms=np.full(count, 65535, np.uint16),
        )

    async def _frames(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self._sockets.add(socket)
        hello = wire.hello(
            title="Stand-in",
            rate=RATE,
            performers=[(name, "#ffffff") for name in NAMES],
            stage=(8.0, 6.0),
            delay=2 / RATE,
            clock=self._clock(),
        )
        await socket.send_json(hello)
        async with asyncio.TaskGroup() as group:
            sender = group.create_task(self._send(socket, wire.pack))
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    pong = {"type": "pong", "t": json.loads(message.data)["t"]}
                    await socket.send_json({**pong, "clock": self._clock()})
            sender.cancel()
        self._sockets.discard(socket)
        return socket

    async def _lights(self, request: web.Request) -> web.WebSocketResponse:
        assert self.lights is not None
        self.lights_asked += 1
        rig, levels = self.lights
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self._sockets.add(socket)
        await socket.send_json(rig)
        async with asyncio.TaskGroup() as group:
            sender = group.create_task(self._send(socket, levels))
            async for _ in socket:
                pass
            sender.cancel()
        self._sockets.discard(socket)
        return socket

    async def _send(self, socket: web.WebSocketResponse, packed: Callable[[Frame], bytes]) -> None:
        started = due = time.monotonic()
        index = 0
        while not socket.closed:
            if self.sending:
                with contextlib.suppress(ConnectionError):
                    await socket.send_bytes(packed(self._frame(index, started)))
                index += 1
            due = max(due + 1 / RATE, time.monotonic())
            await asyncio.sleep(due - time.monotonic())

    async def _control(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self._sockets.add(socket)
        rig = self.lights[0] if self.lights is not None else None
        await socket.send_json(STATE | {"rig": rig and {"projection": rig["projection"]}})
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                self.commands.append(json.loads(message.data))
                if self.commands[-1] == {"command": "back"}:
                    await socket.send_json({"type": "error", "message": "no cue before 1"})
        self._sockets.discard(socket)
        return socket

    async def _list(self, _: web.Request) -> web.Response:
        folder = self.sequences
        names = sorted(p.name for p in folder.iterdir()) if folder else []
        return web.json_response([{"name": n, "url": f"/sequences/{n}"} for n in names])


STATE: dict[str, Any] = {
    "type": "state",
    "show_time": 12.5,
    "timecode": "00:00:12:12",
    "running": {"number": "2", "name": "Duet", "since": 8.0},
    "standby": {"number": "3", "name": "Trio", "notes": "after the lift"},
    "cues": [],
    "hold": False,
    "panic": False,
    "blackout": False,
    "controls": {},
    "ticks": {"total": 1, "late": 0},
    "outputs": [],
    "faults": [],
}
