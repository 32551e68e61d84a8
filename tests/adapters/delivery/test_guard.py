"""No connection to an address that is not public, whatever the name says, and whenever it says it."""

from __future__ import annotations

import itertools
import socket
from ipaddress import ip_address
from types import SimpleNamespace

import pytest
from yarl import URL

from rallypoint.adapters.delivery.guard import CheckedRequest, Guard, PeerChanged, is_own
from rallypoint.adapters.delivery.names import DomainNames, NameUnknown
from rallypoint.kernel.addresses import Bounds
from rallypoint.kernel.ids import GuildId
from rallypoint.kernel.outlets import HttpRequest, Verdict

from .receivers import OK, Told, receiver, saying

GUEST = GuildId(1)
NOT_PUBLIC = [
    "127.0.0.1",
    "10.0.0.1",
    "100.64.0.1",
    "169.254.169.254",
    "0.0.0.0",
    "192.168.0.1",
    "::1",
    "fe80::1",
    "fd00:ec2::254",
    "64:ff9b::a00:1",
    "2002:7f00:1::",
    "2001:0:7f00:1::",
]


def to(url: str, tenant: GuildId | None = GUEST) -> HttpRequest:
    return HttpRequest("GET", url, tenant=tenant)


@pytest.mark.parametrize("address", NOT_PUBLIC)
async def test_an_address_itself_is_refused_for_good(http, connected, address):
    host = f"[{address}]" if ":" in address else address
    receipt = await http().carry(to(f"http://{host}/"))

    assert (receipt.verdict, receipt.reason) == (Verdict.NEVER, "url_not_public")
    assert connected == []


@pytest.mark.parametrize("address", [*NOT_PUBLIC, "::ffff:127.0.0.1", "::ffff:1.1.1.1"])
@pytest.mark.parametrize("beside", [[], ["1.1.1.1"]], ids=["alone", "beside a public one"])
async def test_a_name_with_one_address_that_is_not_public_is_refused(
    http, connected, address, beside
):
    names = Told(evil_example=[*beside, address])
    receipt = await http(names=names).carry(to("http://evil.example/"))

    assert (receipt.verdict, receipt.reason) == (Verdict.LATER, "url_not_public")
    assert connected == []


async def test_a_name_is_looked_up_once_for_each_attempt_and_searched_for_nowhere_else(http):
    async with receiver() as here:
        names = Told(good_example=itertools.cycle([["127.0.0.1"]]))
        carrier = http(here.port, names=names)
        for _ in range(2):
            await carrier.carry(to(f"http://good.example:{here.port}/"))

    assert names.asked == ["good.example.", "good.example."]


async def test_a_name_that_was_unknown_and_then_leads_inside_is_refused_then(http, connected):
    names = Told(evil_example=iter([(), ["10.0.0.1"]]))
    carrier = http(names=names)

    assert (await carrier.carry(to("http://evil.example/"))).reason == "name_unknown"
    assert (await carrier.carry(to("http://evil.example/"))).reason == "url_not_public"
    assert connected == []


async def test_the_connection_is_made_to_the_address_that_was_looked_at(http, connected):
    async with receiver() as here:
        names = Told(good_example=iter([["127.0.0.1"], ["10.0.0.1"]]))
        receipt = await http(here.port, names=names).carry(to(f"http://good.example:{here.port}/"))

    assert receipt.verdict is Verdict.DELIVERED
    assert connected == [("127.0.0.1", here.port)]
    assert f"Host: good.example:{here.port}\r\n".encode() in here.requests[0]


async def test_where_the_first_address_does_not_answer_the_next_one_is_tried(http):
    async with receiver() as here:
        names = Told(good_example=["127.0.0.2", "127.0.0.1"])
        carrier = http(here.port, names=names, places=("127.0.0.1", "127.0.0.2"))
        receipt = await carrier.carry(to(f"http://good.example:{here.port}/"))

    assert receipt.verdict is Verdict.DELIVERED


