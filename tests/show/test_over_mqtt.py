"""A whole show with a real broker: what another machine hears of it, and may say to it."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine import wire
from tests.kit import write_production
from tests.mosquitto import Ear, Mosquitto
from tests.show.process import Running


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    with Mosquitto(tmp_path) as found:
        yield found


@pytest.fixture
def running(tmp_path: Path, broker: Mosquitto) -> Iterator[Running]:
    folder = write_production(tmp_path / "kit")
    urls = ("--output", broker.url, "--source", broker.url)
    with Running("run", folder, *urls, "--name", "left") as found:
        yield found


def test_a_broker_carries_frames_state_and_commands(broker: Mosquitto, running: Running) -> None:
    with Ear(broker) as ear:
        names = [p["name"] for p in json.loads(ear.next("stage/hello").payload)["performers"]]
        assert names == ["red", "blue"]
        first = wire.unpack(ear.next("stage/frame").payload)
        second = wire.unpack(ear.next("stage/frame").payload)
        assert first.joints.shape == (2, 17, 3)
        assert second.show_time > first.show_time
        assert json.loads(ear.next("stage/state").payload)["running"] is None
        ear.client.publish("stage/control/standby", "2")
        ear.client.publish("stage/control/go")
        while (state := json.loads(ear.next("stage/state").payload))["running"] is None:
            pass
        assert (state["running"]["number"], state["standby"]["number"]) == ("2", "3")
        (output,) = (o for o in state["outputs"] if o["url"] == broker.url)
        assert output["error"] is None


def test_the_broker_tells_at_once_that_the_engine_has_died(
    broker: Mosquitto, running: Running
) -> None:
    with Ear(broker, "stage/engine/+") as ear:
        assert ear.next("stage/engine/left").payload == b'{"alive": true}'
        running.process.send_signal(signal.SIGKILL)
        assert ear.next("stage/engine/left", seconds=2).payload == b'{"alive": false}'
    running.process.communicate()


def test_a_broker_that_dies_is_a_fault_and_nothing_else(
    broker: Mosquitto, running: Running
) -> None:
    with Ear(broker) as ear:
        ear.next("stage/frame")
    broker.kill()
    while not (faults := running.state()["faults"]):
        pass
    assert faults[0].startswith(broker.url)
    before = running.state()["show_time"]
    running.until(before + 0.2)
    broker.start()
    with Ear(broker, "stage/frame") as ear:
        ear.next("stage/frame")
    while running.state()["faults"]:
        pass
    log = running.end()
    assert log.count("trying again") == 2, "once for the output and once for the source"
    assert "Traceback" not in log
