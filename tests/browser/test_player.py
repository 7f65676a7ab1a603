"""The player page in a real browser, with files of every kind."""

from __future__ import annotations

import base64
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from mcap.writer import CompressionType, Writer
from playwright.async_api import Page

from engine import wire
from engine.frame import Frame, FrameFlag
from tests.browser.conftest import OpenPage
from tests.browser.looking import handle, look, near, until
from tests.browser.stand_in import COLORS, StandIn, walker, walkers

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


def write_clip(path: Path, x: float = 0.0, seconds: float = 4.0, fps: float = 30.0) -> None:
    times = np.arange(round(seconds * fps)) / fps
    joints = np.stack([walker(float(np.sin(6 * t))) for t in times])
    joints[:, :, 0] += x
    fields = {
        "joints": joints,
        "fps": np.float64(fps),
        "skeleton": np.array("h36m17"),
        "dancer": np.array("nobody"),
        "tags": np.array(["walk"]),
    }
    np.savez(path, **fields)  # type: ignore[arg-type]


def write_recording(path: Path, compression: CompressionType) -> None:
    hello = wire.hello(
        title="Night",
        rate=50,
        performers=[(n, "#fff") for n in "abc"],
        stage=(8, 6),
        delay=0.04,
        clock=7.0,
    )
    with path.open("wb") as stream:
        writer = Writer(stream, compression=compression)
        writer.start()
        channels = {
            topic: writer.register_channel(topic=topic, message_encoding=encoding, schema_id=0)
            for topic, encoding in (
                ("/figurant/hello", "json"),
                ("/figurant/frame", "figurant-frame"),
            )
        }
        writer.add_message(channels["/figurant/hello"], 0, json.dumps(hello).encode(), 0)
        for n in range(100):
            frame = Frame(
                index=n,
                show_time=n / 50,
                clock=7 + n / 50,
                timecode=(0, 0, 0, 0),
                flags=FrameFlag.NONE,
                joints=walkers(n / 50),
                level=np.ones(3, np.float32),
                color=COLORS,
                state=np.ones(3, np.uint8),
                age_ms=np.full(3, 65535, np.uint16),
            )
            log_time = round(frame.clock * 1e9)
            writer.add_message(channels["/figurant/frame"], log_time, wire.pack(frame), log_time)
        writer.finish()


@pytest.fixture
def sequences(stand_in: StandIn, tmp_path: Path) -> Path:
    """The folder that the server offers; what is put into it can be played."""
    stand_in.sequences = tmp_path
    return tmp_path


async def open_player(
    stand_in: StandIn, open_page: OpenPage, *names: str, size: tuple[int, int] = (1000, 620)
) -> Page:
    """Open the player with the folder's files; the server serves them from now on."""
    await stand_in.stop()
    await stand_in.start()
    sources = "&".join(f"src=/sequences/{name}" for name in names)
    page = await open_page(f"{stand_in.url}/player?{sources}", *size)
    await until(page, f"f.sequences.length + f.errors.length >= {len(names)}")
    return page


async def assert_seen(page: Page, colors: tuple[int, ...]) -> None:
    """Check that every performer is seen where it is said to be, in its colour."""
    drawn = (await handle(page))["framesDrawn"]
    await until(page, f"f.framesDrawn > {drawn} + 3")
    picture = await look(page)
    performers = (await handle(page))["performers"]
    assert len(performers) == len(colors)
    for color, performer in zip(colors, performers, strict=True):
        pixels = near(picture, performer["screen"])
        bright = pixels[pixels.max(axis=1) > 60]
        assert len(bright) > 50, performer
        assert np.median(bright.argmax(axis=1)) == color, performer


async def test_clips_play_together_and_a_broken_one_is_named(
    stand_in: StandIn, open_page: OpenPage, sequences: Path, artifacts: Path
) -> None:
    write_clip(sequences / "one.npz", -0.9)
    write_clip(sequences / "two.npz", 0.9)
    (sequences / "broken.npz").write_bytes((sequences / "one.npz").read_bytes()[:500])
    page = await open_player(stand_in, open_page, "one.npz", "broken.npz", "two.npz")
    found = await handle(page)
    assert [s["name"] for s in found["sequences"]] == ["one.npz", "two.npz"]
    assert len(found["errors"]) == 1
    assert found["errors"][0].startswith("broken.npz: found a broken zip")
    assert "expected" in await page.inner_text("#errors li")
    await until(page, "f.playing && f.time > 0.3")
    await page.keyboard.press(" ")
    await assert_seen(page, (0, 1))
    await page.screenshot(path=artifacts / "player.png")