async def test_one_address_and_port_that_is_allowed_allows_nothing_beside_it(http, connected):
    async with receiver() as here, receiver() as other:
        names = Told(both_example=["127.0.0.1", "127.0.0.2"])
        carrier = http(here.port, names=names)
        allowed = await carrier.carry(to(here.url))
        refused = [
            await carrier.carry(to(url))
            for url in (
                other.url,
                f"http://both.example:{here.port}/",
                f"http://127.0.0.2:{here.port}/",
            )
        ]

    assert allowed.verdict is Verdict.DELIVERED
    assert {each.verdict for each in refused} == {Verdict.NEVER, Verdict.LATER}
    assert connected == [("127.0.0.1", here.port)]


async def test_the_operators_own_destinations_may_be_private(http):
    async with receiver() as here:
        names = Told(n8n=["127.0.0.1"])
        receipt = await http(names=names).carry(to(f"http://n8n:{here.port}/", tenant=None))

    assert receipt.verdict is Verdict.DELIVERED
    assert names.asked == ["n8n"]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_a_failure_and_not_followed(http, status):
    async with receiver() as inside:
        answer = f"HTTP/1.1 {status} Go\r\nLocation: {inside.url}\r\nContent-Length: 0\r\n\r\n"
        async with receiver(saying(answer.encode())) as here:
            receipt = await http(here.port, inside.port).carry(to(here.url))

    assert (receipt.verdict, receipt.reason, receipt.status) == (
        Verdict.LATER,
        "redirected",
        status,
    )
    assert inside.requests == []


@pytest.mark.parametrize("tenant", [GUEST, None])
async def test_a_proxy_named_in_the_environment_is_not_asked(http, monkeypatch, tenant):
    async with receiver() as proxy, receiver() as here:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        monkeypatch.setenv("NO_PROXY", "")
        receipt = await http(here.port).carry(to(here.url, tenant))

    assert receipt.verdict is Verdict.DELIVERED
    assert proxy.connections == 0


async def test_this_machines_own_addresses_are_refused_although_they_are_public(http, connected):
    names = Told(me_example=["93.184.216.34"])
    carrier = http(names=names, own=lambda place: place == ip_address("93.184.216.34"))

    assert (await carrier.carry(to("http://me.example/"))).reason == "url_not_public"
    assert (await carrier.carry(to("http://93.184.216.34/"))).verdict is Verdict.NEVER
    assert connected == []


def test_this_machine_knows_its_addresses():
    assert is_own(ip_address("127.0.0.1"))
    assert not is_own(ip_address("192.0.2.1"))


async def test_the_port_of_a_closed_door_and_of_none_are_told_apart_by_nothing(http):
    async with receiver() as here:
        port = here.port
    closed = await http(port).carry(to(f"http://127.0.0.1:{port}/"))

    assert (closed.verdict, closed.reason, closed.answer) == (Verdict.LATER, "unreachable", "")


def test_the_socket_itself_refuses_what_the_rest_has_overlooked():
    sockets = Guard(Bounds(), Told()).sockets(guest=True)

    for target in (("10.0.0.1", 443), ("1.1.1.1", 22), ("127.0.0.1", 443), ("1.1", 443)):
        with pytest.raises(PermissionError):
            sockets((socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", target))


async def test_nothing_is_said_to_somebody_else_than_was_called(http, monkeypatch):
    """A connection whose other end is not what it was made to: what no test can bring about at a socket."""
    transport = SimpleNamespace(get_extra_info=lambda _: ("10.0.0.1", 80))
    request = SimpleNamespace(url=URL("http://1.1.1.1/"))

    with pytest.raises(PeerChanged):
        await CheckedRequest.send(request, SimpleNamespace(transport=transport))  # type: ignore[arg-type]


async def test_every_request_looks_at_its_peer(http, monkeypatch):
    looked = []
    real = CheckedRequest.send

    async def spy(self, conn):
        looked.append(conn.transport.get_extra_info("peername"))
        return await real(self, conn)

    monkeypatch.setattr(CheckedRequest, "send", spy)
    async with receiver(saying(OK)) as here:
        await http(here.port).carry(to(here.url))

    assert looked == [("127.0.0.1", here.port)]


async def test_names_are_looked_up_for_all_their_addresses():
    names = DomainNames()
    found = await names.look_up("localhost")
    names.close()

    assert ip_address("127.0.0.1") in found


async def test_a_name_that_is_none_is_unknown():
    names = DomainNames()
    with pytest.raises(NameUnknown):
        await names.look_up("nobody.invalid.")
    names.close()
