from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, ClientWebSocketResponse
from prometheus_client.parser import text_string_to_metric_families

from engine import wire
from engine.errors import AddressError
from engine.fanout import Fanout
from engine.sinks.websocket import WebSocketSink
from show.health import OutputHealth
from show.refusal import RefusedError
from show.web import NOT_BUILT, Web
from tests.kit import frame, hello, write_clip


class FakeDesk:
    """A desk that keeps its commands and shows what the test says."""

    def __init__(self, fanout: Fanout) -> None:
        self.changed, self.fanout, self.lanes = asyncio.Event(), fanout, fanout.lanes
        self.commands: list[tuple[str, dict[str, object]]] = []
        self.touches: list[tuple[str, tuple[float, ...] | None, float]] = []
        self.well = True
        self.hold = False

    def command(self, name: str, fields: Mapping[str, object], by: str) -> None:
        if name == "back":
            raise RefusedError("back", found="no earlier cue", expected="one to go back to")
        self.commands.append((name, dict(fields)))
        self.hold = name == "hold"
        self.changed.set()

    def touch(self, led: str, color: tuple[float, ...] | None, seconds: float) -> None:
        if led == "109":
            raise RefusedError("LED", found="'109'", expected='1 to 108, or "all"')
        self.touches.append((led, color, seconds))

    def outputs(self) -> list[OutputHealth]:
        return [OutputHealth("sacn://", 7, 1, "unplugged", "", "rack")]

    def state(self) -> dict[str, Any]:
        return {"type": "state", "hold": self.hold}

    def healthy(self, clock: float) -> bool:
        return self.well


class House:
    """A served desk and a client's session."""

    def __init__(self, url: str, desk: FakeDesk, frames: WebSocketSink, client: ClientSession):
        self.url, self.desk, self.frames, self.client = url.rstrip("/"), desk, frames, client

    async def get(self, path: str, **headers: str) -> tuple[int, str]:
        async with self.client.get(self.url + path, headers=headers) as answer:
            return answer.status, await answer.text()

    async def post(self, path: str, data: str | bytes = b"", **headers: str) -> tuple[int, str]:
        async with self.client.post(self.url + path, data=data, headers=headers) as answer:
            return answer.status, await answer.text()

    async def control(self, **headers: str) -> ClientWebSocketResponse:
        return await self.client.ws_connect(self.url + "/control", headers=headers)


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    dist = tmp_path / "dist"
    (dist / "assets").mkdir(parents=True)
    (dist / "index.html").write_text("<p>projection")
    (dist / "player.html").write_text("<p>player")
    (dist / "assets" / "a.js").write_text("1;")
    return dist


@pytest.fixture
def production(tmp_path: Path) -> Path:
    folder = tmp_path / "production"
    (folder / "seeds").mkdir(parents=True)
    (folder / ".state").mkdir()
    write_clip(folder / "seeds" / "red one.npz")
    (folder / "take.json").write_text("{}")
    (folder / "show.toml").write_text("secret")
    (folder / ".state" / "hidden.json").write_text("secret")
    return folder


@pytest.fixture
async def house(pages: Path, production: Path) -> AsyncIterator[House]:
    frames = WebSocketSink(hello(), lambda: 7.0)
    desk = FakeDesk(Fanout([frames]))
    web = Web(desk, frames, production=production, now=lambda: 7.0, pages=pages)
    async with web.serve("127.0.0.1", 0) as url, ClientSession() as client, desk.fanout:
        yield House(url, desk, frames, client)


async def test_the_pages(house: House) -> None:
    assert await house.get("/") == (200, "<p>projection")
    assert await house.get("/player") == (200, "<p>player")
    assert await house.get("/assets/a.js") == (200, "1;")
    assert (await house.get("/nothing"))[0] == 404


async def test_pages_that_are_not_built_say_so(tmp_path: Path) -> None:
    frames = WebSocketSink(hello(), lambda: 7.0)
    web = Web(FakeDesk(Fanout([])), frames, production=None, now=lambda: 7.0, pages=tmp_path / "no")
    async with web.serve("127.0.0.1", 0) as url, ClientSession() as client:
        async with client.get(url) as answer:
            assert (answer.status, await answer.text()) == (503, NOT_BUILT + "\n")
        async with client.get(url + "api/sequences") as answer:
            assert await answer.json() == []
    assert not web.built


