from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from engine import mqtt
from engine.errors import AddressError
from engine.mqtt import NewestQueue


def test_a_url_says_where_the_broker_is() -> None:
    found = mqtt.parse("mqtt://ana@broker:1884/theatre/hall%201/")
    assert (found.host, found.port, found.user) == ("broker", 1884, "ana")
    assert found.prefix == "theatre/hall 1"
    assert found.topic("engine", "left") == "theatre/hall 1/engine/left"
    assert found.context is None


def test_what_a_url_leaves_out() -> None:
    plain, tls = mqtt.parse("mqtt://broker"), mqtt.parse("mqtts://broker")
    assert (plain.port, plain.user, plain.prefix) == (1883, None, "figurant")
    assert tls.port == 8883
    assert tls.context is not None


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("mqtt://", "no host"),
        ("mqtt:///stage", "no host"),
        ("mqtt://broker/#a", "more than a host and a port"),
        ("mqtt://broker/a/%23", "prefix 'a/#'"),
        ("mqtt://broker/a/+", "prefix 'a/+'"),
        ("mqtt://broker/$SYS", "prefix '$SYS'"),
        ("mqtt://broker/a//b", "prefix 'a//b'"),
        ("mqtt://broker?ca=x", "more than a host and a port"),
        ("mqtts://broker?cafile=x", "option 'cafile'"),
        ("mqtts://broker?ca=nowhere.pem", "no file 'nowhere.pem'"),
        ("http://broker", "scheme 'http'"),
    ],
)
def test_a_wrong_url_is_named(url: str, found: str) -> None:
    with pytest.raises(AddressError) as error:
        mqtt.parse(url)
    assert f"found {found}" in str(error.value)
    assert "expected" in str(error.value)


def test_a_password_in_a_url_is_refused_and_not_shown() -> None:
    with pytest.raises(AddressError) as error:
        mqtt.parse("mqtt://ana:secret@broker")
    assert "secret" not in str(error.value)
    assert mqtt.PASSWORD in str(error.value)


def test_a_ca_file_without_certificates_is_named(tmp_path: Path) -> None:
    path = tmp_path / "ca.pem"
    path.write_text("nothing", encoding="utf-8")
    with pytest.raises(AddressError, match="expected certificates in PEM"):
        mqtt.parse(f"mqtts://broker?ca={path}")


async def test_a_full_queue_drops_the_oldest() -> None:
    queue: NewestQueue[int] = NewestQueue(2)
    for n in range(5):
        queue.put_nowait(n)
    assert [queue.get_nowait(), queue.get_nowait()] == [3, 4]
    with pytest.raises(asyncio.QueueEmpty):
        queue.get_nowait()
