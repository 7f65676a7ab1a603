"""The projection page with a broker between it and the show."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import pytest

from tests.browser.conftest import OpenPage
from tests.browser.looking import handle, look, near, until
from tests.kit import write_production
from tests.mosquitto import free_port, program, running_at
from tests.show.process import Running

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_a_page_takes_frames_and_gives_commands_through_the_broker(
    open_page: OpenPage, tmp_path: Path, artifacts: Path
) -> None:
    program()
    port = free_port()
    folder = write_production(tmp_path, head=f'start = "1"\nbroker = "embedded:{port}"')
    with Running("run", folder) as running:
        page = await open_page(f"{running.url}/?mqtt=ws://127.0.0.1:{port + 1}")
        await until(page, "f.framesReceived > 60 && f.framesDrawn > 5 && !f.stale")
        await until(page, "f.performers.length == 2 && f.performers[0].level > 0.9")
        assert "figurant_clients 0.0" in running.get("/metrics"), "the engine serves nobody"
        seen = await handle(page)
        assert 0 < seen["lastLatencyMs"] < 1000
        picture = await look(page)
        assert near(picture, seen["performers"][0]["screen"], 30).max() > 60
        await page.screenshot(path=artifacts / "broker.png")

        await page.keyboard.press(" ")
        async with asyncio.timeout(10):
            while (running.state()["running"] or {}).get("number") != "2":
                await asyncio.sleep(0.02)
        await page.wait_for_function("document.getElementById('running').textContent.includes('2')")

        assert (await handle(page))["cuts"] == 0, running.state()["faults"]
        for number in running_at(port):
            os.kill(number, signal.SIGKILL)
        await until(page, "f.stale")
        await until(page, "!f.stale && f.framesReceived > 100")
        assert (await handle(page))["cuts"] == 0, running.state()["faults"]


async def test_without_a_broker_its_language_is_not_loaded(
    open_page: OpenPage, tmp_path: Path
) -> None:
    with Running("run", write_production(tmp_path)) as running:
        page = await open_page(running.url)
        await until(page, "f.framesReceived > 5")
        loaded = await page.evaluate("performance.getEntriesByType('resource').map((r) => r.name)")
        assert not [name for name in loaded if "broker" in name]
