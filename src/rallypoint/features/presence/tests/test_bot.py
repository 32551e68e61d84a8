from __future__ import annotations

import pytest
from sqlalchemy import select

from rallypoint.features.presence.model import VoiceSight, VoiceStay


@pytest.fixture
def stays(sessions):
    """Each as (still there, end estimated), the oldest first."""

    async def look():
        async with sessions() as session:
            rows = await session.scalars(select(VoiceStay).order_by(VoiceStay.id))
            return [(row.ended_at is None, row.end_estimated) for row in rows]

    return look


@pytest.fixture
def sights(sessions):
    async def look():
        async with sessions() as session:
            return list(await session.scalars(select(VoiceSight.sight)))

    return look


async def test_a_stay_begins_with_the_join_and_ends_with_the_leave(house, alice, stays, eventually):
    await alice.joins("Lobby")
    await alice.mutes()
    await eventually(stays, [(True, False)])
    await alice.leaves()

    await eventually(stays, [(False, False)])


async def test_an_event_that_comes_twice_is_one_stay(house, alice, stays, eventually):
    house.gateway.duplicate_next("VOICE_STATE_UPDATE")
    await alice.joins("Lobby")
    await alice.leaves()

    await eventually(stays, [(False, False)])


async def test_what_is_replayed_after_a_cut_counts_as_seen(house, alice, stays, sights, eventually):
    await alice.joins("Lobby")
    await eventually(stays, [(True, False)])
    await house.gateway.drop()
    await alice.leaves()

    await eventually(stays, [(False, False)])
    await eventually(sights, ["known"])


async def test_who_left_while_the_session_was_lost_is_found_to_have_left(
    house, alice, charlie, stays, sights, eventually
):
    await alice.joins("Lobby")
    await charlie.joins("Lobby")
    await eventually(stays, [(True, False), (True, False)])
    house.gateway.forget_all()
    house.gateway.lose_next("VOICE_STATE_UPDATE")
    await alice.leaves()
    await house.gateway.drop()

    await eventually(stays, [(False, True), (True, False)])
    await eventually(sights, ["known"])


async def test_a_guild_in_an_outage_is_unknown_until_its_snapshot(
    house, guild, alice, stays, sights, eventually
):
    await alice.joins("Lobby")
    await eventually(stays, [(True, False)])
    await guild.outage(True)
    await eventually(sights, ["unknown"])
    await alice.leaves()
    await guild.outage(False)

    await eventually(stays, [(False, True)])
    await eventually(sights, ["known"])


async def test_an_event_that_cannot_be_read_costs_nothing_but_itself(
    house, guild, alice, stays, eventually
):
    house.gateway.send("VOICE_STATE_UPDATE", {"guild_id": guild.id, "user_id": "?"})
    await alice.joins("Lobby")

    await eventually(stays, [(True, False)])
