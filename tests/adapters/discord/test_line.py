from __future__ import annotations

import pytest
import structlog

from rallypoint.adapters.discord.client import Bot
from rallypoint.adapters.discord.line import Line
from rallypoint.adapters.discord.words import Words


@pytest.fixture
def line():
    return Line()


@pytest.fixture
async def clients(line):
    clients = [Bot(line, cogs=[], words=Words()) for _ in range(2)]
    yield clients
    for client in clients:
        await client.close()


async def test_a_client_that_was_replaced_cannot_hang_up(line, clients):
    former, present = clients
    line.pick_up(former)
    line.pick_up(present)
    line.say_connected(True)
    line.hang_up(former)

    assert line.client is present
    assert line.connected


async def test_who_hangs_up_is_not_connected(line, clients):
    line.pick_up(clients[0])
    line.say_connected(True)
    line.hang_up(clients[0])

    assert line.client is None
    assert not line.connected


def test_watchers_hear_of_changes_only(line):
    heard: list[bool] = []
    line.watch(heard.append)
    for connected in (False, True, True, False, False):
        line.say_connected(connected)

    assert heard == [True, False]


def test_it_warns_once_at_half_of_discords_patience(line):
    with structlog.testing.capture_logs() as logs:
        for _ in range(5_100):
            line.count_invalid(403)

    assert [each["event"] for each in logs] == ["discord.invalid_requests"]
    assert line.invalid_requests.used == 5_100
