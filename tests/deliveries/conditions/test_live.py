"""A subscription with conditions: what goes to the outside, once, and what does not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event as sql
from sqlalchemy import func, select, update

from rallypoint.features.conditions.api import Heard
from rallypoint.features.conditions.model import ConditionState
from rallypoint.features.presence.events import Emptied, Joined, Left
from rallypoint.features.presence.model import VoiceOptOut, VoiceStay
from rallypoint.features.subscriptions.feature import feature
from rallypoint.features.subscriptions.model import Subscription
from rallypoint.features.subscriptions.service import judging
from rallypoint.features.subscriptions.service import managing as subscriptions
from rallypoint.kernel import events
from rallypoint.kernel.events import relay as relays
from rallypoint.kernel.ids import ChannelId, GuildId, UserId
from rallypoint.kernel.jobs import Timer
from rallypoint.kernel.people import Operator
from tests.deliveries.conftest import ALICE, GUILD

SECOND = timedelta(seconds=1)
TWO = {"occupancy": {"at_least": 2, "for_seconds": 60}}


@pytest.fixture
def happens(sessions, clock):
    """`await happens(Joined, user=1)`, now."""

    async def record(
        kind: Any, user: int = 1, channel: int = 10, guild: GuildId = GUILD, **more: Any
    ) -> None:
        who = (UserId(user), False)
        made: Any = {
            Joined: lambda: Joined(guild, ChannelId(channel), *who, **more),
            Left: lambda: Left(GUILD, ChannelId(channel), *who, clock.now(), **more),
            Emptied: lambda: Emptied(GUILD, ChannelId(channel)),
        }[kind]()
        async with sessions.begin() as session:
            await events.record(session, made, at=clock.now())

    return record


@pytest.fixture
def told(rows):
    """Of whom, in order."""

    async def read() -> list[int]:
        return [row.data["user_id"] for row in await rows()]

    return read


@pytest.fixture
def count(sessions):
    async def count(model: Any) -> int:
        async with sessions() as session:
            return await session.scalar(select(func.count()).select_from(model)) or 0

    return count


async def test_who_makes_them_enough_is_told_of_when_they_were_long_enough_together(
    add, happens, goes_on, told, clock
):
    await add(TWO)
    await happens(Joined, 1)
    await goes_on()
    await happens(Joined, 2)
    seen = []
    for wait in (0, 59, 1, 1, 3600):
        clock.advance(wait * SECOND)
        await goes_on()
        seen.append(await told())

    assert seen == [[], [], [2], [2], [2]]


@pytest.mark.parametrize("kind", [Left, Emptied])
async def test_a_channel_that_empties_in_time_cancels_it_and_leaves_nothing_behind(
    add, happens, goes_on, told, clock, count, kind
):
    await add(TWO)
    for user in (1, 2):
        await happens(Joined, user)
    await goes_on()
    waiting = await count(Timer)
    clock.advance(59 * SECOND)
    for user in (1, 2):
        await happens(kind, user)
    await goes_on()
    cancelled = await count(Timer)
    clock.advance(60 * SECOND)
    await goes_on()

    assert (waiting, cancelled, await told()) == (1, 0, [])
    assert await count(ConditionState) == 0


async def test_a_leave_that_is_not_handed_on_yet_is_waited_for(
    add, happens, goes_on, told, clock, sessions, engine_for
):
    await add(TWO)
    for user in (1, 2):
        await happens(Joined, user)
    await goes_on()
    clock.advance(59 * SECOND)
    await happens(Left, 2)
    clock.advance(SECOND)
    await engine_for(feature.jobs).drain()
    early = await told()
    await goes_on()
    clock.advance(SECOND)
    await goes_on()

    assert early == await told() == []


async def test_a_timer_sends_nothing_whose_time_came_after_its_own(
    add, happens, goes_on, told, clock, use
):
    """Something may have happened there that is not handed on."""
    number = await add(TWO)
    for channel, user in ((10, 1), (10, 2), (11, 3), (11, 4)):
        clock.advance((channel - 10) * SECOND)
        await happens(Joined, user, channel=channel)
    await goes_on()
    clock.advance(59 * SECOND)
    await happens(Left, 4, channel=11)
    clock.advance(60 * SECOND)
    await use(judging.ripen, number, "channel:10", clock.now())
    early = await told()
    await goes_on()

    assert (early, await told()) == ([2], [2])


async def test_a_later_event_does_not_take_the_place_of_one_whose_time_has_come(
    add, happens, goes_on, told, clock
):
    """The timer is late, and only one an hour may go."""
    await add(TWO | {"most_per_hour": 1})
    for user in (1, 2):
        await happens(Joined, user, channel=10)
    await goes_on()
    clock.advance(10 * SECOND)
    for user in (3, 4):
        await happens(Joined, user, channel=11)
    clock.advance(120 * SECOND)
    await happens(Left, 4, channel=11)
    await goes_on()

    assert await told() == [2]


async def test_a_timer_that_runs_twice_sends_once(add, happens, goes_on, told, clock, sessions):
    number = await add(TWO | {"most_per_hour": 5})
    for user in (1, 2):
        await happens(Joined, user)
    await goes_on()
    clock.advance(60 * SECOND)
    for _ in range(2):
        async with sessions.begin() as session:
            await judging.ripen(session, number, "channel:10", clock.now())
    await goes_on()

    assert await told() == [2]


async def test_who_was_there_before_the_subscription_counts_but_no_bot_nor_who_wants_no_history(
    add, happens, goes_on, told, clock, sessions
):
    """And what is another server's is not even remembered."""
    elsewhere = GuildId(9)
    for channel, user, guild in (
        (10, 1, GUILD),
        (11, 7, GUILD),
        (12, 3, GUILD),
        (13, 4, elsewhere),
    ):
        async with sessions.begin() as session:
            stay = {"guild_id": guild, "user_id": user, "bot": user == 3, "counts": True}
            began = clock.now() - SECOND
            session.add(VoiceStay(channel_id=channel, started_at=began, **stay))
    async with sessions.begin() as session:
        session.add(VoiceOptOut(user_id=7, since=clock.now()))
    await add({"occupancy": {"at_least": 2}})
    await happens(Joined, 2, channel=10)
    await happens(Joined, 8, channel=11)
    await happens(Joined, 5, channel=12)
    await happens(Joined, 6, channel=13, guild=elsewhere)
    await goes_on()
    async with sessions() as session:
        subjects = {*await session.scalars(select(ConditionState.subject))}

    assert await told() == [2]
    assert subjects == {"channel:10", "channel:11", "channel:12"}


