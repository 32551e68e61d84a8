"""What was called before addresses were encrypted, or under a key that is to go, is encrypted after the start."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast

import pytest

from rallypoint.features.deliveries.model import Delivery
from rallypoint.features.destinations.service import privacy, replaying
from rallypoint.features.destinations.service.replaying import Which
from rallypoint.features.monitors import jobs
from rallypoint.features.monitors.feature import feature
from rallypoint.features.monitors.service import listing, sealing
from rallypoint.kernel.feature import Parts
from rallypoint.kernel.ids import UserId
from rallypoint.kernel.people import Operator
from rallypoint.kernel.ports import Discord
from rallypoint.kernel.settings import FixedSettings
from rallypoint.kernel.vault import LENT, Vault

from .conftest import HOOK, LOBBY, joined

ONE: dict[str, Any] = {
    "channel_id": LOBBY,
    "webhooks": {"new_user_webhooks": [f"{HOOK}?who={{{{username}}}}"]},
}
KEY, OTHER = "k" * 32, "o" * 32
MINUTE = timedelta(minutes=1)


class Killed(Exception):
    """Between two steps."""


class Dying(Vault):
    """Its program is killed at the seal after so many."""

    def __init__(self, after: int) -> None:
        super().__init__([KEY])
        self._left = after

    def seal(self, *args, **more):
        if not self._left:
            raise Killed
        self._left -= 1
        return super().seal(*args, **more)


@pytest.fixture(autouse=True)
def few(monkeypatch):
    """So that a few are many."""
    monkeypatch.setattr(sealing, "SENT_AT_ONCE", 2)


@pytest.fixture
def start(sessions, clock, drain, recorder):
    """As at each start of the program, and what is due then."""
    parts = Parts(sessions, clock, cast(Discord, None), settings=FixedSettings())

    async def run():
        await jobs.start(parts)
        return await drain({jobs.SEAL: feature.jobs[jobs.SEAL]}, carrier=recorder)

    return run


@pytest.fixture
async def called(list_channels, happens, call_out, clock, sessions, rows):
    """Five were; by a former version, but for the last."""
    await list_channels(ONE, source=listing.IMPORT)
    for number in range(1, 6):
        await happens(joined(number))
        await call_out()
        clock.advance(MINUTE)
    async with sessions.begin() as session:
        for row in (await rows(Delivery))[:4]:
            old = await session.get(Delivery, row.id)
            kept = {name: value for name, value in row.data.items() if name != "sealed"}
            old.data = {"url": ONE["webhooks"]["new_user_webhooks"][0]} | kept


async def in_plain(rows):
    return [HOOK in str(row.data) for row in await rows(Delivery)]


@pytest.fixture
def send_again(sessions, call_out, recorder, clock):
    """All that is kept; what was called then."""

    async def run():
        recorder.carried.clear()
        now = clock.now()
        async with sessions.begin() as session:
            await replaying.replay_all(session, None, Which(), by=Operator(), now=now)
        clock.advance(MINUTE)
        await call_out()
        return recorder.urls

    return run


ALL = [f"{HOOK}?who=u{number}" for number in range(1, 6)]


async def test_what_a_former_version_called_is_encrypted_and_can_be_called_again(
    called, start, rows, send_again
):
    before = await in_plain(rows)
    await start()
    sealed = [row.data for row in await rows(Delivery)]
    await start()

    assert before == [True] * 4 + [False]
    assert await in_plain(rows) == [False] * 5
    assert [row.data for row in await rows(Delivery)] == sealed
    assert await send_again() == ALL


async def test_killed_in_the_middle_it_goes_on_at_the_next_start(
    called, start, rows, keys, sessions, send_again
):
    sessions.kw["info"][LENT] = Dying(after=3)
    await start()
    half = await in_plain(rows)
    first = [row.data for row in await rows(Delivery)][:2]
    keys(KEY)
    await start()

    assert half == [False, False, True, True, False]
    assert await in_plain(rows) == [False] * 5
    assert [row.data for row in await rows(Delivery)][:2] == first
    assert await send_again() == ALL


async def test_an_old_key_is_needed_no_more_for_what_was_sent_and_may_be_sent_again(
    called, start, keys, send_again
):
    await start()
    keys(OTHER, KEY)
    await start()
    keys(OTHER)

    assert await send_again() == ALL


async def test_what_no_key_opens_stays_for_the_day_it_is_put_back(
    called, start, rows, keys, send_again
):
    await start()
    before = [row.data for row in await rows(Delivery)]
    keys(OTHER)
    await start()
    after = [row.data for row in await rows(Delivery)]
    keys(KEY)

    assert after == before
    assert await send_again() == ALL


async def test_what_was_forgotten_or_has_no_address_is_left_alone(
    called, list_channels, happens, call_out, start, rows, sessions, clock
):
    queue = {"channel_id": 11, "redis": {"queue": "q"}}
    await list_channels(ONE, queue, source=listing.IMPORT)
    await happens(joined(6, channel=11))
    await call_out()
    async with sessions.begin() as session:
        await privacy.erase(session, UserId(2), after=0, upto=100, now=clock.now())
    before = [row.data for row in await rows(Delivery)]
    await start()
    after = [row.data for row in await rows(Delivery)]

    assert (after[1], after[5:]) == ({}, before[5:])
    assert [HOOK in str(each) for each in after] == [False] * len(after)


async def test_what_was_sent_to_one_that_is_removed_is_encrypted_too(
    called, list_channels, start, rows
):
    await list_channels(source=listing.IMPORT)
    await start()

    assert await in_plain(rows) == [False] * 5


async def test_a_server_that_calls_nobody_has_nothing_to_do(list_channels, start):
    await list_channels({"channel_id": 11, "redis": {"queue": "q"}})

    assert await start() == 0
