"""Each fault, as a caller meets it."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest

from fakecord import Fault

ROUTE = "/guilds/{guild_id}/channels"


@pytest.fixture
def make(guild, api):
    async def send(name="x"):
        return await api("POST", f"/guilds/{guild.id}/channels", {"name": name, "type": 2})

    return send


@pytest.mark.parametrize("after", [False, True], ids=["before the work", "after the work"])
async def test_an_error_status_comes_before_or_after_the_work(fake, guild, make, after):
    fake.faults.add(Fault("POST", ROUTE, status=503, after=after))
    answer = await make()

    assert answer.status == 503
    assert guild.has_channel("x") is after
    assert list(fake.requests)[-1].done is after


@pytest.mark.parametrize("after", [False, True], ids=["before the work", "after the work"])
async def test_a_reset_comes_before_or_after_the_work(fake, guild, make, after):
    fake.faults.add(Fault("POST", ROUTE, reset=True, after=after))

    with pytest.raises(aiohttp.ClientError):
        await make()
    assert guild.has_channel("x") is after


async def test_the_edge_answers_in_html(fake, make):
    fake.faults.add(Fault("POST", ROUTE, html=True))
    answer = await make()

    assert (answer.status, answer.headers["Content-Type"].split(";")[0]) == (502, "text/html")


@pytest.mark.parametrize("after", [False, True], ids=["before the work", "after the work"])
async def test_a_held_request_goes_on_when_released(fake, guild, make, after):
    fault = fake.faults.add(Fault("POST", ROUTE, hold=True, after=after))
    asked = asyncio.create_task(make())
    await fault.reached()
    while_held = guild.has_channel("x")
    fault.release()
    answer = await asked

    assert while_held is after
    assert (answer.status, guild.has_channel("x")) == (201, True)


@pytest.mark.parametrize("after", [False, True], ids=["before the work", "after the work"])
async def test_a_caller_who_gives_up_undoes_nothing_and_causes_nothing(fake, guild, make, after):
    fault = fake.faults.add(Fault("POST", ROUTE, hold=True, after=after))
    asked = asyncio.create_task(make())
    await fault.reached()
    asked.cancel()
    await fake.until(lambda: not fault.held)
    fault.release()
    await make("later")

    assert guild.has_channel("x") is after
    assert list(fake.requests)[-2].status is None


async def test_a_fault_strikes_as_often_as_it_was_told(fake, make):
    fake.faults.add(Fault("POST", ROUTE, status=500, times=2))

    assert [(await make()).status for _ in range(3)] == [500, 500, 201]


@pytest.mark.parametrize(
    ("method", "path", "strikes"),
    [
        ("POST", ROUTE, True),
        ("*", r"/guilds/\d+/channels$", True),
        ("GET", ROUTE, False),
        ("POST", "/channels/{channel_id}", False),
    ],
)
async def test_a_fault_strikes_what_it_names(fake, make, method, path, strikes):
    fake.faults.add(Fault(method, path, status=500))

    assert ((await make()).status == 500) is strikes


async def test_a_slow_answer_is_slow(fake, make):
    fake.faults.add(Fault("POST", ROUTE, latency=0.05))
    loop = asyncio.get_running_loop()
    began = loop.time()
    await make()

    assert loop.time() - began >= 0.05


async def test_removing_a_fault_lets_go_what_it_holds(fake, make):
    fault = fake.faults.add(Fault("POST", ROUTE, hold=True, times=None))
    asked = asyncio.create_task(make())
    await fault.reached()
    fake.faults.clear()

    assert (await asked).status == 201
    assert (await make()).status == 201
