"""An event that somebody subscribed to reaches them: at least once, with one id, in order for its subject."""

from __future__ import annotations

from datetime import timedelta

import pytest

from rallypoint.features.deliveries.rules.destinations import Kind

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


async def test_what_is_subscribed_to_is_posted_signed_and_once(
    subscribed, joins, deliver, receiver, rows
):
    await subscribed()
    await joins(channel=10, user=2**60)
    await deliver()
    await deliver()
    [got] = receiver.got
    [row] = await rows()

    assert got.json == {
        "id": row.event_id,
        "kind": "presence.joined",
        "version": 1,
        "guild_id": "1",
        "subject": "channel:10",
        "happened_at": row.happened_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "data": {
            "guild_id": "1",
            "channel_id": "10",
            "user_id": str(2**60),
            "bot": False,
            "cause": None,
            "estimated_since": None,
            "flags": 0,
            "username": "",
        },
        "trace_id": row.event_id,
    }
    assert got.headers["webhook-id"] == row.event_id
    assert (row.state, row.attempts) == ("delivered", 1)


async def test_a_get_carries_the_event_in_its_address(subscribed, joins, deliver, receiver):
    url = f"{receiver.url}/hook?who={{{{ data.user_id }}}}&what={{{{ kind }}}}"
    await subscribed(Kind.WEBHOOK_GET, url=url)
    await joins(user=20)
    await deliver()

    assert [(got.method, got.path) for got in receiver.got] == [
        ("GET", "/hook?who=20&what=presence.joined")
    ]


async def test_what_nobody_wants_or_is_another_guilds_or_fleeting_is_sent_to_nobody(
    subscribed, joins, deliver, receiver, rows
):
    await subscribed(kinds=("rooms.*", "presence.left"))
    await subscribed(subjects=("channel:1", "channel:11"))
    await joins()
    await deliver()
    await subscribed(kinds=("presence.joined",), url=f"{receiver.url}/other")
    await joins(guild=3)
    await joins(fleeting=True)
    await deliver()

    assert receiver.got == []
    assert await rows() == []


async def test_a_failure_is_tried_again_by_the_schedule_with_the_same_id(
    subscribed, joins, deliver, receiver, clock, rows
):
    await subscribed()
    receiver.answers = [500, 500, None]
    await joins()
    seen = []
    for wait in (timedelta(0), 4 * SECOND, 3 * SECOND, 4 * MINUTE, 3 * MINUTE, 36 * MINUTE):
        clock.advance(wait)
        await deliver()
        seen.append(len(receiver.got))
    [row] = await rows()

    assert seen == [1, 1, 2, 2, 3, 4]
    assert set(receiver.ids) == {row.event_id}
    assert {got.headers["webhook-id"] for got in receiver.got} == {row.event_id}
    assert (row.state, row.attempts) == ("delivered", 4)


async def test_the_head_of_a_subject_blocks_that_subject_only(
    subscribed, joins, deliver, receiver, clock
):
    await subscribed()
    receiver.wrong = {"channel:1"}
    for user in (1, 2):
        for channel in (1, 2):
            await joins(channel=channel, user=user)
    await deliver()
    blocked = list(receiver.subjects)
    receiver.wrong = set()
    clock.advance(6 * SECOND)
    await deliver()
    told = [got.json for got in receiver.got[len(blocked) :]]

    assert blocked == ["channel:1", "channel:2", "channel:2"]
    assert [(each["subject"], each["data"]["user_id"]) for each in told] == [
        ("channel:1", "1"),
        ("channel:1", "2"),
    ]


async def test_who_is_down_for_a_day_gets_everything_then_in_order(
    subscribed, joins, deliver, receiver, clock, rows
):
    await subscribed()
    receiver.always = None
    for number in range(8):
        for channel in (1, 2):
            await joins(channel=channel, user=number + 1)
        await deliver()
        clock.advance(3 * HOUR)
    tries = len(receiver.got)
    receiver.always, receiver.got = 200, []
    clock.advance(12 * HOUR)
    await deliver()
    users: dict[str, list[int]] = {subject: [] for subject in ("channel:1", "channel:2")}
    for got in receiver.got:
        users[got.json["subject"]].append(int(got.json["data"]["user_id"]))

    assert 5 <= tries <= 8
    assert users == {subject: list(range(1, 9)) for subject in users}
    assert {row.state for row in await rows()} == {"delivered"}


async def test_one_that_fails_for_five_days_is_disabled_and_what_waits_is_dead(
    subscribed, joins, deliver, receiver, clock, rows, destination
):
    made = await subscribed()
    receiver.always = 503
    for _ in range(7):
        await joins()
        clock.advance(24 * HOUR)
        await deliver()
    row = await destination(made.destination.id)
    before = len(await rows())
    await joins()
    await deliver()

    assert (row.state, row.reason) == ("disabled", "failing")
    assert {each.state for each in await rows()} == {"dead"}
    assert len(await rows()) == before


async def test_who_is_gone_is_asked_no_more(subscribed, joins, deliver, receiver, destination):
    made = await subscribed()
    receiver.always = 410
    await joins(channel=1)
    await joins(channel=2)
    await deliver()
    row = await destination(made.destination.id)

    assert len(receiver.got) == 1
    assert (row.state, row.reason) == ("disabled", "gone")


@pytest.mark.parametrize("count", [300])
async def test_many_arrive_in_order(subscribed, joins, deliver, receiver, count, sessions):
    await subscribed()
    for number in range(count):
        await joins(channel=number % 3, user=number + 1)
    await deliver()

    assert len(receiver.got) == count
    for channel in range(3):
        users = [
            int(got.json["data"]["user_id"])
            for got in receiver.got
            if got.json["subject"] == f"channel:{channel}"
        ]
        assert users == sorted(users)


async def test_behind_one_that_fails_none_of_its_subject_is_sent(
    subscribed, joins, deliver, receiver
):
    await subscribed()
    await joins(channel=9)
    await deliver()
    receiver.wrong = {"channel:1"}
    for user in (1, 2, 3):
        await joins(channel=1, user=user)
    await deliver()

    assert receiver.subjects == ["channel:9", "channel:1"]


async def test_once_it_is_well_again_all_that_waited_is_sent(
    subscribed, joins, deliver, receiver, clock, destination, rows
):
    made = await subscribed()
    receiver.always = None
    for channel in (1, 2, 3):
        await joins(channel=channel)
    for _ in range(3):
        await deliver()
        clock.set((await destination(made.destination.id)).next_try_at)
    tried = [row.attempts for row in await rows()]
    receiver.always = 200
    await deliver()

    assert tried == [1, 1, 1]
    assert {row.state for row in await rows()} == {"delivered"}