async def test_commands_over_http(house: House) -> None:
    assert await house.post("/api/go") == (200, '{"ok": true}')
    assert (await house.post("/api/standby", '{"cue": "2"}'))[0] == 200
    assert house.desk.commands == [("go", {}), ("standby", {"cue": "2"})]
    status, text = await house.post("/api/back")
    assert (status, json.loads(text)) == (
        400,
        {"error": "back: found no earlier cue, expected one to go back to"},
    )
    for body in ("[1]", "{", '{"value": NaN}', b"\xff\xfe", "[" * 10_000):
        assert (await house.post("/api/go", body))[0] == 400
    assert (await house.post("/api/go", b"x" * 100_000))[0] == 413
    assert (await house.get("/api/go"))[0] in (404, 405)
    assert len(house.desk.commands) == 2


async def test_deep_dances_call_for_an_led(house: House) -> None:
    for path in ("/3/ff8001000210/200", "/all/000000000000/", "/12/release/0"):
        assert await house.get(path) == (200, "ok\n")
    assert house.desk.touches == [
        ("3", (1.0, 128 / 255, 1 / 255, 0.0, 2 / 255, 16 / 255), 0.2),
        ("all", (0.0,) * 6, 0.2),
        ("12", None, 0.0),
    ]


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/3/ff80/200", "color: found 'ff80', expected 12 hexadecimal digits RRGGBBWWAAUV, or rel"),
        ("/3/ff80010002zz/200", "color: found 'ff80010002zz', expected 12"),
        ("/3/ff8001000210/-1", "fade: found '-1', expected milliseconds, 0 to 3600000"),
        ("/3/ff8001000210/1e3", "fade: found '1e3', expected milliseconds"),
        ("/3/ff8001000210/99999999", "fade: found '99999999', expected milliseconds"),
        ("/109/ff8001000210/200", "LED: found '109', expected 1 to 108, or \"all\""),
    ],
)
async def test_a_wrong_call_for_an_led_is_told_why(house: House, path: str, message: str) -> None:
    status, text = await house.get(path)
    assert (status, text.count("\n")) == (400, 1)
    assert text.startswith(message)
    assert house.desk.touches == []


async def test_no_page_of_the_internet_reaches_the_leds(house: House) -> None:
    path = "/all/ff8001000210/200"
    assert (await house.get(path, **{"Sec-Fetch-Site": "cross-site"}))[0] == 403
    assert (await house.get(path, Origin="http://elsewhere.example"))[0] == 403
    assert (await house.get(path, Host="rebound.example"))[0] == 403
    assert (await house.get(path, **{"Sec-Fetch-Site": "same-origin"}))[0] == 200
    assert len(house.desk.touches) == 1


async def test_the_state(house: House) -> None:
    assert json.loads((await house.get("/api/state"))[1]) == {"type": "state", "hold": False}


async def test_control_gives_the_state_at_once_at_a_change_and_every_second(house: House) -> None:
    ws, other = await house.control(), await house.control()
    for client in (ws, other):
        assert (await client.receive_json(timeout=5))["hold"] is False
    await ws.send_json({"command": "hold"})
    for client in (ws, other):
        async with asyncio.timeout(5):
            while not (await client.receive_json())["hold"]:
                pass
    assert (await other.receive_json(timeout=3))["hold"] is True  # nothing changed, a second passed
    await ws.close()
    await other.close()


