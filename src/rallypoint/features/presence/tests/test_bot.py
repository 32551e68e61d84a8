from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from rallypoint.features.presence import rules
from rallypoint.features.presence.bot.scribe import Scribe
from rallypoint.features.presence.model import VoiceCheck, VoiceSight, VoiceStay
from rallypoint.kernel.ids import ChannelId, GuildId, UserId


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


async def test_a_channel_that_is_deleted_ends_the_stays_in_it_though_nobody_says_so(
    house, guild, alice, stays, eventually
):
    await alice.joins("Lobby")
    await eventually(stays, [(True, False)])
    house.gateway.lose_next("VOICE_STATE_UPDATE")
    await guild.channel("Lobby").delete()

    await eventually(stays, [(False, False)])


async def test_muting_and_deafening_are_kept_with_the_stay(house, alice, sessions, eventually):
    async def flags():
        async with sessions() as session:
            return list(await session.scalars(select(VoiceStay.flags)))

    await alice.joins("Lobby")
    await alice.deafens()
    await eventually(flags, [rules.SELF_MUTE | rules.SELF_DEAF])
    await alice.deafens(on=False)
    await alice.streams()

    await eventually(flags, [rules.STREAM])


async def test_who_was_in_a_guild_that_removed_the_bot_meanwhile_has_left(
    house, guild, alice, stays, eventually
):
    await alice.joins("Lobby")
    await eventually(stays, [(True, False)])
    house.gateway.lose_next("GUILD_DELETE")
    house.gateway.forget_all()
    await guild.removes_bot()
    await house.gateway.drop()

    await eventually(stays, [(False, True)])


async def test_every_minute_the_ledger_is_compared_with_what_discord_said_and_put_right(
    house, guild, alice, sessions, eventually
):
    """Somebody wrote into our table what Discord never said."""

    async def seen():
        async with sessions() as session:
            check = await session.get(VoiceCheck, 1)
            users = await session.scalars(
                select(VoiceStay.user_id).where(VoiceStay.ended_at.is_(None))
            )
            return check and (check.guilds, check.differing, check.differed, list(users))

    await alice.joins("Lobby")
    house.clock.advance(60)
    await eventually(seen, (1, 0, 0, [int(alice.id)]))
    async with sessions.begin() as session:
        ghost = {"guild_id": int(guild.id), "channel_id": 1, "user_id": 666, "bot": False}
        session.add(VoiceStay(**ghost, started_at=datetime.now(UTC)))
    house.clock.advance(60)
    await eventually(seen, (1, 1, 1, [int(alice.id)]))
    house.clock.advance(60)

    await eventually(seen, (1, 0, 1, [int(alice.id)]))


class Busy(Scribe):
    """Somebody else comes while it writes."""

    coming: list[rules.VoiceState]

    async def write(self) -> None:
        await super().write()
        if self.coming:
            self.take(self.coming.pop())


async def test_what_comes_while_the_ledger_is_compared_is_no_difference(sessions, clock):
    guild_id, now = GuildId(1), clock.now()
    scribe = Busy(sessions, clock)
    scribe.coming = []
    scribe.take(rules.Snapshot(guild_id, now, ()))
    await scribe.write()
    seats = [
        rules.VoiceState(guild_id, UserId(user), ChannelId(7), False, now) for user in range(1, 5)
    ]
    scribe.take(seats.pop())
    scribe.coming = seats
    await scribe.check()

    async with sessions() as session:
        check = await session.get_one(VoiceCheck, 1)
    assert check.differing == 0, check.detail