@pytest.mark.parametrize("by", [ALICE, Operator()], ids=["a server's", "the operator's"])
async def test_what_was_sent_lately_is_remembered(add, happens, goes_on, told, clock, by):
    await add({"most_per_hour": 1}, by=by, subjects=["channel:10"])
    for user, wait in ((1, 0), (2, 3599), (3, 1)):
        clock.advance(wait * SECOND)
        await happens(Joined, 9, channel=11)
        await happens(Joined, user)
        await goes_on()

    assert await told() == [1, 3]


@pytest.mark.parametrize("change", [{"conditions": {"first_joiner": True}}, {"active": False}])
async def test_what_is_changed_starts_anew(add, happens, goes_on, told, clock, use, change):
    number = await add(TWO)
    for user in (1, 2):
        await happens(Joined, user)
    await goes_on()
    wanted = subscriptions.Changes(**change)
    await use(subscriptions.edit, number, wanted, known=[], by=ALICE, now=clock.now())
    clock.advance(60 * SECOND)
    await goes_on()

    assert await told() == []


async def test_what_is_removed_leaves_nothing_behind(
    add, happens, goes_on, told, clock, use, count
):
    number = await add(TWO)
    for user in (1, 2):
        await happens(Joined, user)
    await goes_on()
    await use(subscriptions.remove, number, by=ALICE, now=clock.now())
    clock.advance(60 * SECOND)
    await goes_on()

    assert await told() == []
    assert (await count(ConditionState), await count(Timer)) == (0, 0)


async def test_only_who_has_the_role_is_told_of_and_only_they_count(
    add, happens, goes_on, told, clock, roles
):
    await add({"roles": ["5", "6"], "most_per_hour": 2})
    roles.of = {1: {6, 9}, 2: {9}, 4: {5}, 5: {5}}
    for user in (2, 3, 1, 2, 4, 5):
        await happens(Joined, user)
    await goes_on()

    assert await told() == [1, 4]


async def test_while_discord_is_away_the_question_waits(add, happens, goes_on, told, clock, roles):
    await add({"roles": ["5"]})
    roles.of, roles.away = {1: {5}}, True
    await happens(Joined, 1)
    await goes_on()
    early = await told()
    roles.away = False
    clock.advance(600 * SECOND)
    await goes_on()

    assert (early, await told()) == ([], [1])


async def test_who_came_first_is_asked_about_first_however_long_that_takes(
    add, happens, goes_on, told, clock, roles
):
    await add({"roles": ["5"], "most_per_hour": 1})
    roles.of, roles.silent_about = {1: {5}, 2: {5}}, 1
    for user in (1, 2):
        await happens(Joined, user)
    await goes_on()
    roles.silent_about = None
    clock.advance(600 * SECOND)
    await goes_on()

    assert await told() == [1]


