from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import BaseModel, Field
from sqlalchemy import select

from rallypoint.features.guilds.model import Setting
from rallypoint.features.guilds.rules import OF_CHANNEL
from rallypoint.features.guilds.service import audit, incidents, settings
from rallypoint.kernel.durations import Duration
from rallypoint.kernel.errors import NotFound
from rallypoint.kernel.events import Outbox
from rallypoint.kernel.ids import ChannelId, GuildId
from rallypoint.kernel.people import Operator

HERE, ELSEWHERE, LOBBY = GuildId(1), GuildId(2), ChannelId(10)


class Tea(BaseModel):
    steep: Duration = Field(default=timedelta(minutes=3), json_schema_extra={OF_CHANNEL: True})
    sugar: int = Field(default=1, ge=0)


MODELS = {"tea": Tea}
BY: dict[str, Any] = {"by": Operator(), "now": datetime(2030, 1, 1, tzinfo=UTC)}


async def put(sessions, value, **where):
    async with sessions.begin() as session:
        await settings.put(session, MODELS, "tea.steep", value, **BY, **where)


async def steep(sessions, guild=HERE, channel=None):
    async with sessions() as session:
        return (await settings.read(session, "tea", Tea, guild, channel)).steep


async def test_a_setting_is_inherited_set_changed_and_reset(sessions):
    assert await steep(sessions) == timedelta(minutes=3)

    await put(sessions, "4m")
    assert await steep(sessions) == timedelta(minutes=4)

    await put(sessions, "5m", guild_id=HERE)
    await put(sessions, "6m", guild_id=HERE)
    assert await steep(sessions) == timedelta(minutes=6)

    async with sessions.begin() as session:
        await settings.reset(session, MODELS, "tea.steep", **BY, guild_id=HERE)
    assert await steep(sessions) == timedelta(minutes=4)


@pytest.mark.parametrize(
    "database_url", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)
async def test_of_two_who_set_it_first_at_once_the_later_one_counts(sessions, somebody_waits):
    async with sessions.begin() as session:
        await settings.put(session, MODELS, "tea.steep", "5m", **BY, guild_id=HERE)
        later = asyncio.create_task(put(sessions, "6m", guild_id=HERE))
        await somebody_waits()
    await later

    assert await steep(sessions) == timedelta(minutes=6)
    async with sessions() as session:
        entries = await audit.audit_log(session, HERE)
    assert [(each.before, each.after) for each in entries] == [
        ({"value": 300}, {"value": 360}),
        (None, {"value": 300}),
    ]


async def test_what_one_guild_sets_is_nothing_to_another(sessions):
    await put(sessions, "5m", guild_id=HERE)

    assert await steep(sessions, ELSEWHERE) == timedelta(minutes=3)


async def test_a_channel_may_differ_from_its_guild(sessions):
    await put(sessions, "5m", guild_id=HERE)
    await put(sessions, "9m", guild_id=HERE, channel_id=LOBBY)

    assert await steep(sessions) == timedelta(minutes=5)
    assert await steep(sessions, channel=LOBBY) == timedelta(minutes=9)


async def test_an_unknown_setting_changes_nothing(sessions):
    async with sessions.begin() as session:
        with pytest.raises(NotFound):
            await settings.put(session, MODELS, "tea.milk", "1", **BY, guild_id=HERE)

        assert all(each.origin == "default" for each in await settings.show(session, MODELS, HERE))


async def test_an_incident_forbids_one_thing_in_one_guild_until_it_is_rearmed(sessions, clock):
    async with sessions.begin() as session:
        first = await incidents.open_incident(session, HERE, "tea", detail="403", now=clock.now())
        again = await incidents.open_incident(session, HERE, "tea", detail="403", now=clock.now())

        assert (first, again) == (True, False)
        assert await incidents.is_forbidden(session, HERE, "tea")
        assert not await incidents.is_forbidden(session, HERE, "coffee")
        assert not await incidents.is_forbidden(session, ELSEWHERE, "tea")

    async with sessions.begin() as session:
        await incidents.rearm(session, HERE, now=clock.now())

        assert not await incidents.is_forbidden(session, HERE, "tea")


async def test_rearming_tells_those_who_wait_and_nobody_if_nothing_was_forbidden(sessions, clock):
    async with sessions.begin() as session:
        await incidents.open_incident(session, HERE, "tea", detail="403", now=clock.now())
        await incidents.rearm(session, HERE, now=clock.now())
        await incidents.rearm(session, HERE, now=clock.now())
        await incidents.rearm(session, ELSEWHERE, now=clock.now())

        subjects = list(await session.scalars(select(Outbox.subject)))
    assert subjects == [f"guild:{HERE}"]


async def test_the_channels_that_lists_name_are_found_as_events_call_them(sessions):
    rows: list[Any] = [(1, 0, "a.list", [11, 12]), (2, 0, "a.list", [2**60]), (3, 0, "a.list", [])]
    rows += [(4, 5, "a.list", [13]), (5, 0, "a.number", 7)]
    async with sessions.begin() as session:
        for guild_id, channel_id, key, value in rows:
            place = {"guild_id": guild_id, "channel_id": channel_id}
            session.add(Setting(**place, key=key, value=value))
        await session.flush()
        found = await session.scalars(settings.channels_listed("a.list"))

        assert sorted(found) == ["channel:11", f"channel:{2**60}", "channel:12"]
