"""What would have been sent is what was sent."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, insert

from rallypoint.features.conditions.rules.steps import Outcome
from rallypoint.features.conditions.service import simulating
from rallypoint.features.presence.model import VoiceStay
from rallypoint.features.subscriptions.service import trying
from rallypoint.features.subscriptions.service.trying import Question
from rallypoint.kernel.errors import Refused
from rallypoint.kernel.events import Outbox
from tests.deliveries.conftest import ALICE, GUILD

SECOND, MINUTE, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(days=1)
JOINED, LEFT = "presence.joined", "presence.left"
QUIET = {"start": "00:10", "end": "00:20", "zone": "Europe/Berlin"}
ASKED: list[dict[str, Any]] = [
    {"occupancy": {"at_least": 2, "for_seconds": 60}},
    {"occupancy": {"at_least": 3}, "most_per_hour": 2, "members": "everybody"},
    {"occupancy": {"at_least": 2, "for_seconds": 90}, "most_per_hour": 3, "quiet_hours": QUIET},
    {"first_joiner": True, "game_start": {"within_minutes": 5}},
    {"most_per_hour": 4, "members": "people"},
    {"members": "bots", "quiet_hours": QUIET},
]


@pytest.fixture
def happened(sessions, clock):
    """`await happened("presence.joined", user=1)`, now."""
    numbers = iter(range(10**6))

    async def record(kind: str, channel: int = 10, guild: int = GUILD, **data: Any) -> None:
        row = {
            "id": f"{next(numbers):06}",
            "kind": kind,
            "subject": f"channel:{channel}",
            "at": clock.now(),
            "data": {"guild_id": guild, "channel_id": channel, "bot": False} | data,
        }
        async with sessions.begin() as session:
            await session.execute(insert(Outbox), row)

    return record


@pytest.fixture
def simulated(use, clock):
    async def run(conditions: Any, kinds: Any = (JOINED,), *, days: int = 7, **more: Any) -> Any:
        asked = Question(kinds, None, conditions, days)
        known = [JOINED, LEFT]
        return await use(trying.simulate, asked, known=known, by=ALICE, now=clock.now(), **more)

    return run


async def _live(add, happened, goes_on, clock, seed: int, length: int) -> list[int]:
    """People come and go in three channels, and games are announced; the timers run when they are due, or late."""
    chance = random.Random(seed)
    numbers = [await add(each) for each in ASKED]
    there: dict[int, int] = {}
    for _ in range(length):
        clock.advance(chance.choice([0, 1, 20, 59, 60, 61, 200]) * SECOND)
        user = chance.randrange(1, 7)
        if chance.random() < 0.1:
            starts = clock.now() + chance.randrange(-5, 20) * MINUTE
            await happened("games.announced", chance.randrange(3), starts_at=starts.isoformat())
        elif user in there:
            channel = there.pop(user)
            await happened(LEFT, channel, user_id=user, bot=user > 4)
        else:
            there[user] = chance.randrange(3)
            await happened(JOINED, there[user], user_id=user, bot=user > 4)
        if chance.random() < 0.6:
            await goes_on()
    clock.advance(200 * SECOND)
    await goes_on()
    return numbers


async def _agrees(numbers, simulated, rows, destination_of) -> None:
    sent = await rows()
    for number, conditions in zip(numbers, ASKED, strict=True):
        found = await simulated(conditions)
        to = await destination_of(number)
        live = [row.event_id for row in sent if row.destination_id == to]

        assert found.is_whole
        assert found.would_send == len(live)
        assert [each.event.id for each in found.first] == live[: simulating.MOST_SHOWN]


@pytest.mark.parametrize("seed", [1])
async def test_the_same_stream_is_judged_the_same(
    add, happened, goes_on, clock, simulated, rows, destination_of, seed
):
    numbers = await _live(add, happened, goes_on, clock, seed, 40)

    assert await rows()
    await _agrees(numbers, simulated, rows, destination_of)


@pytest.mark.chaos
@pytest.mark.parametrize("seed", range(100, 140))
async def test_many_streams_are_judged_the_same(
    add, happened, goes_on, clock, simulated, rows, destination_of, seed
):
    numbers = await _live(add, happened, goes_on, clock, seed, 150)

    await _agrees(numbers, simulated, rows, destination_of)


async def test_only_the_days_and_the_guild_that_were_asked_about(happened, simulated, clock):
    await happened(JOINED, user_id=1)
    clock.advance(2 * DAY)
    await happened(JOINED, user_id=2)
    await happened(JOINED, user_id=3, guild=GUILD + 1)
    week, day = await simulated({}), await simulated({}, days=1)

    assert (week.would_send, week.events, week.is_whole) == (2, 2, True)
    assert [each.event.data["user_id"] for each in day.first] == [2]


async def test_it_says_for_want_of_what_nothing_would_be_sent(happened, simulated, clock):
    for user in range(5):
        await happened(JOINED, user_id=user, bot=user == 4)
    found = await simulated({"most_per_hour": 1, "members": "people"})

    assert found.would_send == 1
    assert found.left_out == {Outcome.MOST_PER_HOUR: 3, Outcome.MEMBERS: 1}


async def test_roles_are_not_remembered_and_it_says_so(happened, simulated):
    await happened(JOINED, user_id=1)
    found = await simulated({"roles": ["5"], "most_per_hour": 1})

    assert (found.would_send, found.assumes_roles) == (1, True)


async def test_what_is_forgotten_is_read_out_of_the_ledger_and_it_says_so(
    happened, simulated, clock, sessions
):
    stay = {"guild_id": GUILD, "channel_id": 10, "bot": False, "counts": True}
    start = clock.now()
    clock.advance(3 * DAY)
    async with sessions.begin() as session:
        for user, end in ((1, 50), (2, None)):
            ended = None if end is None else start + end * SECOND
            session.add(VoiceStay(user_id=user, started_at=start, ended_at=ended, **stay))
    await happened(LEFT, channel=11, user_id=9)
    await happened(JOINED, user_id=3)
    async with sessions.begin() as session:
        await session.execute(delete(Outbox).where(Outbox.kind == LEFT))
    found = await simulated({"occupancy": {"at_least": 2}})
    users = [each.event.data["user_id"] for each in found.first]

    assert (found.is_whole, found.stays, found.events) == (False, 3, 1)
    assert found.since == clock.now() - 7 * DAY
    assert users == [2, 3]


async def test_who_was_there_for_no_time_is_not_there_for_ever(
    happened, simulated, clock, sessions
):
    start = clock.now()
    clock.advance(3 * DAY)
    async with sessions.begin() as session:
        stay = {"guild_id": GUILD, "channel_id": 10, "bot": False, "counts": True}
        session.add(VoiceStay(user_id=1, started_at=start, ended_at=start, **stay))
    await happened(LEFT, channel=11, user_id=9)
    await happened(JOINED, user_id=2)
    async with sessions.begin() as session:
        await session.execute(delete(Outbox).where(Outbox.kind == LEFT))
    found = await simulated({"first_joiner": True})

    assert [each.event.data["user_id"] for each in found.first] == [1, 2]


async def test_it_shows_the_first_and_counts_all(happened, simulated, monkeypatch):
    monkeypatch.setattr(simulating, "MOST_SHOWN", 2)
    for user in range(3):
        await happened(JOINED, user_id=user)
    found = await simulated({})

    assert found.would_send == 3
    assert [each.event.data["user_id"] for each in found.first] == [0, 1]


async def test_it_ends_in_time_and_says_how_far_it_came(happened, simulated, clock, monkeypatch):
    monkeypatch.setattr(simulating, "READ_AT_ONCE", 2)
    for user in range(9):
        await happened(JOINED, user_id=user)
        clock.advance(SECOND)
    seconds = iter([0.0, 0.0, 1.0, simulating.BUDGET])
    found = await simulated({}, elapsed=lambda: next(seconds))

    assert (found.is_whole, found.would_send) == (False, 4)
    assert found.until == clock.now() - 6 * SECOND


async def test_it_reads_the_newest_if_there_are_too_many(happened, simulated, clock, monkeypatch):
    monkeypatch.setattr(simulating, "MOST_EVENTS", 3)
    for user in range(9):
        await happened(JOINED, user_id=user)
        clock.advance(SECOND)
    found = await simulated({})

    assert not found.is_whole
    assert [each.event.data["user_id"] for each in found.first] == [6, 7, 8]


async def test_who_wants_no_history_is_not_in_it(happened, simulated, sessions, clock):
    await happened(JOINED, user_id=1)
    async with sessions.begin() as session:
        row = {"id": "x", "kind": JOINED, "subject": "channel:10", "at": clock.now()}
        data = {"guild_id": GUILD, "user_id": 2, "fleeting": True}
        await session.execute(insert(Outbox), row | {"data": data, "erase_at": clock.now() + DAY})
    found = await simulated({})

    assert [each.event.data["user_id"] for each in found.first] == [1]


@pytest.mark.parametrize(
    ("kinds", "conditions", "code"),
    [
        (["no.such"], {}, "event_kind_unknown"),
        ([JOINED], {"occupancy": {}}, "condition_occupancy"),
        ([LEFT], {"first_joiner": True}, "condition_needs_joined"),
    ],
)
async def test_what_could_not_be_saved_cannot_be_tried(simulated, kinds, conditions, code):
    with pytest.raises(Refused, match=code):
        await simulated(conditions, kinds)


async def test_trying_writes_nothing(happened, simulated, rows, count_rows):
    await happened(JOINED, user_id=1)
    before = await count_rows()
    await simulated({"occupancy": {"at_least": 2, "for_seconds": 60}, "roles": ["5"]})

    assert await count_rows() == before
