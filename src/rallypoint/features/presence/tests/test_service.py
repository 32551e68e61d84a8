from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from rallypoint.features.presence import rules
from rallypoint.features.presence.model import VoiceStay
from rallypoint.features.presence.service import history, occupancy, writing
from rallypoint.kernel.events import Outbox
from rallypoint.kernel.ids import ChannelId, GuildId, UserId

GUILD = GuildId(1)
LOBBY, ARENA = ChannelId(10), ChannelId(11)
ALICE, BOB, JUKEBOX = UserId(100), UserId(101), UserId(105)
NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)


def at(seconds):
    return NOON + timedelta(seconds=seconds)


def in_voice(user, channel, seconds, *, bot=False):
    return rules.VoiceState(GUILD, user, channel, bot, at(seconds))


KNOWN = rules.Snapshot(GUILD, at(0), ())


async def store(sessions, ledger, *given):
    changes = rules.Changes()
    for each in given:
        ledger.step(each, changes)
    async with sessions.begin() as session:
        await writing.store(session, changes)


async def stays(sessions):
    async with sessions() as session:
        rows = await session.scalars(select(VoiceStay).order_by(VoiceStay.id))
        return [(row.channel_id, row.started_at, row.ended_at) for row in rows]


async def events(sessions):
    async with sessions() as session:
        return list(await session.scalars(select(Outbox.kind).order_by(Outbox.position)))


async def test_a_stay_begun_and_ended_in_one_transaction_is_one_row(sessions):
    await store(
        sessions,
        rules.Ledger(),
        KNOWN,
        in_voice(ALICE, LOBBY, 1),
        in_voice(ALICE, None, 2),
        in_voice(ALICE, ARENA, 3),
    )

    assert await stays(sessions) == [(LOBBY, at(1), at(2)), (ARENA, at(3), None)]


async def test_a_stay_that_is_stored_is_ended_by_a_later_transaction(sessions):
    ledger = rules.Ledger()
    await store(sessions, ledger, KNOWN, in_voice(ALICE, LOBBY, 1))
    await store(sessions, ledger, in_voice(ALICE, ARENA, 5))

    assert await stays(sessions) == [(LOBBY, at(1), at(5)), (ARENA, at(5), None)]


async def test_the_events_stand_in_the_outbox_in_the_order_they_happened(sessions):
    await store(
        sessions, rules.Ledger(), KNOWN, in_voice(ALICE, LOBBY, 1), in_voice(ALICE, None, 2)
    )

    assert await events(sessions) == [
        "presence.synced",
        "presence.joined",
        "presence.activated",
        "presence.left",
        "presence.emptied",
    ]


async def test_each_event_is_written_by_itself_in_the_order_it_happened(sessions):
    ledger = rules.Ledger()
    for given in (
        KNOWN,
        in_voice(ALICE, LOBBY, 1),
        in_voice(BOB, LOBBY, 3),
        in_voice(BOB, ARENA, 6),
        in_voice(ALICE, ARENA, 10),
        in_voice(BOB, None, 15),
        in_voice(ALICE, None, 21),
    ):
        changes = rules.Changes()
        ledger.step(given, changes)
        await writing.store_alone(sessions, changes)

    in_lobby = [(LOBBY, at(1), at(10)), (LOBBY, at(3), at(6))]
    in_arena = [(ARENA, at(6), at(15)), (ARENA, at(10), at(21))]
    assert await stays(sessions) == [*in_lobby, *in_arena]
    async with sessions() as session:
        alone = select(VoiceStay.alone_seconds).order_by(VoiceStay.id)
        assert list(await session.scalars(alone)) == [2 + 4, 0, 4, 6]
    assert await events(sessions) == [
        *("presence.synced", "presence.joined", "presence.activated", "presence.joined"),
        *("presence.left", "presence.joined", "presence.activated", "presence.moved"),
        *("presence.left", "presence.emptied", "presence.joined", "presence.moved"),
        *("presence.left", "presence.left", "presence.emptied"),
    ]


async def test_a_restarted_program_knows_who_was_in_and_finds_out_who_left(sessions):
    await store(sessions, rules.Ledger(), KNOWN, in_voice(ALICE, LOBBY, 1))

    async with sessions.begin() as session:
        await writing.forget_sight(session)
        restarted = await writing.load(session, heard=lambda _: False, now=NOON)
        known = await occupancy.is_known(session, GUILD)
        unknown = await occupancy.occupancy(session, GUILD, LOBBY)
    await store(sessions, restarted, rules.Snapshot(GUILD, at(60), ()))

    assert not known
    assert unknown is None
    assert await stays(sessions) == [(LOBBY, at(1), at(60))]
    async with sessions() as session:
        assert await occupancy.is_known(session, GUILD)
        seen = await occupancy.occupancy(session, GUILD, LOBBY)
    assert seen == occupancy.Occupancy({}, False, None, last_left=at(60))


