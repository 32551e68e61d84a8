from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from rallypoint.features.presence import rules
from rallypoint.features.presence.events import (
    Activated,
    Camera,
    Emptied,
    Fact,
    Joined,
    Left,
    Moved,
    Muted,
    Synced,
)
from rallypoint.kernel.ids import ChannelId, GuildId, UserId

GUILD = GuildId(1)
LOBBY, ARENA = ChannelId(10), ChannelId(11)
ALICE, BOB, JUKEBOX = UserId(100), UserId(101), UserId(105)
NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def in_voice(user, channel, seconds=0.0, *, bot=False, guild=GUILD):
    return rules.VoiceState(guild, user, channel, bot, at(seconds))


def snapshot(*states, seconds=0.0, guild=GUILD):
    return rules.Snapshot(guild, at(seconds), states)


class Watched:
    """A known, empty guild's ledger, and what each step published."""

    def __init__(self, *first):
        self.ledger = rules.Ledger()
        self.publish(snapshot())
        for each in first:
            self.publish(each)

    def publish(self, given) -> list[Fact]:
        self.changes = rules.Changes()
        self.ledger.step(given, self.changes)
        return [fact for fact, _ in self.changes.facts]


def fleeting(facts):
    return {fact.kind: getattr(fact, "fleeting", False) for fact in facts}


def kinds(facts):
    return [fact.kind.removeprefix("presence.") for fact in facts]


def humans_in(ledger, channel_id):
    stays = ledger.stays(GUILD).items()
    return {user for user, stay in stays if stay.channel_id == channel_id and not stay.bot}


def test_the_first_human_activates_a_channel_and_the_last_one_empties_it():
    watched = Watched()

    assert watched.publish(in_voice(ALICE, LOBBY)) == [
        Joined(GUILD, LOBBY, ALICE, bot=False),
        Activated(GUILD, LOBBY, (ALICE,)),
    ]
    assert kinds(watched.publish(in_voice(BOB, LOBBY, 1))) == ["joined"]
    assert kinds(watched.publish(in_voice(ALICE, None, 2))) == ["left"]
    assert watched.publish(in_voice(BOB, None, 3)) == [
        Left(GUILD, LOBBY, BOB, bot=False, joined_at=at(1)),
        Emptied(GUILD, LOBBY),
    ]


def test_facts_name_the_account_as_far_as_it_was_said():
    alice = replace(in_voice(ALICE, LOBBY), username="alice")
    watched = Watched(snapshot())
    [joined, _] = watched.publish(alice)
    watched.publish(in_voice(ALICE, LOBBY, 1))
    [left, _] = watched.publish(in_voice(ALICE, None, 2))
    restarted = Watched(rules.Identified(at(3)), snapshot(alice, seconds=4))
    [left_after, _] = restarted.publish(in_voice(ALICE, None, 5))

    assert [getattr(each, "username", None) for each in (joined, left, left_after)] == ["alice"] * 3


def test_a_bot_alone_neither_activates_nor_keeps_a_channel():
    watched = Watched()

    assert kinds(watched.publish(in_voice(JUKEBOX, LOBBY, bot=True))) == ["joined"]
    assert watched.publish(in_voice(ALICE, LOBBY, 1))[1] == Activated(
        GUILD, LOBBY, (JUKEBOX, ALICE)
    )
    assert kinds(watched.publish(in_voice(ALICE, None, 2))) == ["left", "emptied"]


def test_a_move_is_one_cause_for_leave_join_and_move():
    watched = Watched(in_voice(ALICE, LOBBY))

    facts = watched.publish(in_voice(ALICE, ARENA, 5))

    assert kinds(facts) == ["left", "emptied", "joined", "activated", "moved"]
    left, _, joined, _, moved = facts
    assert isinstance(left, Left)
    assert isinstance(joined, Joined)
    assert left.cause is not None
    assert left.cause == joined.cause
    assert moved == Moved(GUILD, ARENA, ALICE, False, LOBBY, left.cause)


@pytest.mark.parametrize(
    "given",
    [
        in_voice(ALICE, LOBBY, 9),
        in_voice(BOB, None, 9),
        rules.Resumed(at(9)),
        snapshot(in_voice(ALICE, LOBBY, 9), seconds=9),
    ],
    ids=["mute or stream", "leave of somebody unknown", "resume", "a snapshot as expected"],
)
def test_nothing_is_published_when_nobody_came_or_went(given):
    watched = Watched(in_voice(ALICE, LOBBY))

    assert watched.publish(given) == []
    assert watched.changes.stays == []


