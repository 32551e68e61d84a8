from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from rallypoint.features.presence import rules
from rallypoint.features.presence.events import (
    Activated,
    Emptied,
    Fact,
    Joined,
    Left,
    Moved,
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


def kinds(facts):
    return [fact.kind.removeprefix("presence.") for fact in facts]


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
    assert watched.ledger.humans_in(GUILD, LOBBY) == {ALICE}


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
    assert watched.ledger.humans_in(GUILD, LOBBY) == frozenset()


USERS = st.sampled_from([UserId(number) for number in range(100, 106)])
CHANNELS = st.sampled_from([ChannelId(number) for number in range(10, 13)])


class LedgerMachine(RuleBasedStateMachine):
    """Discord's truth, what reaches us of it, and three promises: one start and one end a stay, activated and emptied
    alternate, and the events rebuild the ledger."""

    outages = Bundle("outages")

    def __init__(self):
        super().__init__()
        self.ledger = rules.Ledger()
        self.truth: dict[UserId, ChannelId] = {}
        self.replayed: dict[UserId, ChannelId] = {}
        self.open_stays: dict[UserId, ChannelId] = {}
        self.active: set[ChannelId] = set()
        self.blind = False
        self.missed: list[rules.VoiceState] = []
        self.now = 0.0
        self.step(rules.Snapshot(GUILD, at(0), ()))

    def step(self, given):
        changes = rules.Changes()
        self.ledger.step(given, changes)
        for change in changes.stays:
            match change:
                case rules.Opened():
                    assert change.user_id not in self.open_stays
                    self.open_stays[change.user_id] = change.stay.channel_id
                case rules.Closed():
                    assert self.open_stays.pop(change.user_id) == change.stay.channel_id
        for fact, _ in changes.facts:
            match fact:
                case Joined():
                    self.replayed[fact.user_id] = fact.channel_id
                case Left():
                    assert self.replayed.pop(fact.user_id) == fact.channel_id
                case Activated():
                    assert fact.channel_id not in self.active
                    self.active.add(fact.channel_id)
                case Emptied():
                    self.active.remove(fact.channel_id)
                case Moved():
                    assert self.replayed[fact.user_id] == fact.channel_id
                case Synced():
                    assert fact.guild_id == GUILD

    def happen(self, user, channel):
        self.now += 1
        if channel is None:
            self.truth.pop(user, None)
        else:
            self.truth[user] = channel
        state = rules.VoiceState(GUILD, user, channel, user == JUKEBOX, at(self.now))
        if self.blind:
            self.missed.append(state)
        else:
            self.step(state)

    @rule(user=USERS, channel=CHANNELS)
    def join_or_move(self, user, channel):
        self.happen(user, channel)

    @rule(user=USERS)
    def leave(self, user):
        self.happen(user, None)

    @rule(user=USERS, channel=CHANNELS)
    def say_it_twice(self, user, channel):
        self.happen(user, channel)
        self.happen(user, channel)

    @rule(target=outages, kind=st.sampled_from(["outage", "disconnected", "identified"]))
    def look_away(self, kind):
        self.now += 1
        if kind == "outage":
            self.step(rules.Outage(GUILD, at(self.now)))
        elif kind == "disconnected":
            self.step(rules.Disconnected(at(self.now)))
        else:
            self.step(rules.Identified(at(self.now)))
        self.blind = True
        return kind

    @rule(kind=consumes(outages), replay=st.booleans())
    def look_again(self, kind, replay):
        if not self.blind:
            return
        self.now += 1
        if kind == "disconnected" and replay:
            for state in self.missed:
                self.step(state)
            self.step(rules.Resumed(at(self.now)))
        self.take_snapshot()
        self.blind = False
        self.missed.clear()

    @rule()
    def restart(self):
        """A new process knows the stored stays only."""
        restored = rules.Ledger()
        for user, channel in self.open_stays.items():
            stay = rules.Stay(channel, at(self.now), user == JUKEBOX)
            restored.restore(GUILD, user, stay)
        self.ledger = restored
        self.now += 1
        self.take_snapshot()
        self.blind = False
        self.missed.clear()

    def take_snapshot(self):
        states = tuple(
            rules.VoiceState(GUILD, user, channel, user == JUKEBOX, at(self.now))
            for user, channel in self.truth.items()
        )
        self.step(rules.Snapshot(GUILD, at(self.now), states))

    @invariant()
    def the_events_rebuild_the_ledger(self):
        assert self.replayed == self.open_stays

    @invariant()
    def what_we_see_is_true(self):
        if not self.blind:
            assert self.replayed == self.truth

    @invariant()
    def a_channel_is_active_exactly_while_a_human_is_in_it(self):
        humans = {channel for user, channel in self.open_stays.items() if user != JUKEBOX}
        assert self.active == humans
        assert all(self.ledger.humans_in(GUILD, channel) for channel in humans)


LedgerMachine.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestLedger = LedgerMachine.TestCase