def deafened(user, seconds, *, flags=rules.DEAFENED):
    return rules.VoiceState(GUILD, user, LOBBY, False, at(seconds), flags)


@pytest.mark.parametrize(
    ("found", "since"),
    [
        ([deafened(ALICE, 60)], at(5)),
        ([deafened(ALICE, 60, flags=rules.DEAFENED | rules.MUTED)], at(60)),
        ([deafened(ALICE, 60), deafened(BOB, 60)], None),
        ([deafened(ALICE, 60, flags=0)], None),
    ],
    ids=["as before", "muted as well", "not alone", "not deafened"],
)
async def test_who_was_idle_is_idle_over_a_restart_if_nothing_says_otherwise(
    sessions, found, since
):
    before = (in_voice(ALICE, LOBBY, 1), deafened(ALICE, 5), in_voice(BOB, ARENA, 30))
    await store(sessions, rules.Ledger(), KNOWN, *before)
    async with sessions.begin() as session:
        restarted = await writing.load(session, heard=lambda _: False, now=NOON)
    await store(sessions, restarted, rules.Snapshot(GUILD, at(60), tuple(found)))

    async with sessions() as session:
        assert await occupancy.occupied(session, [LOBBY]) == {LOBBY: since}
        seen = await occupancy.occupancy(session, GUILD, LOBBY)
    bots = {each.user_id: False for each in found}
    assert seen == occupancy.Occupancy(bots, True, since, last_left=None)


async def test_only_humans_occupy_a_channel(sessions):
    await store(
        sessions,
        rules.Ledger(),
        KNOWN,
        in_voice(ALICE, LOBBY, 1),
        in_voice(JUKEBOX, ARENA, 1, bot=True),
    )

    async with sessions() as session:
        assert await occupancy.humans_in(session, LOBBY) == [ALICE]
        assert await occupancy.humans_in(session, ARENA) == []
        assert await occupancy.occupied(session, [LOBBY, ARENA]) == {LOBBY: None}
        with_bot = await occupancy.occupancy(session, GUILD, ARENA)
        assert with_bot == occupancy.Occupancy({JUKEBOX: True}, False, None, None)
        assert (await occupancy.figures(session))["people in voice"] == 1


async def test_a_stay_is_forgotten_ninety_days_after_its_end_and_never_while_it_lasts(sessions):
    now = datetime(2030, 6, 1, tzinfo=UTC)
    ends = [now - timedelta(days=90, seconds=1), now - timedelta(days=90), None]
    async with sessions.begin() as session:
        for user_id, end in enumerate(ends):
            at = {"started_at": now - timedelta(days=200), "ended_at": end}
            session.add(VoiceStay(guild_id=1, channel_id=1, user_id=user_id, bot=False, **at))
    async with sessions.begin() as session:
        assert await history.forget_old(session, now) == 1
        assert await history.forget_old(session, now) == 0

        left = await session.scalars(select(VoiceStay.user_id).order_by(VoiceStay.user_id))
        assert list(left) == [1, 2]


async def test_where_bots_count_they_keep_a_channel_from_being_empty(sessions):
    ledger = rules.Ledger()
    await store(sessions, ledger, KNOWN, in_voice(JUKEBOX, ARENA, 1, bot=True))
    await store(sessions, ledger, rules.Wishes(at(2), bots=True))
    async with sessions() as session:
        assert await occupancy.occupied(session, [LOBBY, ARENA]) == {ARENA: None}
        assert await occupancy.humans_in(session, ARENA) == []
        there = await occupancy.occupancy(session, GUILD, ARENA)
        assert there == occupancy.Occupancy({JUKEBOX: True}, True, None, None)
    await store(sessions, ledger, rules.Wishes(at(3)))

    async with sessions() as session:
        assert await occupancy.occupied(session, [ARENA]) == {}
    assert (await events(sessions))[2:] == ["presence.activated", "presence.emptied"]


async def test_how_time_was_spent_is_stored_while_it_goes_on_and_taken_up_again(sessions):
    ledger = rules.Ledger()
    await store(sessions, ledger, KNOWN, in_voice(ALICE, LOBBY, 10))
    muted = rules.VoiceState(GUILD, ALICE, LOBBY, False, at(20), rules.SELF_MUTE)
    await store(sessions, ledger, muted)
    await store(sessions, ledger, in_voice(BOB, LOBBY, 50))
    async with sessions.begin() as session:
        again = await writing.load(session, heard=lambda _: False, now=at(60))

    assert again.stays(GUILD) == ledger.stays(GUILD)
    stay = again.stays(GUILD)[ALICE]
    assert (stay.muted, stay.alone, stay.counted_at) == (30, 40, at(50))
