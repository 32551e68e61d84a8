"""Discord takes a refresh token once, and several processes may want to renew at the same moment."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import cast
from urllib.parse import parse_qs, urlsplit

import pytest

from fakecord.faults.requests import Fault
from rallypoint.adapters.db import Database
from rallypoint.adapters.discord.oauth import OAuth
from rallypoint.adapters.http.site import Back
from rallypoint.app.entrance import Entrance
from rallypoint.features.accounts.rules.log_ins import RENEWED_WITHIN
from rallypoint.kernel.errors import RallypointError, Unavailable
from rallypoint.kernel.feature import Parts
from rallypoint.kernel.ports import Discord
from rallypoint.kernel.vault import Vault

HOME = "http://127.0.0.1:8080/login/callback"
TOKEN = "/oauth2/token"
NEARLY = timedelta(days=7) - timedelta(minutes=3)
"""Then Discord's tokens are about to run out."""


class Processes:
    def __init__(self, entrances, fake, clock):
        self.entrances = entrances
        self._fake = fake
        self._clock = clock

    async def log_in(self, member):
        first, *_ = self.entrances
        begun = first.begin(None)
        query = parse_qs(urlsplit(await member.authorizes(begun.location)).query)
        (state,), (code,) = query["state"], query["code"]
        entered = await first.finish(Back(begun.sealed, state, code, None, "", None))
        return await first.visitor_of(entered.text)

    def later(self, time):
        self._fake.clock.advance(time.total_seconds())
        self._clock.advance(time)

    def ask(self, visitor, each=3):
        """What becomes of it if all of them want to know at once."""
        asked = (one.guilds_of(visitor) for one in self.entrances for _ in range(each))
        return asyncio.gather(*asked, return_exceptions=True)

    @property
    def renewals(self):
        asked = self._fake.requests.matching("POST", TOKEN)
        return len(asked) - 1


@pytest.fixture
async def processes(fake, database_url, clock):
    fake.allow_redirects(HOME)
    oauth = OAuth(
        client_id=int(fake.application_id),
        secret=fake.client_secret,
        redirect_uri=HOME,
        discord_url=fake.url,
    )
    async with AsyncExitStack() as stack:
        entrances = []
        for _ in range(2):
            database = await stack.enter_async_context(await Database.open(database_url))
            parts = Parts(database.sessions, clock, cast(Discord, None))
            vault = Vault(["k" * 40])
            entrances.append(Entrance(parts, database.reading, vault, oauth, redirect_uri=HOME))
        yield Processes(entrances, fake, clock)


async def test_one_renews_and_all_know(processes, fake, alice, guild):
    visitor = await processes.log_in(alice)
    for renewals in (1, 2):
        processes.later(NEARLY)
        held = fake.faults.add(Fault(path=TOKEN, hold=True))
        asking = processes.ask(visitor)
        await held.reached()
        held.release()

        assert [[each.name for each in found] for found in await asking] == [["Arena"]] * 6
        assert processes.renewals == renewals


async def test_what_discord_gave_is_kept_though_nobody_waits_for_it_any_more(
    processes, fake, alice, guild
):
    visitor = await processes.log_in(alice)
    processes.later(NEARLY)
    held = fake.faults.add(Fault(path=TOKEN, hold=True, after=True))
    asking = processes.ask(visitor)
    await held.reached()
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    held.release()

    assert [[each.name for each in found] for found in await processes.ask(visitor)] == [
        ["Arena"]
    ] * 6
    assert processes.renewals == 1


@pytest.mark.parametrize("fault", [{"status": 503}, {"status": 400, "body": '{"error": "x"}'}])
async def test_while_discord_refuses_nothing_is_lost(processes, fake, alice, guild, fault):
    visitor = await processes.log_in(alice)
    processes.later(NEARLY)
    down = fake.faults.add(Fault(path=TOKEN, times=None, **fault))
    failed = await processes.ask(visitor, 1)
    fake.faults.remove(down)

    assert all(isinstance(each, RallypointError) for each in failed), failed
    assert [len(found) for found in await processes.ask(visitor)] == [1] * 6


async def test_who_dies_over_it_makes_way(processes, fake, alice, guild, monkeypatch):
    monkeypatch.setattr("rallypoint.app.kept_tokens.PATIENCE", 0.0)
    visitor = await processes.log_in(alice)
    processes.later(NEARLY)
    held = fake.faults.add(Fault(path=TOKEN, hold=True))
    dies, lives = processes.entrances
    dying = asyncio.create_task(dies.guilds_of(visitor))
    await held.reached()
    with pytest.raises(Unavailable):
        await lives.guilds_of(visitor)
    processes.later(RENEWED_WITHIN)

    assert [each.name for each in await lives.guilds_of(visitor)] == ["Arena"]
    dying.cancel()