@pytest.mark.parametrize("compression", [CompressionType.ZSTD, CompressionType.NONE])
async def test_a_recording_plays_with_its_own_colours(
    stand_in: StandIn, open_page: OpenPage, sequences: Path, compression: CompressionType
) -> None:
    write_recording(sequences / "night.mcap", compression)
    page = await open_player(stand_in, open_page, "night.mcap")
    found = await handle(page)
    assert found["errors"] == []
    assert found["sequences"] == [{"name": "night.mcap", "fps": 50, "frames": 100}]
    await assert_seen(page, (0, 1, 2))


async def test_deep_dance_sequences_play_at_25_or_50_fps(
    stand_in: StandIn, open_page: OpenPage, sequences: Path, data_dir: Path, artifacts: Path
) -> None:
    name = "maria_temp05_rescaled.json"
    shutil.copyfile(data_dir / "deepdance" / name, sequences / name)
    page = await open_player(stand_in, open_page, name)
    found = await handle(page)
    assert found["sequences"] == [{"name": name, "fps": 25, "frames": 1010}]
    assert found["duration"] == pytest.approx(1009 / 25)
    await page.keyboard.press(" ")
    await page.click("#lift")
    await page.wait_for_timeout(700)
    await page.screenshot(path=artifacts / "player_deepdance.png")
    await page.select_option("#fps", "50")
    await until(page, "f.sequences[0].fps === 50")
    assert (await handle(page))["duration"] == pytest.approx(1009 / 50, abs=0.01)


async def test_play_pause_step_jump_speed_and_loop(
    stand_in: StandIn, open_page: OpenPage, sequences: Path
) -> None:
    write_clip(sequences / "one.npz", seconds=4, fps=25)
    page = await open_player(stand_in, open_page, "one.npz")
    await until(page, "f.playing")
    await page.keyboard.press(" ")
    await until(page, "!f.playing")
    time = (await handle(page))["time"]
    await page.wait_for_timeout(300)
    assert (await handle(page))["time"] == time

    await page.fill("#goal", "0:02")
    await page.press("#goal", "Enter")
    await until(page, "f.time === 2")
    await page.keyboard.press("ArrowRight")
    await until(page, "Math.abs(f.time - 2.04) < 1e-6")
    await page.keyboard.press("ArrowLeft")
    await page.keyboard.press("ArrowLeft")
    await until(page, "Math.abs(f.time - 1.96) < 1e-6")
    await page.fill("#goal", "nonsense")
    await page.press("#goal", "Enter")
    assert await page.locator("#goal").evaluate("e => e.classList.contains('wrong')")

    await page.evaluate("document.activeElement.blur()")
    await page.select_option("#speed", "2")
    await page.click("#loop")
    await page.keyboard.press(" ")
    await until(page, "!f.playing && f.time === f.duration", 10)
    await page.click("#loop")
    await page.keyboard.press(" ")
    await until(page, "f.playing && f.time > 0.2 && f.time < 2", 10)
    await page.locator("#scrub").evaluate(
        "e => { e.value = 3; e.dispatchEvent(new Event('input', {bubbles: true})); }"
    )
    await until(page, "f.time >= 3 || f.time < 1", 5)


async def test_files_are_dropped_and_taken_away(
    stand_in: StandIn, open_page: OpenPage, sequences: Path, tmp_path: Path
) -> None:
    for number in range(4):
        write_clip(sequences / f"{number}.npz", seconds=1)
    page = await open_player(stand_in, open_page)
    assert await page.locator("#hint").is_visible()
    await page.wait_for_function("document.querySelectorAll('#library option').length === 5")
    await drop(page, *(sequences / f"{n}.npz" for n in range(4)))
    await until(page, "f.sequences.length === 3 && f.errors.length === 1")
    assert "3.npz: found three sequences already" in (await handle(page))["errors"][0]
    assert not await page.locator("#hint").is_visible()
    await assert_seen(page, (0, 1, 2))
    await page.click("#slots li:nth-child(2) button")
    await until(page, "f.sequences.length === 2")
    (tmp_path / "notes.txt").write_text("no dance")
    await drop(page, tmp_path / "notes.txt")
    await until(page, "f.errors.length === 2")
    assert (await handle(page))["errors"][1].startswith("notes.txt: found an unknown format")


async def drop(page: Page, *paths: Path) -> None:
    """Drop files on the page, as from a file manager."""
    files = [(p.name, base64.b64encode(p.read_bytes()).decode()) for p in paths]
    await page.evaluate(
        """files => {
            const data = new DataTransfer();
            for (const [name, text] of files) {
                const bytes = Uint8Array.from(atob(text), c => c.charCodeAt(0));
                data.items.add(new File([bytes], name));
            }
            dispatchEvent(new DragEvent("drop", { dataTransfer: data, cancelable: true }));
        }""",
        files,
    )


async def test_a_sequence_that_is_not_there_is_named(
    stand_in: StandIn, open_page: OpenPage, sequences: Path
) -> None:
    page = await open_player(stand_in, open_page, "gone.npz")
    assert (await handle(page))["errors"] == ["gone.npz: found HTTP 404, expected a sequence"]
