"""What is called out, to whom and in which order: once for each change the ledger has committed."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, cast

import pytest
from sqlalchemy import select

from rallypoint.features.deliveries.model import Delivery, Destination, DestinationState
from rallypoint.features.destinations.service import privacy as sent
from rallypoint.features.monitors.feature import feature
from rallypoint.features.monitors.model import Monitor
from rallypoint.features.monitors.service import privacy
from rallypoint.kernel.events import Outbox, Relay
from rallypoint.kernel.events import relay as relays
from rallypoint.kernel.ids import UserId
from rallypoint.kernel.outlets import Receipt, Verdict

from .conftest import HOOK, LOBBY, joined, left

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
TYPES = ("new_user", "user_left", "users_connected", "users_left")
EVERY = {
    "new_user_webhooks": [
        f"{HOOK}?c={{{{id}}}}&e={{{{type}}}}&u={{{{username}}}}&i={{{{user_id}}}}"
    ],
    "user_left_webhooks": [f"{HOOK}?c={{{{id}}}}&e={{{{type}}}}&u={{{{username}}}}"],
    "users_connected_webhooks": [f"{HOOK}?c={{{{id}}}}&e={{{{type}}}}&n={{{{usernames_safe}}}}"],
    "users_left_webhooks": [f"{HOOK}?c={{{{id}}}}&e={{{{type}}}}"],
}


async def test_the_four_types_are_called_with_exactly_these_addresses_in_this_order(
    list_channels, happens, call_out, recorder
):
    await list_channels({"channel_id": LOBBY, "webhooks": EVERY})
    await happens(joined(1, username="al&ice=x#"))
    await happens(joined(2, username="bob b"))
    await happens(left(1, username="al&ice=x#"), left(2))
    await call_out()

    assert recorder.urls == [
        f"{HOOK}?c=10&e=new_user&u=al%26ice%3Dx%23&i=1",
        f"{HOOK}?c=10&e=users_connected&n=al%26ice%3Dx%23",
        f"{HOOK}?c=10&e=new_user&u=bob%20b&i=2",
        f"{HOOK}?c=10&e=user_left&u=al%26ice%3Dx%23",
        f"{HOOK}?c=10&e=user_left&u=bob%20b",
        f"{HOOK}?c=10&e=users_left",
    ]


async def test_everybody_who_is_in_is_said_as_dbot_says_it(
    list_channels, happens, call_out, recorder, sessions, clock
):
    await list_channels({"channel_id": LOBBY, "webhooks": EVERY})
    async with sessions.begin() as session:
        (await session.get(Monitor, str(LOBBY))).seen_at = clock.now()
    since = {"estimated_since": clock.now()}
    await happens(joined(1, username="alice", **since), joined(2, username="b, c", **since))
    await call_out()

    assert recorder.urls[-1] == f"{HOOK}?c=10&e=users_connected&n=alice%2Cb%2C+c"


async def test_a_list_gets_dbots_bytes(list_channels, happens, call_out, recorder, clock):
    await list_channels({"channel_id": LOBBY, "redis_queues": [{"queue": "a b"}, {"queue": "c"}]})
    await happens(joined(2**60, username="søn"))
    await call_out()
    at = clock.now().isoformat().replace("+00:00", "Z")
    [(first, body), (second, _)] = [each for each in recorder.pushed if "new_user" in each[1]]

    assert {first, second} == {"a b", "c"}
    assert body == (
        '{"version":1,"type":"new_user","data":{"id":1152921504606846976,"username":"søn"},'
        f'"channel_id":10,"happened_at":"{at}"}}'
    )


async def test_several_addresses_are_called_in_their_order_whatever_server_they_are_of(
    list_channels, happens, call_out, recorder
):
    hooks = [f"{HOOK}/1", "https://other.example/x", f"{HOOK}/2", f"{HOOK}/1"]
    await list_channels({"channel_id": LOBBY, "webhooks": {"new_user_webhooks": hooks}})
    await happens(joined(1))
    await call_out()

    assert [url for url in recorder.urls if "hooks" in url] == [
        f"{HOOK}/1",
        f"{HOOK}/2",
        f"{HOOK}/1",
    ]
    assert len(recorder.urls) == 4


async def test_a_receiver_that_fails_is_tried_three_times_within_two_minutes_and_others_do_not_wait(
    list_channels, happens, call_out, recorder, clock, rows
):
    await list_channels(
        {"channel_id": LOBBY, "redis": {"queue": "q"}, "webhooks": {"new_user_webhooks": [HOOK]}}
    )
    recorder.answers = [Receipt(Verdict.LATER, status=500)]
    await happens(joined(1))
    await call_out()
    assert recorder.types == ["new_user", "users_connected"]
    for _ in range(5):
        recorder.answers = [Receipt(Verdict.LATER, status=500)]
        clock.advance(MINUTE)
        await call_out()
    called = [row for row in await rows(Delivery) if "values" in row.data]
    states = {row.kind: (row.state, row.attempts) for row in called}

    assert HOOK not in str([row.data for row in called] + [row.routes for row in await rows()])
    assert recorder.urls == [HOOK] * 3
    assert states == {"monitors.new_user": ("dead", 3)}


async def test_an_address_that_is_gone_does_not_end_the_others_of_its_server(
    list_channels, happens, call_out, recorder, rows, sessions
):
    await list_channels(
        {"channel_id": LOBBY, "webhooks": {"new_user_webhooks": [f"{HOOK}/1", f"{HOOK}/2"]}}
    )
    recorder.answers = [Receipt(Verdict.GONE, status=410)]
    await happens(joined(1))
    await call_out()
    [destination] = await rows(Destination)
    async with sessions() as session:
        told = str(await sent.export(session, UserId(1)))

    assert "u1" in told
    assert not [word for word in (HOOK, "sealed", "gAAAAA") if word in told]
    assert recorder.urls == [f"{HOOK}/1", f"{HOOK}/2"]
    assert destination.state == DestinationState.ACTIVE


async def test_what_no_key_opens_is_given_up_and_keeps_nobody_else_up(
    list_channels, happens, call_out, recorder, rows, keys
):
    await list_channels(
        {
            "channel_id": LOBBY,
            "webhooks": {"new_user_webhooks": [HOOK]},
            "redis": {"queue": "q"},
        }
    )
    keys("o" * 32)
    await happens(joined(1))
    await call_out()

    assert recorder.urls == []
    assert ("dead", "unreadable") in [(row.state, row.reason) for row in await rows(Delivery)]
    assert "new_user" in recorder.types


async def test_a_channel_that_was_never_seen_emits_nothing_at_its_first_snapshot(
    list_channels, happens, call_out, recorder, clock
):
    await list_channels({"channel_id": LOBBY, "redis": {"queue": "q"}})
    await happens(joined(1, estimated_since=clock.now()), joined(2, estimated_since=clock.now()))
    await call_out()
    assert recorder.carried == []
    await happens(left(1), left(2))
    await call_out()

    assert recorder.types == ["user_left", "user_left", "users_left"]


@pytest.mark.parametrize(
    ("away", "told"), [(HOUR, ["new_user", "users_connected"]), (HOUR + SECOND, [])]
)
async def test_what_happened_unseen_is_told_for_an_hour(
    lobby, happens, call_out, recorder, clock, away, told
):
    clock.advance(away)
    await happens(joined(1, estimated_since=clock.now() - away))
    await call_out()

    assert recorder.types == told


async def test_a_swap_within_one_snapshot_leaves_the_channel_occupied_although_batches_cut_it(
    lobby, happens, call_out, recorder, clock, monkeypatch
):
    await happens(joined(1))
    await call_out()
    recorder.carried.clear()
    monkeypatch.setattr(relays, "BATCH", 1)
    clock.advance(MINUTE)
    since = clock.now()
    await happens(left(1, estimated_since=since), joined(5, 11), joined(2, estimated_since=since))
    await happens(left(2))
    await call_out()

    assert recorder.types == ["new_user", "user_left", "user_left", "users_left"]


async def test_who_wants_nothing_kept_is_called_out_to_nobody(
    lobby, happens, call_out, recorder, rows
):
    await happens(joined(1, fleeting=True))
    await call_out()
    [row] = await rows()

    assert (recorder.carried, row.users) == ([], [])


async def test_channels_that_are_not_listed_cost_nothing_and_are_told_to_nobody(
    lobby, happens, call_out, recorder, rows
):
    await happens(joined(1, 11), left(1, 11))
    await call_out()

    assert recorder.carried == []
    assert await rows(Delivery) == []


async def test_a_kill_before_the_commit_loses_and_doubles_nothing(
    lobby, happens, call_out, recorder, sessions, clock, rows
):
    await happens(joined(1))

    async def die(*_):
        raise SystemExit

    killed = [*feature.gatherers, type(feature.gatherers[0])(name="x.die", handler=die)]
    relay = Relay(sessions, (), clock=clock, gatherers=killed)
    with pytest.raises(SystemExit):
        await relay.drain()
    assert await rows(Delivery) == []
    await call_out()
    await call_out()

    assert recorder.types == ["new_user", "users_connected"]


async def test_an_event_that_is_handed_on_again_changes_nothing(
    lobby, happens, call_out, recorder, sessions
):
    await happens(joined(1))
    await call_out()
    async with sessions.begin() as session:
        for row in await session.scalars(select(Outbox)):
            row.relayed_at = None
    await call_out()

    assert recorder.types == ["new_user", "users_connected"]


async def test_one_who_is_forgotten_is_in_no_delivery_that_names_them(
    list_channels, happens, call_out, rows
):
    await list_channels({"channel_id": LOBBY, "webhooks": EVERY, "redis": {"queue": "q"}})
    await happens(joined(7))
    await call_out()
    named = [row for row in await rows(Delivery) if "u7" in json.dumps(row.data)]

    assert named
    assert all(7 in row.data.values() for row in named)


async def test_who_is_in_a_channel_is_told_that_this_is_kept_until_they_leave(
    lobby, happens, call_out, sessions
):
    await happens(joined(7), joined(8))
    await call_out()
    async with sessions() as session:
        assert await privacy.export(session, UserId(7)) == {
            "monitored": [{"channel_id": "10", "username": "u7"}]
        }
    await happens(left(7))
    await call_out()
    async with sessions() as session:
        assert await privacy.export(session, UserId(7)) == {"monitored": []}


class Mortal:
    """Sessions of a program that is killed at its transactions: before the commit, after it, and then not."""

    def __init__(self, sessions):
        self.sessions, self.kw = sessions, sessions.kw
        self.kills = 0

    @asynccontextmanager
    async def begin(self):
        self.kills += 1
        async with self.sessions.begin() as session:
            yield session
            if self.kills % 3 == 1:
                raise SystemExit
        if self.kills % 3 == 2:
            raise SystemExit


@pytest.mark.parametrize("batch", [1, 2, 500])
async def test_killed_at_every_commit_it_calls_out_each_change_once_and_in_order(
    lobby, happens, call_out, recorder, sessions, clock, monkeypatch, batch
):
    monkeypatch.setattr(relays, "BATCH", batch)
    await happens(joined(1))
    await happens(joined(2), left(1))
    clock.advance(MINUTE)
    since = {"estimated_since": clock.now()}
    await happens(left(2, **since), joined(3, **since), joined(4, **since))
    await happens(left(3), left(4), joined(1))
    mortal, drained = Mortal(sessions), False
    while not drained:
        relay = Relay(cast(Any, mortal), (), clock=clock, gatherers=feature.gatherers)
        try:
            await relay.drain()
            drained = True
        except SystemExit:
            continue
    await call_out()

    assert mortal.kills >= 2
    assert recorder.types == [
        *("new_user", "users_connected", "new_user", "user_left"),
        *("new_user", "new_user", "user_left"),
        *("user_left", "user_left", "users_left", "new_user", "users_connected"),
    ]
