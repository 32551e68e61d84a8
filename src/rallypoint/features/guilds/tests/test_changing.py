"""Settings as a whole."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel, Field

from rallypoint.features.guilds import api as guilds
from rallypoint.features.guilds.service import changing
from rallypoint.kernel.errors import Forbidden, NotFound, Refused
from rallypoint.kernel.ids import ChannelId, GuildId, RoleId, UserId
from rallypoint.kernel.people import Actor, Operator, Permission, Role

ARENA = GuildId(10)
ALICE = Actor(UserId(1), ARENA, "alice", Permission.MANAGE_GUILD)
OLGA = Actor(UserId(2), ARENA, "olga", roles=frozenset({RoleId(5)}))
VERA = Actor(UserId(3), ARENA, "vera", roles=frozenset({RoleId(6)}))
CHARLIE = Actor(UserId(4), ARENA, "charlie")


class Things(BaseModel):
    size: int = Field(default=3, ge=1, le=9, description="How big")
    name: str = Field(
        default="x",
        min_length=1,
        description="What it is called",
        json_schema_extra={guilds.OF_CHANNEL: True},
    )
    room: int = Field(
        default=1, description="In all of it", json_schema_extra={guilds.OF_PROGRAM: True}
    )


MODELS = {"things": Things}


@pytest.fixture
def change(sessions, clock):
    async def change(typed, by=ALICE, use=changing.change, **where):
        async with sessions.begin() as session:
            told = {"by": by, "now": clock.now(), "guild_id": ARENA} | where
            return await use(session, MODELS, typed, **told)

    return change


@pytest.fixture
def own(sessions):
    async def own():
        async with sessions() as session:
            return (await changing.bundle(session, MODELS, ARENA))["settings"]

    return own


async def test_what_differs_is_set_and_what_does_not_stays_inherited(change, own, audit_log):
    assert await change({"things.size": "4", "things.name": "x"}) == {}

    assert await own() == {"things.size": 4}
    assert [each.subject for each in await audit_log(ARENA)] == ["things.size"]


async def test_if_one_does_not_fit_none_is_set_and_each_is_told(change, own):
    wrong = await change({"things.size": "10", "things.name": "y"})

    assert wrong.keys() == {"things.size"}
    assert await own() == {}


@pytest.mark.parametrize("by", [OLGA, VERA, CHARLIE])
async def test_only_admins_change_settings(change, own, set_setting, by):
    await set_setting("guilds.organisers", "5", ARENA)
    await set_setting("guilds.viewers", "6", ARENA)
    with pytest.raises(Forbidden):
        await change({"things.size": "4"}, by=by)
    with pytest.raises(Forbidden):
        await change({"format": changing.FORMAT, "settings": {}}, by=by, use=changing.take_in)
    with pytest.raises(Forbidden):
        await change({"things.size": "4"}, guild_id=None)
    with pytest.raises(NotFound):
        await change({"things.size": "4"}, guild_id=GuildId(11))

    assert await own() == {}


async def test_a_bundle_brings_all_of_it_or_nothing(sessions, change, own):
    await change({"things.size": "4"})
    async with sessions() as session:
        taken = await changing.bundle(session, MODELS, ARENA)
    await change({"things.size": "5", "things.name": "y"})

    assert await change(taken, use=changing.take_in) == 1
    assert await own() == {"things.size": 4, "things.name": "y"}
    for wrong, error in (
        ({"format": changing.FORMAT, "settings": {"things.name": "z", "no.such": 1}}, NotFound),
        ({"format": changing.FORMAT, "settings": {"things.name": "z", "things.size": 99}}, Refused),
        ({"format": "x", "settings": {}}, Refused),
        ([], Refused),
    ):
        with pytest.raises(error):
            await change(wrong, use=changing.take_in)
    assert await own() == {"things.size": 4, "things.name": "y"}


async def test_a_bundle_brings_channels_back_to_the_server_they_are_of(sessions, change, own):
    lobby, there = {"channel_id": ChannelId(20)}, GuildId(11)
    await change({"things.name": "y"}, **lobby)
    async with sessions() as session:
        taken = await changing.bundle(session, MODELS, ARENA)
    await change("things.name", use=changing.go_back, **lobby)

    assert await change(taken, use=changing.take_in, by=Operator(), guild_id=there) == 0
    assert await change(taken, use=changing.take_in) == 1
    async with sessions() as session:
        assert await changing.bundle(session, MODELS, ARENA) == taken
        assert (await changing.bundle(session, MODELS, there))["channels"] == {}
    wrong: list[Any] = [[], {"x": {}}, {"9" * 30: {}}, {"20": []}]
    for channels in wrong:
        with pytest.raises(Refused):
            await change(taken | {"channels": channels}, use=changing.take_in)


async def test_what_is_set_where_it_changes_nothing_is_refused(change, own):
    for typed, where in (
        ({"things.size": "4"}, {"channel_id": ChannelId(20)}),
        ({"things.room": "4"}, {}),
        ({"things.room": "4"}, {"channel_id": ChannelId(20)}),
    ):
        with pytest.raises(Refused):
            await change(typed, **where)
    assert await change({"things.room": "4"}, by=Operator(), guild_id=None) == {}


async def test_a_role_is_by_manage_server_or_by_what_the_guild_has_named(sessions, set_setting):
    await set_setting("guilds.organisers", "5", ARENA)
    await set_setting("guilds.viewers", "5, 6", ARENA)
    async with sessions() as session:
        roles = [await guilds.role_of(session, each) for each in (ALICE, OLGA, VERA, CHARLIE)]

    assert roles == [Role.ADMIN, Role.ORGANISER, Role.VIEWER, Role.MEMBER]
