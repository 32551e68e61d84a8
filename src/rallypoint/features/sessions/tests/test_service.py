"""Asking, giving turns and ending, on a real database; several processes at once on PostgreSQL."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from rallypoint.features.sessions import jobs
from rallypoint.features.sessions.model import VoiceSession
from rallypoint.features.sessions.rules import states
from rallypoint.features.sessions.rules.states import Reason, State
from rallypoint.features.sessions.service import (
    asking,
    ending,
    figures,
    following,
    lanes,
    rows,
    running,
)
from rallypoint.kernel.errors import Conflict, NotFound, Refused
from rallypoint.kernel.ids import GuildId, UserId
from rallypoint.kernel.jobs import Timer
from rallypoint.kernel.people import Actor, Permission

MINUTE = timedelta(minutes=1)
HOME = GuildId(1)


def setup(lanes_=None, *, enabled=True, ends_at_restart=False):
    return running.Setup(enabled, lanes_ or {"gpu": 1}, ends_at_restart)


@pytest.fixture
async def start(sessions, clock):
    async def begin(given=None):
        async with sessions.begin() as session:
            await running.start(session, given or setup(), now=clock.now())

    await begin()
    return begin


@pytest.fixture
def request_for(sessions, clock):
    async def ask(member, guild=HOME, lane=None):
        async with sessions.begin() as session:
            actor = Actor(UserId(member), GuildId(guild), f"member {member}")
            told = {"parent_id": None, "join_timeout": MINUTE, "now": clock.now()}
            return (await asking.request(session, actor=actor, lane=lane, **told)).id

    return ask


@pytest.fixture
def states_now(sessions):
    async def read():
        async with sessions() as session:
            found = await session.scalars(select(VoiceSession).order_by(VoiceSession.id))
            return [row.state for row in found]

    return read


@pytest.fixture
def finish(sessions, clock):
    """Carry out an end of which nothing is to be undone at Discord."""

    async def carry_out(session_id, reason=Reason.CLOSED):
        async with sessions.begin() as session:
            await lanes.lock(session)
            row = await rows.locked(session, session_id)
            assert row is not None
            await ending.begin_end(session, row, reason, now=clock.now())
            states.finish(row, clock.now())
            await session.flush()
            await lanes.give_turns(session, now=clock.now())

    return carry_out


async def timers(sessions):
    async with sessions() as session:
        return sorted(await session.scalars(select(Timer.key).where(Timer.key.like("sessions.%"))))


async def test_the_first_has_its_turn_and_the_second_waits(
    start, request_for, states_now, sessions, told
):
    first, _ = await request_for(1), await request_for(2, guild=2)

    assert await states_now() == [State.OPENING, State.REQUESTED]
    assert await timers(sessions) == [f"sessions.open:{first}"]
    assert await told() == [("queued", None), ("queued", None)]


async def test_an_end_gives_the_turn_to_the_next(start, request_for, states_now, finish):
    first, *_ = [await request_for(number, guild=number) for number in (1, 2, 3)]
    await finish(first)

    assert await states_now() == [State.ENDED, State.OPENING, State.REQUESTED]


async def test_who_was_opening_the_room_says_why_that_failed_whoever_hears_of_it_first(
    start, request_for, states_now, sessions, clock
):
    first = await request_for(1)
    async with sessions.begin() as session:
        (await session.get_one(VoiceSession, first)).room_id = 5
        await session.execute(delete(Timer))
        await following.note_room_closed(session, 5, "failed", now=clock.now())

    assert await states_now() == [State.OPENING]
    assert await timers(sessions) == [f"sessions.open:{first}"]


async def test_a_member_has_one_over_all_guilds(start, request_for):
    await request_for(1)
    with pytest.raises(Conflict, match="session_there"):
        await request_for(1, guild=2)


async def test_who_has_ended_may_ask_again(start, request_for, finish, states_now):
    await finish(await request_for(1))
    await request_for(1)

    assert await states_now() == [State.ENDED, State.OPENING]


async def test_cancelling_takes_nobody_out_whose_turn_has_come(
    start, request_for, sessions, clock, states_now
):
    await request_for(1)
    await request_for(2, guild=2)
    async with sessions.begin() as session:
        with pytest.raises(Conflict, match="session_begun"):
            await asking.cancel(session, member_id=UserId(1), now=clock.now())
        await asking.cancel(session, member_id=UserId(2), now=clock.now())
        with pytest.raises(NotFound):
            await asking.cancel(session, member_id=UserId(2), now=clock.now())

    assert await states_now() == [State.OPENING, State.ENDED]


@pytest.mark.parametrize("column", ["member_id", "guild_id", "slot"])
async def test_the_database_itself_keeps_the_bounds(start, sessions, clock, column):
    """Whatever a process believes: one session a member, one a guild, one a slot."""
    told = {"member_name": "x", "lane": "gpu", "state": State.RUNNING, "join_seconds": 60.0}
    both = [
        VoiceSession(
            **told | {"member_id": each, "guild_id": each, "slot": each, column: 7},
            requested_at=clock.now(),
        )
        for each in (1, 2)
    ]
    async with sessions() as session:
        session.add_all(both)
        with pytest.raises(IntegrityError):
            await session.flush()


async def test_many_at_once_never_get_more_than_there_is(
    start, database, sessions, request_for, states_now, finish
):
    """Members of several guilds, each asking twice at the same moment, while those of before end."""
    await start(setup({"gpu": 2}))

    async def ask(member):
        try:
            return await request_for(member, guild=member % 4)
        except Conflict:
            return None

    asked = await asyncio.gather(*(ask(member) for member in [*range(1, 9), *range(1, 9)]))
    ids = sorted(each for each in asked if each is not None)
    assert len(ids) == 8
    order = []
    while State.OPENING in (found := await states_now()):
        assert found.count(State.OPENING) <= 2
        turn = [ids[number] for number, each in enumerate(found) if each == State.OPENING]
        order += [each for each in turn if each not in order]
        await asyncio.gather(*(finish(each) for each in turn))

    assert set(await states_now()) == {State.ENDED}
    assert sorted(order) == ids


async def test_what_waits_in_a_lane_that_is_gone_is_told_so(start, request_for, ends, states_now):
    await start(setup({"gpu": 1, "cpu": 1}))
    await request_for(1, lane="cpu")
    await request_for(2, guild=2, lane="cpu")
    await start(setup({"gpu": 1}))

    assert await ends() == [None, "lane_gone"]
    assert (await states_now())[0] == State.OPENING


async def test_a_restart_ends_nothing_unless_it_is_set_to(start, request_for, states_now, sessions):
    await request_for(1)
    await request_for(2, guild=2)
    await start()
    kept = await states_now()
    await start(setup(ends_at_restart=True))

    assert kept == [State.OPENING, State.REQUESTED]
    assert await states_now() == [State.ENDING, State.REQUESTED]
    assert "sessions.end:1" in await timers(sessions)


async def test_switched_off_everything_ends(start, request_for, states_now, ends):
    await request_for(1)
    await request_for(2, guild=2)
    await start(setup(enabled=False))

    assert await states_now() == [State.ENDING, State.ENDED]
    assert await ends() == [None, "switched_off"]


async def test_a_drain_ends_what_is_open_and_keeps_the_queue(
    start, request_for, states_now, sessions, clock, finish
):
    await request_for(1)
    await request_for(2, guild=2)
    async with sessions.begin() as session:
        done = await running.drain(session, now=clock.now())

    assert not done
    assert await states_now() == [State.ENDING, State.REQUESTED]


async def test_of_a_guild_without_the_bot_nothing_is_kept(
    start, request_for, ends, states_now, sessions, clock
):
    for number in (1, 2):
        await request_for(number)
    await request_for(3, guild=2)
    async with sessions.begin() as session:
        await ending.drop(session, HOME, Reason.REMOVED, now=clock.now())

    assert await ends() == ["removed", "removed", None]
    assert (await states_now())[2] == State.OPENING


@dataclass
class Seats:
    """Of what a use case is lent, the part that an end without a room needs."""

    sessions: Any
    clock: Any
    left: list[int]

    @property
    def discord(self) -> Any:
        return self

    async def leave_voice(self, guild_id):
        self.left.append(guild_id)


@pytest.mark.parametrize("has_left", [False, True])
async def test_the_bot_leaves_once_for_the_connection_may_be_another_s_by_then(
    start, request_for, ends, sessions, clock, has_left
):
    means = Seats(sessions, clock, [])
    session_id = await request_for(1)
    async with sessions.begin() as session:
        await lanes.lock(session)
        row = await rows.locked(session, session_id)
        assert row is not None
        await ending.begin_end(session, row, Reason.LEFT, now=clock.now())
        row.slot = None if has_left else row.slot
    await ending.end(means, session_id, words=lambda _: "x")
    await ending.end(means, session_id, words=lambda _: "x")

    assert means.left == ([] if has_left else [HOME])
    assert await ends() == ["left"]


async def test_what_ended_long_ago_is_forgotten(start, request_for, finish, sessions, clock):
    await finish(await request_for(1))
    clock.advance(figures.KEPT + MINUTE)
    await finish(await request_for(2))
    async with sessions.begin() as session:
        assert await figures.forget_old(session, clock.now()) == 1
        assert await figures.forget_old(session, clock.now()) == 0


async def test_the_figures_tell_who_runs_and_who_waits(start, request_for, sessions):
    for number in (1, 2, 3):
        await request_for(number, guild=number)
    async with sessions() as session:
        assert await figures.sessions(session) == {
            "personal sessions": 1,
            "waiting for a session": 2,
        }


class Refusing(Seats):
    """Where the bot may not go back to its room, or has none any more."""

    is_there, is_out, goes_out = True, False, False
    args: Any = None

    async def join_voice(self, *_):
        self.is_out = self.goes_out
        raise Refused("not_there")

    def bot_permissions(self, _, channel_id=None):
        known = not self.is_out and (self.is_there or channel_id is None)
        return Permission.CONNECT if known else None

    async def outcome(self):
        async with self.sessions() as session:
            row = await session.get_one(VoiceSession, self.args["session_id"])
            return row.state, row.reason


@pytest.fixture
def waiting_in_room(request_for, sessions, clock):
    """`await waiting_in_room()`: the job that sends the bot back into the room of a session whose member is awaited."""

    async def make():
        work: Any = Refusing(sessions, clock, [])
        work.args = {"session_id": await request_for(1)}
        async with sessions.begin() as session:
            row = await rows.locked(session, work.args["session_id"])
            assert row is not None
            row.channel_id = 7
            states.await_member(row, clock.now() + MINUTE)
        return work

    return make


@pytest.mark.parametrize(
    ("is_there", "goes_out", "told"),
    [(True, False, "disconnected"), (False, False, "gone"), (False, True, "disconnected")],
    ids=["shut", "gone", "not known in an outage"],
)
async def test_a_bot_that_cannot_go_back_tells_a_room_that_is_gone_from_one_that_is_shut(
    start, waiting_in_room, is_there, goes_out, told
):
    work = await waiting_in_room()
    work.is_there, work.goes_out = is_there, goes_out
    await jobs.seat(work)

    assert await work.outcome() == (State.ENDING, told)


async def test_a_bot_is_not_sent_back_where_the_guild_is_unknown_now(start, waiting_in_room):
    work = await waiting_in_room()
    work.is_out = True
    await jobs.seat(work)

    assert await work.outcome() == (State.WAITING, None)
