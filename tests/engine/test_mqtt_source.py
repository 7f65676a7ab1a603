from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import wire
from engine.errors import FigurantError
from engine.sinks.mqtt import MqttSink
from engine.sources.mqtt import LONGEST, MqttSource, command
from engine.sources.mqtt_frames import MqttFrames
from tests.kit import frame, hello
from tests.mosquitto import Ear, Mosquitto

Said = tuple[str, dict[str, object]]


@pytest.mark.parametrize(
    ("name", "payload", "expected"),
    [
        ("go", b"", ("go", {})),
        ("go", b"1", ("go", {})),
        ("go", b"0", None),  # the button was let go
        ("go", b"{}", ("go", {})),
        ("go/12.5", b"", ("go", {"cue": "12.5"})),
        ("go/12.5", b"0", None),
        ("locate", b"90.5", ("locate", {"show_time": 90.5})),
        ("panic", b"false", None),
        ("hold", b"", ("hold", {})),
        ("hold", b"1", ("hold", {"value": True})),
        ("blackout", b"false", ("blackout", {"value": False})),
        ("blackout", b'{"value": true}', ("blackout", {"value": True})),
        ("standby", b"6", ("standby", {"cue": "6"})),
        ("standby", b"6.10", ("standby", {"cue": "6.10"})),
        ("standby", b'"12.5"', ("standby", {"cue": "12.5"})),
        ("standby", b"12a", ("standby", {"cue": "12a"})),
        ("standby", b'{"cue": "6"}', ("standby", {"cue": "6"})),
        ("control/red/energy", b"0.8", ("control", {"name": "red/energy", "value": 0.8})),
        (
            "control",
            b'{"name": "energy", "value": 1}',
            ("control", {"name": "energy", "value": 1}),
        ),
    ],
)
def test_topics_become_commands(name: str, payload: bytes, expected: Said | None) -> None:
    assert command(name, payload) == expected


@pytest.mark.parametrize(
    ("name", "payload"),
    [
        ("standby", b""),
        ("hold", b"perhaps"),
        ("nothing", b"1"),
        ("go", b"\xff"),
        ("go", b"x" * (LONGEST + 1)),
    ],
)
def test_what_is_wrong_is_a_value_error(name: str, payload: bytes) -> None:
    with pytest.raises(ValueError, match="found"):
        command(name, payload)


def refuse(name: str, fields: Mapping[str, object], by: str) -> None:
    raise FigurantError(name, found="refused")


@given(st.text(max_size=40), st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_no_message_raises_out_of_the_source(name: str, payload: bytes) -> None:
    MqttSource("mqtt://broker/stage", refuse).receive(f"stage/control/{name}", payload)


def test_refusals_are_logged_ever_more_seldom(caplog: pytest.LogCaptureFixture) -> None:
    source = MqttSource("mqtt://broker/stage", refuse)
    for _ in range(100):
        source.receive("stage/control/go", b"")
    assert (source.heard, source.refused, len(caplog.records)) == (100, 100, 7)


class Heard:
    """Keeps the commands that come."""

    def __init__(self) -> None:
        self.said: list[Said] = []
        self._new = asyncio.Event()

    def __call__(self, name: str, fields: Mapping[str, object], by: str) -> None:
        assert by == "mqtt"
        self.said.append((name, dict(fields)))
        self._new.set()

    async def next(self) -> Said:
        async with asyncio.timeout(10):
            await self._new.wait()
        self._new.clear()
        return self.said[-1]


async def test_it_hears_a_real_broker_again_after_it_has_gone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "engine")
    heard = Heard()
    with Mosquitto(tmp_path) as broker:
        with Ear(broker) as desk:
            desk.client.publish("stage/control/go", retain=True).wait_for_publish(5)
        source = MqttSource(broker.url, heard)
        await source.open()
        for number in ("2", "3"):
            async with asyncio.timeout(10):
                with Ear(broker) as desk:
                    while ("standby", {"cue": number}) not in heard.said:
                        desk.client.publish("stage/control/standby", number)
                        await asyncio.sleep(0.02)
            broker.kill()
            await asyncio.sleep(0.1)
            broker.start()
        source.close()
        source.close()
    assert "go" not in [name for name, _ in heard.said], "a retained GO is last night's"
    assert [r.message.partition(": ")[2][:4] for r in caplog.records][:2] == ["the ", "back"]


async def test_frames_come_with_the_hello_and_the_engines_clock(tmp_path: Path) -> None:
    answers: list[tuple[float, float, float]] = []
    with Mosquitto(tmp_path) as broker, Ear(broker) as other:
        sink = MqttSink(broker.url, hello(), name="left", now=lambda: 42.0)
        await sink.open()
        source = MqttFrames(
            broker.url, now=lambda: 7.0, ponged=lambda *answer: answers.append(answer)
        )
        shown = frame(1.5)

        async def play() -> None:
            while True:
                await sink.send(shown, wire.pack(shown))
                other.client.publish("stage/frame", b"no frame")
                await asyncio.sleep(0.01)

        playing = asyncio.create_task(play())
        async with asyncio.timeout(10):
            async for found in source.frames():
                assert wire.pack(found) == wire.pack(shown)
                if answers and source.refused:
                    break
        playing.cancel()
        await sink.close()
    assert source.hello == {**hello(), "clock": 42.0}
    assert answers[0] == (7.0, 7.0, 42.0)