def test_what_a_snapshot_shows_is_estimated_to_have_happened_since_we_looked_away():
    watched = Watched(in_voice(ALICE, LOBBY), rules.Outage(GUILD, at(60)))

    facts = watched.publish(snapshot(in_voice(BOB, ARENA, 300), seconds=300))

    assert facts == [
        Left(GUILD, LOBBY, ALICE, False, joined_at=at(0), estimated_since=at(60)),
        Emptied(GUILD, LOBBY),
        Joined(GUILD, ARENA, BOB, False, estimated_since=at(60)),
        Activated(GUILD, ARENA, (BOB,)),
        Synced(GUILD),
    ]


def test_a_guild_in_an_outage_says_nothing_and_forgets_nothing():
    watched = Watched(in_voice(ALICE, LOBBY), rules.Outage(GUILD, at(60)))

    assert watched.publish(in_voice(ALICE, None, 61)) == []
    assert humans_in(watched.ledger, LOBBY) == {ALICE}


def test_what_is_replayed_while_paused_counts_and_then_the_guild_is_known_again():
    watched = Watched(in_voice(ALICE, LOBBY), rules.Disconnected(at(60)))

    assert kinds(watched.publish(in_voice(ALICE, None, 61))) == ["left", "emptied"]
    assert watched.publish(rules.Resumed(at(62))) == [Synced(GUILD)]


def test_a_fresh_log_in_makes_every_guild_unknown_until_its_snapshot():
    watched = Watched(in_voice(ALICE, LOBBY), rules.Identified(at(60)))

    assert watched.changes.sights == {GUILD: (rules.Sight.UNKNOWN, at(60))}
    assert watched.publish(rules.Resumed(at(61))) == []
    assert watched.publish(snapshot(in_voice(ALICE, LOBBY, 62), seconds=62)) == [Synced(GUILD)]


def test_whoever_is_in_a_guild_that_removes_the_bot_has_left():
    watched = Watched(in_voice(ALICE, LOBBY))

    facts = watched.publish(rules.Removed(GUILD, at(60)))

    assert kinds(facts) == ["left", "emptied"]
    assert humans_in(watched.ledger, LOBBY) == set()


def test_flags_are_facts_only_for_kinds_that_somebody_wants_to_hear():
    watched = Watched(in_voice(ALICE, LOBBY))
    on = rules.VoiceState(GUILD, ALICE, LOBBY, False, at(10), rules.SELF_MUTE | rules.CAMERA)
    off = rules.VoiceState(GUILD, ALICE, LOBBY, False, at(20), rules.MUTE)
    assert watched.publish(on) == []
    assert watched.publish(off) == []
    watched.ledger = rules.Ledger(heard={"presence.muted", "presence.camera"}.__contains__)
    watched.publish(snapshot(in_voice(ALICE, LOBBY)))

    assert watched.publish(on) == [
        Muted(GUILD, LOBBY, ALICE, False, on=True),
        Camera(GUILD, LOBBY, ALICE, False, on=True),
    ]
    assert watched.publish(off) == [Camera(GUILD, LOBBY, ALICE, False, on=False)]
    assert watched.publish(off) == []


def test_time_is_counted_as_muted_deafened_and_alone_by_whatever_held_then():
    watched = Watched(in_voice(ALICE, LOBBY), in_voice(JUKEBOX, LOBBY, 5, bot=True))
    for seconds, flags in ((10, rules.SELF_MUTE), (30, rules.DEAF), (60, 0)):
        watched.publish(rules.VoiceState(GUILD, ALICE, LOBBY, False, at(seconds), flags))
    watched.publish(in_voice(BOB, LOBBY, 100))
    watched.publish(in_voice(BOB, None, 160))
    watched.publish(in_voice(ALICE, None, 200))

    [closed] = watched.changes.stays
    stay = closed.stay
    assert (stay.muted, stay.deafened, stay.alone, stay.unseen) == (20, 30, 140, 0)


