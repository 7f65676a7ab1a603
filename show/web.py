"""The web server: the pages, frames, levels and control over WebSockets, commands over HTTP.

Commands are taken only from pages of this server: a browser that comes with another
Origin is refused, and so is another Host name while the server listens on loopback, so
that no page of the internet can reach the show through the operator's browser.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import ipaddress
import json
import logging
import threading
import webbrowser
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from aiohttp import WSMsgType, web
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from engine.errors import AddressError, FigurantError
from engine.sinks.websocket import WebSocketSink, bound_buffer
from engine.slot import Slot
from show import command, led_call, sequences
from show.bulletin import Bulletin
from show.desk import Desk
from show.metrics import registry

log = logging.getLogger(__name__)

LONGEST_BODY = 16 * 1024
PAGES = Path(__file__).parent.parent / "web_viewer" / "dist"
NOT_BUILT = "the pages are not built; `make setup` builds them"


class Web:
    """Serves one show.

    production: the folder whose sequences the player may open, None for none. now: the
    engine clock. bulletin: tells the state, to others too. lights: the door of their
    levels, None where there are none. pages: the built pages.
    """

    def __init__(
        self,
        desk: Desk,
        frames: WebSocketSink,
        *,
        production: Path | None,
        now: Callable[[], float],
        bulletin: Bulletin | None = None,
        lights: WebSocketSink | None = None,
        pages: Path = PAGES,
    ) -> None:
        self._desk, self._frames, self._lights = desk, frames, lights
        self._pages, self._production, self._now = pages, production, now
        self.loopback = True
        self._controllers: set[web.WebSocketResponse] = set()
        self._bulletin = bulletin or Bulletin(desk)
        self._registry = registry(desk, frames)

    @property
    def built(self) -> bool:
        """Whether the pages are there."""
        return (self._pages / "index.html").is_file()

    @contextlib.asynccontextmanager
    async def serve(self, host: str, port: int) -> AsyncIterator[str]:
        """Serve while the context lasts; give the address of the projection page.

        Raises AddressError where the host or the port cannot be used.
        """
        app = web.Application(client_max_size=LONGEST_BODY)
        self._route(app)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        site = web.TCPSite(runner, host, port)
        publisher = asyncio.create_task(self._bulletin.run())
        try:
            try:
                await site.start()
            except (OSError, OverflowError) as error:
                raise _unusable(host, port, error) from None
            name, number = runner.addresses[0][:2]
            self.loopback = ipaddress.ip_address(name).is_loopback
            yield f"http://{f'[{name}]' if ':' in name else name}:{number}/"
        finally:
            publisher.cancel()
            doors = [self._frames, *([self._lights] if self._lights is not None else [])]
            await asyncio.gather(
                *(door.disconnect() for door in doors),
                *(ws.close(drain=False) for ws in self._controllers),
            )
            await runner.cleanup()

    def _route(self, app: web.Application) -> None:
        app.router.add_get("/", self._page("index.html"))
        app.router.add_get("/player", self._page("player.html"))
        if (self._pages / "assets").is_dir():
            app.router.add_static("/assets", self._pages / "assets")
        app.router.add_get("/frames", self._frames.handle)
        if self._lights is not None:
            app.router.add_get("/lights", self._lights.handle)
        app.router.add_get("/control", self._control)
        app.router.add_get("/api/state", self._state)
        app.router.add_get("/api/sequences", self._sequences)
        app.router.add_post("/api/{command}", self._command)
        app.router.add_get("/sequences/{path:.+}", self._sequence)
        app.router.add_get("/healthz", self._healthz)
        app.router.add_get("/metrics", self._metrics)
        app.router.add_get("/{led}/{color}/{fade:[^/]*}", self._led)

    def _page(self, name: str) -> Callable[[web.Request], Any]:
        async def page(_: web.Request) -> web.StreamResponse:
            path = self._pages / name
            if not path.is_file():
                return web.Response(status=503, text=NOT_BUILT + "\n")
            return web.FileResponse(path, headers={"Cache-Control": "no-cache"})

        return page

    def _check_origin(self, request: web.Request) -> None:
        host = request.host
        origin = request.headers.get("Origin")
        if origin is not None and urlsplit(origin).netloc != host:
            raise web.HTTPForbidden(text=f"origin: found {origin}, expected this server's pages\n")
        if self.loopback and _name(host) not in ("localhost", "127.0.0.1", "::1"):
            raise web.HTTPForbidden(text=f"host: found {host}, expected localhost\n")
        site = request.headers.get("Sec-Fetch-Site", "none")
        if site not in ("same-origin", "none"):  # a GET that a browser makes names no Origin
            raise web.HTTPForbidden(text=f"origin: found a {site} page, expected this server's\n")

    async def _command(self, request: web.Request) -> web.Response:
        self._check_origin(request)
        try:
            fields = command.parse(await request.read())
            self._desk.command(request.match_info["command"], fields, "http")
        except FigurantError as error:
            return web.json_response({"error": str(error)}, status=400)
        return web.json_response({"ok": True})

    async def _led(self, request: web.Request) -> web.Response:
        """Take Deep.Dance's call for an LED; raises nothing but refusals, as 400."""
        self._check_origin(request)
        led, color, fade = (request.match_info[key] for key in ("led", "color", "fade"))
        try:
            self._desk.touch(led, led_call.color(color), led_call.seconds(fade))
        except FigurantError as error:
            return web.Response(status=400, text=f"{error}\n")
        return web.Response(text="ok\n")

    async def _state(self, _: web.Request) -> web.Response:
        return web.json_response(self._desk.state())

    async def _control(self, request: web.Request) -> web.WebSocketResponse:
        self._check_origin(request)
        ws = web.WebSocketResponse(
            compress=False,
            heartbeat=20.0,
            max_msg_size=LONGEST_BODY,
            writer_limit=0,
            timeout=1.0,
        )
        await ws.prepare(request)
        bound_buffer(request)
        self._controllers.add(ws)
        slot = self._bulletin.subscribe()
        writer = asyncio.create_task(_send_states(ws, slot))
        try:
            async for message in ws:
                if message.type is WSMsgType.TEXT:
                    await self._obey(ws, message.data)
        except ConnectionError:
            pass  # the page has gone while it was answered
        finally:
            self._controllers.remove(ws)
            self._bulletin.forget(slot)
            writer.cancel()
        return ws

    async def _obey(self, ws: web.WebSocketResponse, text: str) -> None:
        try:
            self._desk.command(*command.split(command.parse(text)), "page")
        except FigurantError as error:
            await ws.send_str(json.dumps({"type": "error", "message": str(error)}))

    async def _sequences(self, _: web.Request) -> web.Response:
        names = await asyncio.to_thread(sequences.names, self._production)
        return web.json_response(
            [{"name": name, "url": f"/sequences/{quote(name)}"} for name in names]
        )

    async def _sequence(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["path"]
        if name not in await asyncio.to_thread(sequences.names, self._production):
            raise web.HTTPNotFound(text=f"{name}: found no such sequence\n")
        assert self._production is not None
        return web.FileResponse(self._production / name)

    async def _healthz(self, _: web.Request) -> web.Response:
        if self._desk.healthy(self._now()):
            return web.Response(text="ok\n")
        return web.Response(status=503, text="no frames\n")

    async def _metrics(self, _: web.Request) -> web.Response:
        data = generate_latest(self._registry)
        return web.Response(body=data, headers={"Content-Type": CONTENT_TYPE_LATEST})


def announce(title: str, url: str, web: Web, *, browser: bool) -> None:
    """Print where the pages are, say what a person should know of them, and open them."""
    print(f"{title}: {url}", flush=True)
    if browser:  # some browsers keep the caller until they end
        threading.Thread(target=webbrowser.open, args=(url,), daemon=True).start()
    if not web.built:
        log.warning("%s", NOT_BUILT)
    if not web.loopback:
        log.warning("everyone who reaches %s can give GO", url)


async def _send_states(ws: web.WebSocketResponse, slot: Slot[str]) -> None:
    try:
        while not ws.closed:
            await ws.send_str(await slot.take())
    except ConnectionError:
        return


def _name(host: str) -> str | None:
    """Give the name in a Host header, without its port."""
    try:
        return urlsplit(f"//{host}").hostname
    except ValueError:
        return None


def _unusable(host: str, port: int, error: Exception) -> AddressError:
    where = f"{host}:{port}"
    if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
        return AddressError(
            where, found="another program on this port", expected="a free one, see --port"
        )
    found = getattr(error, "strerror", None) or str(error)
    return AddressError(where, found=found, expected="an address of this machine")
