"""OSCQuery: tells other programs, over HTTP, which OSC addresses the show hears and sends.

It has a port of its own, since OSCQuery asks for the path / and the pages have that. It
tells and takes no commands.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable

from aiohttp import web

from engine.errors import AddressError
from show import osc_tree
from show.osc_tree import Node

ATTRIBUTES = ("FULL_PATH", "CONTENTS", *osc_tree.EXTENSIONS)
HOST_INFO = "HOST_INFO"


@contextlib.asynccontextmanager
async def served(tree: Callable[[], Node], info: Node, host: str, port: int) -> AsyncIterator[int]:
    """Serve while the context lasts; give the port, another one where `port` is taken.

    tree: gives the address space as it is now. info: HOST_INFO. Raises AddressError where
    the host is none of this machine's.
    """

    async def answer(request: web.Request) -> web.Response:
        if request.query_string == HOST_INFO:
            return web.json_response(info)
        node = osc_tree.find(tree(), request.path)
        if node is None:
            raise web.HTTPNotFound(text=f"{request.path}: found no such address\n")
        if not request.query_string:
            return web.json_response(node)
        if request.query_string not in ATTRIBUTES:
            raise web.HTTPBadRequest(text=f"found {request.query_string[:40]!r}\n")
        if request.query_string not in node:
            return web.Response(status=204)
        return web.json_response({request.query_string: node[request.query_string]})

    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    try:
        for wanted in (port, 0):
            try:
                await web.TCPSite(runner, host, wanted).start()
                break
            except OSError as error:
                if wanted == 0:
                    found = error.strerror or str(error)
                    expected = "an address of this machine"
                    raise AddressError(host, found=found, expected=expected) from None
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()
