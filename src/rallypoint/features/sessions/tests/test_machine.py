"""Members, guests, moderators and restarts in any order, over several guilds and lanes: what must hold after each step.

The world beside the rules is as small as it can be: who is in which room, and what was lost in a crash.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from rallypoint.features.sessions.rules import lanes, states
from rallypoint.features.sessions.rules.states import Reason, Seen, State

CAPACITIES = {"gpu": 1, "cpu": 2}
JOIN = timedelta(seconds=60)


@dataclass
class Session:
    id: int
    guild_id: int
    member: int
    lane: str
    state: str = State.REQUESTED
    slot: int | None = None
    deadline_at: datetime | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    reason: str | None = None
    in_room: set[int] = field(default_factory=set)
    ends: int = 0


class Sessions(RuleBasedStateMachine):
    there_are = Bundle("there_are")

    def __init__(self):
        super().__init__()
        self.now = datetime(2030, 1, 1, tzinfo=UTC)
        self.capacities = dict(CAPACITIES)
        self.all: list[Session] = []
        self.turns: list[Session] = []
        self.outlives = False

    @property
    def active(self):
        return [each for each in self.all if each.ended_at is None]

    def give_turns(self):
        queues = {lane: self.queue(lane) for lane in self.capacities}
        connected = {each.guild_id for each in self.active if each.slot is not None}
        for each, slot in lanes.turns(self.active, self.capacities):
            before = queues[each.lane][: queues[each.lane].index(each)]
            assert all(
                one.guild_id in connected or one.state != State.REQUESTED for one in before
            ), "somebody was passed who could have gone"
            states.take_turn(each, slot)
            connected.add(each.guild_id)
            self.turns.append(each)

    def queue(self, lane):
        return [each for each in self.active if each.lane == lane and each.state == State.REQUESTED]

    def look(self, each):
        seen = Seen(each.member in each.in_room, bool(each.in_room - {each.member}))
        verdict = states.judge(each, seen, now=self.now, outlives_member=self.outlives)
        if isinstance(verdict, Reason):
            self.end(each, verdict)
        elif verdict is State.RUNNING:
            states.begin(each, self.now)

    def end(self, each, reason):
        if states.begin_end(each, reason):
            each.ends += 1

    @rule(
        target=there_are,
        guild=st.integers(1, 3),
        member=st.integers(1, 6),
        lane=st.sampled_from(["gpu", "cpu"]),
    )
    def requests(self, guild, member, lane):
        known = [each for each in self.active if each.member == member]
        if known:
            return known[0]
        self.all.append(Session(len(self.all) + 1, guild, member, lane))
        self.give_turns()
        return self.all[-1]

    @rule(each=there_are)
    def room_opens(self, each):
        if states.await_member(each, self.now + JOIN):
            self.look(each)

    @rule(each=there_are)
    def room_cannot_be_opened(self, each):
        if each.state == State.OPENING:
            self.end(each, Reason.FAILED)

    @rule(each=there_are)
    def member_joins(self, each):
        each.in_room.add(each.member)
        self.look(each)

    @rule(each=there_are)
    def guest_joins(self, each):
        each.in_room.add(99)
        self.look(each)

    @rule(each=there_are, who=st.sampled_from(["member", "guest"]))
    def somebody_leaves(self, each, who):
        each.in_room.discard(each.member if who == "member" else 99)
        self.look(each)

    @rule(each=there_are, seconds=st.floats(-0.1, 0.1))
    def time_is_over(self, each, seconds):
        """Just before, at, or just after it."""
        if each.state == State.WAITING:
            self.now = max(self.now, each.deadline_at + timedelta(seconds=seconds))
            before = each.deadline_at > self.now
            self.look(each)
            assert (each.state == State.ENDING) == (not before and each.member not in each.in_room)

    @rule(seconds=st.integers(-3600, 3600))
    def clock_steps(self, seconds):
        self.now += timedelta(seconds=seconds)

    @rule(
        each=there_are,
        reason=st.sampled_from([Reason.CLOSED, Reason.DISCONNECTED, Reason.GONE]),
    )
    def somebody_ends_it(self, each, reason):
        if states.cancel(each, Reason.CANCELLED, self.now):
            each.ends += 1
        self.end(each, reason)

    @rule(each=consumes(there_are))
    def the_end_is_carried_out(self, each):
        states.finish(each, self.now)
        self.give_turns()

    @rule(each=there_are)
    def the_end_is_carried_out_again(self, each):
        states.finish(each, self.now)
        self.give_turns()

    @rule(gpu=st.integers(1, 2), cpu=st.integers(1, 3), ends=st.booleans())
    def program_restarts(self, gpu, cpu, ends):
        self.capacities = {"gpu": gpu, "cpu": cpu}
        for each in self.active:
            if ends:
                self.end(each, Reason.RESTART)
            self.look(each)
        self.give_turns()

    @rule(on=st.booleans())
    def guild_changes_its_mind(self, on):
        self.outlives = on

    @invariant()
    def no_lane_holds_more_than_it_ever_could(self):
        for lane in self.capacities:
            slots = [
                each.slot for each in self.active if each.lane == lane and each.slot is not None
            ]
            assert len(slots) == len(set(slots))
            assert len(slots) <= 3

    @invariant()
    def turns_are_given_within_the_capacity(self):
        """One that was made narrower is over it until those of before have ended, and gives no turn."""
        assert not lanes.turns(self.active, self.capacities)

    @invariant()
    def each_member_and_each_guild_has_one(self):
        members = [each.member for each in self.active]
        guilds = [each.guild_id for each in self.active if each.slot is not None]
        assert len(members) == len(set(members))
        assert len(guilds) == len(set(guilds))

    @invariant()
    def each_ends_once_with_a_reason(self):
        for each in self.all:
            over = each.state in (State.ENDING, State.ENDED)
            assert each.ends == over
            assert (each.reason is not None) == over
            assert (each.ended_at is not None) == (each.state == State.ENDED)

    @invariant()
    def what_runs_has_its_member_or_guests(self):
        for each in self.active:
            if each.state == State.RUNNING:
                assert each.in_room

    def teardown(self):
        """Everybody goes, and with each end the next has its turn: at last all that were asked for are over."""
        for _ in range(4 * len(self.all) + 4):
            for each in self.active:
                states.await_member(each, self.now + JOIN)
                each.in_room.clear()
                self.now = max(self.now + JOIN, each.deadline_at or self.now)
                self.look(each)
                states.finish(each, self.now)
                self.give_turns()
        assert not self.active
        in_lane = {lane: [each for each in self.turns if each.lane == lane] for lane in CAPACITIES}
        for given in in_lane.values():
            for guild in {each.guild_id for each in given}:
                ids = [each.id for each in given if each.guild_id == guild]
                assert ids == sorted(ids)


Sessions.TestCase.settings = settings(max_examples=40, stateful_step_count=40, deadline=None)
TestSessions = Sessions.TestCase
