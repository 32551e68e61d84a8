"""Discord's truth, what reaches us of it and what we keep, against the promises of the ledger.

A plain model beside it counts who was where, and how, second by second.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from rallypoint.features.presence import rules
from rallypoint.features.presence.events import Activated, Emptied, Joined, Left, Moved
from rallypoint.kernel.ids import ChannelId, GuildId, UserId

GUILD = GuildId(1)
NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
BOTS = frozenset({UserId(104), UserId(105)})
USERS = st.sampled_from([UserId(number) for number in range(100, 106)])
CHANNELS = st.sampled_from([ChannelId(number) for number in range(10, 13)])
FLAGS = st.sampled_from([0, rules.SELF_MUTE, rules.MUTE | rules.SELF_DEAF, rules.STREAM])


class Replay:
    """What somebody knows who was told the facts alone, and what the rows of the table are."""

    def __init__(self):
        self.seats: dict[UserId, ChannelId] = {}
        self.active: set[ChannelId] = set()
        self.open: dict[UserId, rules.Stay] = {}
        self.moving: str | None = None

    def take(self, changes):
        for change in changes.stays:
            match change:
                case rules.Opened():
                    assert change.user_id not in self.open
                    self.open[change.user_id] = change.stay
                case rules.Closed():
                    assert self.open.pop(change.user_id) is change.stay
                    check(change.stay, change.at)
                case _:
                    raise AssertionError(change)
        for fact, _ in changes.facts:
            match fact:
                case Joined():
                    assert fact.user_id not in self.seats
                    self.seats[fact.user_id] = fact.channel_id
                case Left():
                    assert self.seats.pop(fact.user_id) == fact.channel_id
                    self.moving = fact.cause
                case Moved():
                    assert self.seats[fact.user_id] == fact.channel_id
                    assert self.moving == fact.cause
                case Activated():
                    assert fact.channel_id not in self.active
                    assert set(fact.user_ids) == {
                        user for user, seat in self.seats.items() if seat == fact.channel_id
                    }
                    self.active.add(fact.channel_id)
                case Emptied():
                    self.active.remove(fact.channel_id)
                case _:
                    pass


def check(stay, until):
    """The parts are parts of the whole."""
    whole = (until - stay.since).total_seconds()
    assert whole >= 0
    assert 0 <= stay.unseen <= whole
    for part in (stay.muted, stay.deafened, stay.alone):
        assert 0 <= part <= whole - stay.unseen + 1e-6


class LedgerMachine(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.ledger = rules.Ledger()
        self.replay = Replay()
        self.bots_count = False
        self.truth: dict[UserId, tuple[ChannelId, int]] = {}
        self.blind: str | None = None
        self.missed: list[rules.VoiceState] = []
        self.now = 0.0
        self.steady = True
        """The clock never went back."""
        self.seconds: dict[UserId, dict[str, float]] = {}
        self.step(self.snapshot())

    @property
    def at(self):
        return NOON + timedelta(seconds=self.now)

    def step(self, given):
        changes = rules.Changes()
        self.ledger.step(given, changes)
        if self.blind in ("outage", "identified") and not isinstance(
            given, rules.Snapshot | rules.Removed
        ):
            assert not changes.facts, "nothing is concluded while the guild is unknown"
        self.replay.take(changes)

    def snapshot(self):
        states = tuple(self.state(user) for user in self.truth)
        return rules.Snapshot(GUILD, self.at, states)

    def state(self, user):
        channel, flags = self.truth.get(user, (None, 0))
        return rules.VoiceState(GUILD, user, channel, user in BOTS, self.at, flags)

    def tell(self, user):
        if self.blind is None:
            self.step(self.state(user))
        else:
            self.missed.append(self.state(user))

    @rule(user=USERS, channel=CHANNELS, flags=FLAGS)
    def join_or_move(self, user, channel, flags):
        was = self.truth.get(user)
        self.truth[user] = (channel, flags)
        if was is None or was[0] != channel:
            self.seconds[user] = dict.fromkeys(("muted", "deafened", "alone", "unseen", "all"), 0.0)
        self.tell(user)

    @rule(user=USERS)
    def leave(self, user):
        self.truth.pop(user, None)
        self.tell(user)

    @rule(user=USERS)
    def say_it_again(self, user):
        self.tell(user)

    @rule(channel=CHANNELS)
    def delete_channel(self, channel):
        """Nobody says of each that they left; whoever seems to sit there later does not."""
        late = [user for user, (seat, _) in self.truth.items() if seat == channel]
        states = [self.state(user) for user in late]
        for user in late:
            del self.truth[user]
        if self.blind is None:
            self.step(rules.ChannelGone(GUILD, channel, self.at))
            for state in states:
                self.step(state)
            # Ids are not used again; this machine's are.
            self.step(self.snapshot())

    @rule(seconds=st.floats(0.5, 100))
    def pass_time(self, seconds):
        self.now += seconds
        humans = [seat for user, (seat, _) in self.truth.items() if user not in BOTS]
        for user, (seat, flags) in self.truth.items():
            spent = self.seconds[user]
            spent["all"] += seconds
            if self.blind is not None and self.blind != "disconnected":
                spent["unseen"] += seconds
                continue
            spent["muted"] += seconds * bool(flags & rules.MUTED)
            spent["deafened"] += seconds * bool(flags & rules.DEAFENED)
            spent["alone"] += seconds * (user not in BOTS and humans.count(seat) == 1)

    @rule(seconds=st.floats(1, 500))
    def step_the_clock_back(self, seconds):
        self.now -= seconds
        self.steady = False

    @precondition(lambda self: self.blind is None)
    @rule(kind=st.sampled_from(["outage", "disconnected", "identified"]))
    def look_away(self, kind):
        if kind == "outage":
            self.step(rules.Outage(GUILD, self.at))
        elif kind == "disconnected":
            self.step(rules.Disconnected(self.at))
        else:
            self.step(rules.Identified(self.at))
        self.blind = kind
        self.looked_away_knowing = dict(self.truth)

    @precondition(lambda self: self.blind is not None)
    @rule(replay=st.booleans(), twice=st.booleans())
    def look_again(self, replay, twice):
        if self.blind == "disconnected" and replay:
            for state in self.missed:
                self.step(state)
            self.step(rules.Resumed(self.at))
            # A replay comes all at once: when it was is not known.
            self.steady = self.steady and not self.missed
        else:
            for _ in range(1 + twice):
                self.step(rules.Identified(self.at))
            self.steady = self.steady and self.blind != "disconnected" and not self.missed
        self.blind = None
        self.missed.clear()
        self.step(self.snapshot())

    @rule()
    def restart(self):
        """A new process knows the stored stays only, and each as it was written."""
        stored = self.replay.open
        self.ledger = rules.Ledger(wishes=rules.Wishes(self.at, self.bots_count))
        for user, stay in stored.items():
            self.ledger.restore(GUILD, user, stay)
        self.steady = False
        self.blind = None
        self.missed.clear()
        self.step(self.snapshot())

    @rule(on=st.booleans())
    def let_bots_count(self, on):
        if self.blind is None:
            self.bots_count = on
            self.step(rules.Wishes(self.at, on))

    @precondition(lambda self: self.blind is None)
    @rule()
    def leave_the_guild_and_come_back(self):
        self.step(rules.Removed(GUILD, self.at))
        assert self.replay.seats == {}
        assert self.replay.active == set()
        self.step(self.snapshot())
        for spent in self.seconds.values():
            spent.update(dict.fromkeys(spent, 0.0))

    @invariant()
    def the_events_rebuild_the_ledger(self):
        seats = {user: stay.channel_id for user, stay in self.replay.open.items()}
        assert self.replay.seats == seats
        assert self.ledger.stays(GUILD) == self.replay.open

    @invariant()
    def what_we_see_is_true(self):
        if self.blind is None:
            assert self.replay.seats == {user: seat for user, (seat, _) in self.truth.items()}
            for user, stay in self.replay.open.items():
                assert stay.flags == self.truth[user][1]

    @invariant()
    def a_channel_is_active_exactly_while_somebody_who_counts_is_in_it(self):
        counting = {
            seat for user, seat in self.replay.seats.items() if user not in BOTS or self.bots_count
        }
        assert self.replay.active == counting

    @invariant()
    def the_seconds_add_up(self):
        """Exactly, as long as every change was seen when it was."""
        for stay in self.replay.open.values():
            check(stay, max(self.at, stay.since, stay.counted_at)) if self.steady else None
        if not self.steady or self.blind is not None:
            return
        self.step(rules.Outage(GUILD, self.at))
        self.step(self.snapshot())
        for user, stay in self.replay.open.items():
            spent = self.seconds[user]
            assert abs((self.at - stay.since).total_seconds() - spent["all"]) < 1e-3
            for part in ("muted", "deafened", "alone", "unseen"):
                assert abs(getattr(stay, part) - spent[part]) < 1e-3, part


LedgerMachine.TestCase.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
TestLedger = LedgerMachine.TestCase