async def test_who_stops_it_before_discord_has_answered_is_told_nothing(
    add, happens, goes_on, told, clock, roles, use
):
    subscription_id = await add({"roles": ["5"]})
    roles.of, roles.away = {1: {5}}, True
    await happens(Joined, 1)
    await goes_on()
    changes, now = subscriptions.Changes(active=False), clock.now()
    known = ["presence.joined"]
    await use(subscriptions.edit, subscription_id, changes, known=known, by=ALICE, now=now)
    roles.away = False
    clock.advance(600 * SECOND)
    await goes_on()

    assert await told() == []


async def test_a_question_about_roles_that_is_answered_twice_counts_once(
    add, happens, goes_on, told, clock, sessions, roles
):
    number = await add({"roles": ["5"], "most_per_hour": 2})
    roles.of = {1: {5}, 2: {5}}
    await happens(Joined, 1)
    await goes_on()
    async with sessions.begin() as session:
        [row] = await session.scalars(select(events.Outbox))
        event = Heard(row.id, row.kind, row.subject, row.at, row.data)
        await judging._admit(session, number, event, row.at, clock.now())
    await happens(Joined, 2)
    await goes_on()

    assert await told() == [1, 2]


async def test_conditions_that_cannot_be_read_stop_nobody_else(
    add, happens, goes_on, told, clock, sessions, rows
):
    broken = await add({})
    await add({"members": "people"})
    async with sessions.begin() as session:
        newer = {"phase_of_the_moon": "full"}
        one = update(Subscription).where(Subscription.id == broken)
        await session.execute(one.values(conditions=newer))
    await happens(Joined, 1)
    await goes_on()

    assert await told() == [1]


async def test_an_event_that_is_poison_stops_neither_the_relay_nor_the_conditions(
    add, happens, goes_on, told, sessions, clock
):
    await add(TWO | {"game_start": {"within_minutes": 5}})
    await add({"first_joiner": True, "most_per_hour": 9, "members": "people"})
    odd: tuple[Any, ...] = (
        {},
        {"user_id": "x"},
        {"user_id": [1]},
        {"bot": 1},
        {"starts_at": {}},
        {"channel_id": -1},
    )
    async with sessions.begin() as session:
        for number, more in enumerate(odd):
            for kind in ("presence.joined", "presence.left", "games.moved"):
                session.add(
                    events.Outbox(
                        id=f"{number}-{kind}",
                        kind=kind,
                        subject="" if number % 2 else "channel:10",
                        at=clock.now(),
                        data={"guild_id": GUILD, **more},
                    )
                )
    await happens(Joined, 1, channel=11)
    await goes_on()

    assert await told() == [1]


async def test_a_games_start_that_an_earlier_batch_told_of_is_remembered(
    add, happens, goes_on, told, sessions, clock
):
    await add({"game_start": {"within_minutes": 5}})
    starts = (clock.now() + 300 * SECOND).isoformat()
    game = {"id": "1", "kind": "games.scheduled", "subject": "game:7", "at": clock.now()}
    async with sessions.begin() as session:
        session.add(events.Outbox(**game, data={"guild_id": GUILD, "starts_at": starts}))
    await goes_on()
    for wait, user in ((0, 1), (600, 2), (1, 3)):
        clock.advance(wait * SECOND)
        await happens(Joined, user)
        await goes_on()

    assert await told() == [1, 2]


async def test_who_has_no_conditions_pays_nothing_for_them(add, happens, goes_on, told, database):
    await add({})
    said: list[str] = []

    def note(_: Any, __: Any, statement: str, *___: Any) -> None:
        said.append(statement)

    sql.listen(database.engine.sync_engine, "before_cursor_execute", note)
    await happens(Joined, 1)
    await goes_on()
    sql.remove(database.engine.sync_engine, "before_cursor_execute", note)

    assert await told() == [1]
    assert not [each for each in said if "condition_state" in each or "voice_stay" in each]
    assert sum(each.startswith("SELECT subscription") for each in said) == 1


@pytest.mark.parametrize("batch", [1, 2, 3, 500])
async def test_a_snapshot_tells_of_the_same_first_joiner_however_batches_cut_it(
    add, goes_on, told, clock, sessions, monkeypatch, batch
):
    monkeypatch.setattr(relays, "BATCH", batch)
    await add({"first_joiner": True})
    alice, bob, carol = (UserId(each) for each in (1, 2, 3))
    at, here = clock.now(), ChannelId(10)
    since = {"estimated_since": at - SECOND}
    stay = {"guild_id": GUILD, "channel_id": here, "bot": False, "counts": True}
    async with sessions.begin() as session:
        session.add(VoiceStay(user_id=alice, started_at=at - SECOND, ended_at=at, **stay))
        for user in (bob, carol):
            session.add(VoiceStay(user_id=user, started_at=at, **stay))
        found = [Joined(GUILD, here, user, False, **since) for user in (bob, carol)]
        gone = Left(GUILD, here, alice, False, at - SECOND, **since)
        await events.record(session, gone, *found, at=at)
    await goes_on()

    assert await told() == [bob]
