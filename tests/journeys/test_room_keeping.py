"""What keeps a room, for how long, and how long it is remembered: on a real database, beside a ledger of the test's."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from rallypoint.features.presence.model import VoiceSight, VoiceStay
from rallypoint.features.rooms.model import Room
from rallypoint.features.rooms.rules.states import State
from rallypoint.features.rooms.service import closing, figures, following, retention
from rallypoint.kernel.ids import GuildId
from rallypoint.kernel.jobs import Timer

HOME, OTHER = 1001, 2002
MUTED, DEAFENED, DEAFENED_BY_SERVER = 1, 4, 8
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def a_room(sessions, clock):
    async def add(number, **given):
        told = {"kind": "public", "name": "x", "owner_id": 1, "operation": f"op {number}"}
        times = {"requested_at": clock.now(), "opened_at": clock.now()}
        given = {"guild_id": HOME, "channel_id": number, "state": State.OPEN, **given}
        async with sessions.begin() as session:
            session.add(Room(id=number, **{**told, **times, **given}))

    return add


@pytest.fixture
def a_stay(sessions, clock):
    async def add(channel_id, user_id, *, flags=0, bot=False, counts=True, for_=timedelta()):
        told = {"guild_id": HOME, "channel_id": channel_id, "user_id": user_id, "flags": flags}
        times = {"started_at": clock.now() - HOUR, "counted_at": clock.now() - for_}
        async with sessions.begin() as session:
            session.add(VoiceStay(**told, **times, bot=bot, counts=counts))

    return add


@pytest.fixture
async def known(sessions, clock):
    async with sessions.begin() as session:
        session.add(VoiceSight(guild_id=HOME, sight="known", at=clock.now()))


@pytest.fixture
def room_now(sessions, clock):
    """After the look that is taken every minute: the state, and when its time is over."""

    async def read(number=1):
        async with sessions.begin() as session:
            await following.reconcile(session, now=clock.now())
        async with sessions() as session:
            room = await session.get_one(Room, number)
            return room.state, room.deadline_at

    return read


async def test_who_sits_alone_and_deafened_keeps_a_room_for_ever_unless_the_guild_says_otherwise(
    a_room, a_stay, known, room_now, set_setting, clock
):
    await a_room(1)
    await a_stay(1, 7, flags=DEAFENED, for_=20 * MINUTE)
    assert await room_now() == (State.OPEN, None)
    await set_setting("rooms.idle_after", "30m", HOME)

    assert await room_now() == (State.EMPTYING, clock.now() + 10 * MINUTE)


IN = {
    "alone, deafened by the server": ([{"flags": DEAFENED_BY_SERVER | MUTED}], State.EMPTYING),
    "with a bot that does not count": (
        [{"flags": DEAFENED}, {"bot": True, "counts": False}],
        State.EMPTYING,
    ),
    "only muted": ([{"flags": MUTED}], State.OPEN),
    "two, both deafened": ([{"flags": DEAFENED}, {"flags": DEAFENED}], State.OPEN),
    "with a bot that counts": ([{"flags": DEAFENED}, {"bot": True}], State.OPEN),
    "a bot alone that counts": ([{"flags": DEAFENED, "bot": True}], State.OPEN),
}


@pytest.mark.parametrize(("people", "state"), IN.values(), ids=IN)
async def test_a_room_is_held_open_by_whoever_takes_part(
    a_room, a_stay, known, room_now, set_setting, people, state
):
    await set_setting("rooms.idle_after", "30m", HOME)
    await a_room(1)
    for number, person in enumerate(people):
        await a_stay(1, 7 + number, **person)

    assert (await room_now())[0] == state


@pytest.mark.parametrize("held", [{"held_by": 3}, {"keeper": "sessions"}], ids=["held", "kept"])
async def test_what_does_not_close_when_it_is_empty_does_not_close_when_somebody_is_deafened(
    a_room, a_stay, known, room_now, set_setting, held
):
    await set_setting("rooms.idle_after", "30m", HOME)
    await a_room(1, **held)
    await a_stay(1, 7, flags=DEAFENED)

    assert await room_now() == (State.OPEN, None)


@pytest.mark.parametrize(
    ("age", "given", "state"),
    [
        (HOUR - MINUTE, {}, State.OPEN),
        (HOUR, {}, State.DELETING),
        (HOUR, {"held_by": 3}, State.OPEN),
    ],
    ids=["just before", "at its age", "held by a moderator"],
)
async def test_the_greatest_age_counts_from_the_opening(
    a_room, sessions, clock, set_setting, age, given, state
):
    await set_setting("rooms.max_age", "1h", HOME)
    await a_room(1, opened_at=clock.now() - age, **given)
    async with sessions.begin() as session:
        await closing.expire(session, 1, now=clock.now())

    async with sessions() as session:
        room = await session.get_one(Room, 1)
        assert room.state == state
        assert room.ending == ("age" if state == State.DELETING else None)


async def test_a_changed_age_moves_the_timer_of_rooms_that_are_open(
    a_room, sessions, clock, set_setting
):
    async def timer():
        async with sessions.begin() as session:
            await following.follow_guild(session, GuildId(HOME), now=clock.now())
        async with sessions() as session:
            kind = Timer.kind == "rooms.expire"
            return await session.scalar(select(Timer.due_at).where(kind))

    await a_room(1)
    assert await timer() is None
    await set_setting("rooms.max_age", "2h", HOME)
    assert await timer() == clock.now() + 2 * HOUR
    await set_setting("rooms.max_age", "0s", HOME)
    assert await timer() is None


async def test_closed_rooms_are_forgotten_when_their_guild_says(
    a_room, sessions, clock, set_setting
):
    await set_setting("rooms.closed_days", "7", OTHER)
    closed = {"state": State.CLOSED, "close_reason": "empty"}
    for number, (guild_id, age) in enumerate([(HOME, 89), (HOME, 91), (OTHER, 6), (OTHER, 8)], 1):
        await a_room(number, guild_id=guild_id, closed_at=clock.now() - age * DAY, **closed)
    await a_room(5, opened_at=clock.now() - 365 * DAY)
    async with sessions.begin() as session:
        forgotten = await retention.forget_old(session, clock.now())
        again = await retention.forget_old(session, clock.now())
        left = list(await session.scalars(select(Room.id).order_by(Room.id)))

    assert (forgotten, again, left) == (2, 0, [1, 3, 5])


async def test_the_newest_room_is_never_forgotten_for_the_next_would_get_its_number(
    a_room, sessions, clock
):
    for number in (1, 2):
        at = clock.now() - 365 * DAY
        await a_room(number, state=State.CLOSED, closed_at=at, close_reason="empty")
    async with sessions.begin() as session:
        await retention.forget_old(session, clock.now())
        assert list(await session.scalars(select(Room.id))) == [2]


async def test_the_times_are_medians_of_the_latest_rooms(a_room, sessions, clock):
    now, ms = clock.now(), timedelta(milliseconds=1)
    ended = {"state": State.CLOSED, "close_reason": "empty"}
    for number, (took, late) in enumerate([(200, 30), (100, 10), (900, 5000)], 1):
        times = {"requested_at": now - took * ms, "deadline_at": now, "closed_at": now + late * ms}
        await a_room(number, **times, **ended)
    # One that never opened, and one that closed before it was due, as far as clocks can tell.
    failed = {"state": State.CLOSED, "close_reason": "failed", "opened_at": None}
    await a_room(4, channel_id=None, closed_at=now, **failed)
    await a_room(5, deadline_at=now + HOUR, closed_at=now, requested_at=now - 200 * ms, **ended)
    async with sessions() as session:
        found = await figures.rooms(session)

    assert found["ms to open a room"] == 200
    assert found["ms to close a room"] == 30
    assert found["rooms opened"] == 4
    assert (found["rooms closed: empty"], found["rooms closed: failed"]) == (4, 1)


async def test_without_rooms_there_are_no_times(sessions):
    async with sessions() as session:
        found = await figures.rooms(session)

    assert not [words for words in found if words.startswith("ms to")]


async def test_only_the_latest_rooms_count_for_the_times(a_room, sessions, clock):
    now = clock.now()
    for number in range(1, 4):
        await a_room(number, requested_at=now - HOUR)
    for number in range(4, 4 + figures.LAST):
        await a_room(number, requested_at=now - timedelta(seconds=1))
    async with sessions() as session:
        assert (await figures.rooms(session))["ms to open a room"] == 1000