def test_what_passed_while_the_guild_was_unknown_is_neither_muted_nor_alone():
    watched = Watched(in_voice(ALICE, LOBBY))
    watched.publish(rules.VoiceState(GUILD, ALICE, LOBBY, False, at(10), rules.SELF_MUTE))
    watched.publish(rules.Outage(GUILD, at(60)))
    muted = rules.VoiceState(GUILD, ALICE, LOBBY, False, at(600), rules.SELF_MUTE)
    watched.publish(snapshot(muted, seconds=600))
    watched.publish(in_voice(ALICE, None, 700))

    [closed] = watched.changes.stays
    stay = closed.stay
    assert (stay.muted, stay.alone, stay.unseen) == (150, 160, 540)


def test_a_clock_that_went_back_makes_no_stay_end_before_it_began():
    watched = Watched(in_voice(ALICE, LOBBY, 100))
    watched.publish(in_voice(ALICE, None, 40))

    [closed] = watched.changes.stays
    assert isinstance(closed, rules.Closed)
    assert (closed.at, closed.stay.alone) == (at(100), 0)


def test_a_deleted_channel_ends_its_stays_and_takes_nobody_back():
    watched = Watched(in_voice(ALICE, LOBBY), in_voice(BOB, LOBBY))

    assert kinds(watched.publish(rules.ChannelGone(GUILD, LOBBY, at(5)))) == [
        "left",
        "left",
        "emptied",
    ]
    assert watched.publish(in_voice(ALICE, LOBBY, 6)) == []
    assert watched.publish(in_voice(ALICE, None, 7)) == []
    assert kinds(watched.publish(in_voice(ALICE, ARENA, 8))) == ["joined", "activated"]
    assert kinds(watched.publish(in_voice(ALICE, LOBBY, 9))) == ["left", "emptied"]


def test_a_channel_deleted_during_an_outage_is_concluded_from_the_snapshot_alone():
    watched = Watched(in_voice(ALICE, LOBBY), rules.Outage(GUILD, at(5)))

    assert watched.publish(rules.ChannelGone(GUILD, LOBBY, at(6))) == []
    assert kinds(watched.publish(snapshot(seconds=60))) == ["left", "emptied", "synced"]


def test_a_guild_that_wants_bots_to_count_is_told_at_once_what_that_changes():
    watched = Watched(in_voice(JUKEBOX, LOBBY, bot=True))

    assert watched.publish(rules.Wishes(at(1), differing={GUILD: True})) == [
        Activated(GUILD, LOBBY, (JUKEBOX,))
    ]
    assert kinds(watched.publish(in_voice(JUKEBOX, ARENA, 2, bot=True))) == [
        "left",
        "emptied",
        "joined",
        "activated",
        "moved",
    ]
    assert watched.publish(rules.Wishes(at(3), differing={GUILD: True})) == []
    assert watched.publish(rules.Wishes(at(4))) == [Emptied(GUILD, ARENA)]


def test_who_wants_no_history_is_there_but_not_kept():
    wishes = rules.Wishes(at(0), without_history=frozenset({ALICE}))
    watched = Watched(wishes, in_voice(BOB, LOBBY))
    facts = watched.publish(in_voice(ALICE, LOBBY, 1))
    assert fleeting(facts) == {"presence.joined": True}
    facts = watched.publish(in_voice(ALICE, ARENA, 2))
    assert fleeting(facts) == {
        "presence.left": True,
        "presence.joined": True,
        "presence.activated": True,
        "presence.moved": True,
    }
    facts = watched.publish(in_voice(BOB, ARENA, 3))

    assert not any(getattr(fact, "fleeting", False) for fact in facts)
    assert humans_in(watched.ledger, ARENA) == {ALICE, BOB}
    watched.publish(in_voice(ALICE, None, 4))
    [closed] = watched.changes.stays
    assert isinstance(closed, rules.Closed)
    assert not closed.kept


def test_a_log_in_without_a_guild_says_that_the_bot_has_left_it():
    elsewhere = GuildId(2 << 22)
    watched = Watched(in_voice(ALICE, LOBBY))
    watched.publish(snapshot(in_voice(BOB, ARENA, guild=elsewhere), guild=elsewhere))
    foreign = rules.Identified(at(50), frozenset(), shard=1, shards=2)
    assert watched.publish(foreign) == []
    assert watched.ledger.sight(GUILD) is rules.Sight.KNOWN

    facts = watched.publish(rules.Identified(at(60), frozenset({elsewhere})))

    assert kinds(facts) == ["left", "emptied"]
    assert watched.ledger.sight(elsewhere) is rules.Sight.UNKNOWN
    assert watched.publish(rules.Identified(at(61), frozenset({elsewhere}))) == []
