"""What other programs find out: read by python-oscquery, and by zeroconf's own browser."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from collections.abc import Iterator
from typing import Any

import ifaddr
import pytest
from aiohttp import ClientSession
from pythonoscquery.osc_query_browser import OSCQueryBrowser
from pythonoscquery.osc_query_client import OSCQueryClient
from pythonoscquery.shared.osc_access import OSCAccess
from zeroconf import ServiceInfo, Zeroconf

from engine.address import Address
from engine.errors import AddressError
from show import osc_query, osc_tree
from show.announce import Service, announced
from show.discovery import discoverable
from show.stage_manager import Range
from tests.kit import frame
from tests.missing import skip_or_fail

CONTROLS = {"energy": Range(0.0, 1.0), "red/energy": Range(0.0, 1.0), "sigma": Range(0.0, 10.0)}
HEARD = Address("osc://127.0.0.1:9000", "127.0.0.1", 9000)


def tree() -> dict[str, Any]:
    names = ["red", "blue"]
    values = osc_tree.values_of(frame(1.5, performers=2), names, 0.03)
    return osc_tree.tree(names, CONTROLS, values | {"control/red/energy": [0.25]})


def leaves(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if "TYPE" in node:
        yield node
    for name, child in node.get("CONTENTS", {}).items():
        assert child["FULL_PATH"].rpartition("/")[2] == name
        yield from leaves(child)


def test_every_address_is_described() -> None:
    found = {node["FULL_PATH"]: node for node in leaves(tree())}
    assert found["/figurant/go"]["ACCESS"] == 2
    assert found["/figurant/go"]["RANGE"] == [{"MIN": 0, "MAX": 1}]
    assert found["/figurant/control/sigma"]["RANGE"] == [{"MIN": 0.0, "MAX": 10.0}]
    assert found["/figurant/control/red/energy"]["VALUE"] == [0.25]
    assert found["/figurant/control/energy"]["VALUE"] == [None], "nobody has set it"
    assert found["/figurant/blue/pose"]["TYPE"] == "f" * 51
    assert found["/figurant/blue/pose"]["ACCESS"] == 1
    assert found["/figurant/seed/red"]["ACCESS"] == 2
    assert found["/figurant/frame"]["TYPE"] == "ids"
    assert found["/figurant/frame"]["VALUE"] == [90, 1.5, "00:00:01:00"]
    assert found["/figurant/blue/pose"]["VALUE"] == [1.5] * 51
    json.dumps(tree())


def test_the_host_is_where_osc_is_heard() -> None:
    assert osc_tree.host_info("Kit", None)["NAME"] == "Kit"
    assert "OSC_PORT" not in osc_tree.host_info("Kit", None)
    info = osc_tree.host_info("Kit", HEARD)
    assert (info["OSC_IP"], info["OSC_PORT"], info["OSC_TRANSPORT"]) == ("127.0.0.1", 9000, "UDP")
    assert "OSC_IP" not in osc_tree.host_info("Kit", Address("osc://0.0.0.0:9000", "0.0.0.0", 9000))


def client_at(port: int, ip: str = "127.0.0.1") -> OSCQueryClient:
    kind = "_oscjson._tcp.local."
    return OSCQueryClient(
        ServiceInfo(kind, f"Kit.{kind}", port=port, addresses=[socket.inet_aton(ip)])
    )


async def test_an_oscquery_client_reads_it() -> None:
    async with osc_query.served(tree, osc_tree.host_info("Kit", HEARD), "127.0.0.1", 0) as port:
        client = client_at(port)
        info = await asyncio.to_thread(client.get_host_info)
        assert (info.name, info.osc_ip, info.osc_port) == ("Kit", "127.0.0.1", 9000)
        node = await asyncio.to_thread(client.query_node, "/figurant/control/red/energy")
        assert (node.access, node.value) == (OSCAccess.WRITEONLY_VALUE, [0.25])
        whole = await asyncio.to_thread(client.query_node, "/")
        assert [child.full_path for child in whole.contents] == ["/figurant"]
        assert await asyncio.to_thread(client.query_node, "/figurant/nothing") is None


async def test_one_attribute_may_be_asked_for() -> None:
    async with (
        osc_query.served(tree, osc_tree.host_info("Kit", HEARD), "127.0.0.1", 0) as port,
        ClientSession() as session,
    ):

        async def get(path: str) -> tuple[int, str]:
            async with session.get(f"http://127.0.0.1:{port}{path}") as answer:
                return answer.status, await answer.text()

        assert await get("/figurant/go?TYPE") == (200, '{"TYPE": "i"}')
        assert (await get("/figurant/go?CONTENTS"))[0] == 204
        assert (await get("/figurant/go?COLOR"))[0] == 400
        assert (await get("/figurant/none?TYPE"))[0] == 404
        assert json.loads((await get("/figurant?HOST_INFO"))[1])["OSC_PORT"] == 9000
        async with session.post(f"http://127.0.0.1:{port}/figurant/go") as answer:
            assert answer.status == 405


async def test_a_port_that_is_taken_is_another_one_and_a_wrong_host_is_named() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        number = taken.getsockname()[1]
        async with osc_query.served(tree, {}, "127.0.0.1", number) as port:
            assert port != number
    with pytest.raises(AddressError, match=r"192\.0\.2\.77: found"):
        async with osc_query.served(tree, {}, "192.0.2.77", 0):
            pass


def own_address() -> str:
    """An address of this machine that others may reach, on a network with multicast."""
    ips = [ip.ip for adapter in ifaddr.get_adapters() for ip in adapter.ips if ip.is_IPv4]
    ours = [ip for ip in ips if isinstance(ip, str) and not ip.startswith("127.")]
    if not ours:
        skip_or_fail("no network but the loopback")
    return ours[0]


async def test_a_show_that_serves_the_network_is_found_there_and_gone_afterwards() -> None:
    ip = own_address()
    browser = OSCQueryBrowser()
    plain = Zeroconf()

    async def until_found(wanted: bool) -> None:
        async with asyncio.timeout(15):
            while ("Kit" in str(browser.listener.oscjson_services)) is not wanted:
                await asyncio.sleep(0.05)

    try:
        found = discoverable(
            "Kit",
            f"http://{ip}:8137/",
            [f"osc://{ip}:9000"],
            tree,
            host=ip,
            broker=1883,
        )
        async with found:
            await until_found(True)
            (service,) = browser.get_discovered_oscquery()
            client = OSCQueryClient(service)
            assert (await asyncio.to_thread(client.get_host_info)).osc_port == 9000
            for kind, port in (("_osc._udp", 9000), ("_http._tcp", 8137), ("_mqtt._tcp", 1883)):
                info = await asyncio.to_thread(
                    plain.get_service_info, f"{kind}.local.", f"Kit.{kind}.local.", 10_000
                )
                assert info is not None, kind
                assert (info.port, info.parsed_addresses()) == (port, [ip])
        await until_found(False)
    finally:
        await asyncio.to_thread(browser.zc.close)
        await asyncio.to_thread(plain.close)


async def test_what_only_this_machine_reaches_is_announced_to_nobody() -> None:
    assert not Service("_http._tcp", "127.0.0.1", 8137).reachable
    assert not Service("_http._tcp", "localhost", 8137).reachable
    assert Service("_http._tcp", "0.0.0.0", 8137).reachable
    before = time.monotonic()
    async with announced("Kit", [Service("_http._tcp", "127.0.0.1", 8137)]):
        assert len(asyncio.all_tasks()) == 1
    assert time.monotonic() - before < 1