async def test_a_refused_command_is_answered_to_the_one_who_gave_it(house: House) -> None:
    ws = await house.control()
    await ws.receive_json(timeout=5)
    for message in ('{"command":"back"}', "{", '{"go":1}', '{"command":"back","x":NaN}'):
        await ws.send_str(message)
        async with asyncio.timeout(5):
            while (answer := await ws.receive_json())["type"] == "state":
                pass
        assert answer["type"] == "error"
        assert "\n" not in answer["message"]
    assert house.desk.commands == []
    await ws.close()


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        ({}, True),
        ({"Origin": "SELF"}, True),
        ({"Origin": "http://evil.example"}, False),
        ({"Origin": "null"}, False),
        ({"Origin": "http://evil.example", "Host": "evil.example"}, False),  # DNS rebinding
        ({"Host": "evil.example"}, False),
        ({"Host": "localhost:1234"}, True),
        ({"Host": "[::1"}, False),
    ],
)
async def test_only_this_servers_pages_may_command(
    house: House, headers: dict[str, str], allowed: bool
) -> None:
    sent = {key: house.url if value == "SELF" else value for key, value in headers.items()}
    status, _ = await house.post("/api/go", **sent)
    assert status == (200 if allowed else 403) or (status == 400 and not allowed)
    async with house.client.get(
        house.url + "/control",
        headers={
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
            **sent,
        },
    ) as answer:
        assert (answer.status == 101) is allowed
    assert bool(house.desk.commands) is allowed


async def test_sequences_of_the_production_and_nothing_else(house: House) -> None:
    listed = json.loads((await house.get("/api/sequences"))[1])
    assert listed == [
        {"name": "seeds/red one.npz", "url": "/sequences/seeds/red%20one.npz"},
        {"name": "take.json", "url": "/sequences/take.json"},
    ]
    for entry in listed:
        async with house.client.get(house.url + entry["url"]) as answer:
            assert answer.status == 200
    for path in ("show.toml", ".state/hidden.json", "..%2fdist%2findex.html", "no.npz", "seeds"):
        assert (await house.get("/sequences/" + path))[0] == 404


async def test_health(house: House) -> None:
    assert await house.get("/healthz") == (200, "ok\n")
    house.desk.well = False
    assert (await house.get("/healthz"))[0] == 503


async def test_metrics_are_readable_by_prometheus(house: House) -> None:
    house.desk.fanout.put(frame(), wire.pack(frame()))
    await asyncio.sleep(0)
    found = {f.name: f for f in text_string_to_metric_families((await house.get("/metrics"))[1])}
    assert found["figurant_clients"].samples[0].value == 0
    samples = found["figurant_sink_sent"].samples
    assert {(s.labels["sink"], s.labels["at"], s.value) for s in samples} == {
        ("websocket:/frames", "", 1),
        ("sacn://", "rack", 7),
    }
    down = {s.labels["sink"]: s.value for s in found["figurant_sink_down"].samples}
    assert down == {"websocket:/frames": 0, "sacn://": 1}


async def test_frames_are_served_and_stay_open_to_everyone(house: House) -> None:
    async with house.client.ws_connect(house.url + "/frames") as ws:
        assert (await ws.receive_json(timeout=5))["type"] == "hello"
        async with asyncio.timeout(5):
            while not house.frames.clients:
                await asyncio.sleep(0)
        house.desk.fanout.put(frame(1.5), wire.pack(frame(1.5)))
        assert wire.unpack(await ws.receive_bytes(timeout=5)).show_time == 1.5


async def test_a_port_in_use_is_named(house: House) -> None:
    port = int(house.url.rpartition(":")[2])
    web = Web(house.desk, house.frames, production=None, now=lambda: 0.0)
    with pytest.raises(AddressError, match=f"127.0.0.1:{port}: found another program.*--port"):
        async with web.serve("127.0.0.1", port):
            pass


async def test_a_host_that_is_not_here_is_named(house: House) -> None:
    web = Web(house.desk, house.frames, production=None, now=lambda: 0.0)
    with pytest.raises(AddressError, match="expected an address of this machine"):
        async with web.serve("192.0.2.1", 0):
            pass


async def test_the_end_does_not_wait_for_open_connections(pages: Path) -> None:
    frames = WebSocketSink(hello(), lambda: 7.0)
    desk = FakeDesk(Fanout([frames]))
    web = Web(desk, frames, production=None, now=lambda: 7.0, pages=pages)
    async with ClientSession() as client, asyncio.timeout(5):
        async with web.serve("127.0.0.1", 0) as url:
            control = await client.ws_connect(url + "control")
            stream = await client.ws_connect(url + "frames")
            await control.receive_json()
            await stream.receive_json()
        await control.close()
        await stream.close()
