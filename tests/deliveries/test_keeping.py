"""What is kept of what was sent: to look at, to send again, and until it is forgotten."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from rallypoint.app import catalogue
from rallypoint.features.deliveries.model import (
    DeliveryAttempt,
    DeliverySettings,
    DeliveryState,
)
from rallypoint.features.deliveries.rules.destinations import Kind
from rallypoint.features.deliveries.service import managing, upkeep
from rallypoint.features.destinations.rules import samples
from rallypoint.features.destinations.service import fitting, log, privacy, replaying
from rallypoint.features.destinations.service.replaying import Which
from rallypoint.features.guilds import api as guilds
from rallypoint.features.presence.events import Activated, Joined
from rallypoint.features.subscriptions.feature import feature
from rallypoint.features.subscriptions.service import managing as subscriptions
from rallypoint.kernel import events
from rallypoint.kernel.errors import Conflict, Forbidden, NotFound, Refused
from rallypoint.kernel.events.outbox import adapter
from rallypoint.kernel.ids import ChannelId, GuildId, UserId
from rallypoint.kernel.jobs import Timer
from rallypoint.kernel.people import Actor, Permission

from .conftest import ALICE, GUILD

CHARLIE = Actor(UserId(3), GUILD, "charlie")
MALLORY = Actor(UserId(4), GuildId(9), "mallory", Permission.MANAGE_GUILD)
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)


async def test_each_attempt_is_in_the_log_with_what_came_back(
    subscribed, joins, deliver, receiver, clock, use
):
    made = await subscribed()
    receiver.answers = [500]
    await joins()
    await deliver()
    clock.advance(7 * SECOND)
    await deliver()
    [row] = await use(log.deliveries, made.destination.id, log.Filter(), most=9, by=ALICE)
    [last, first] = (await use(log.attempts, [row]))[row.id]

    assert (first.status, first.verdict, first.answer) == (500, "later", "so it is")
    assert first.next_try_at is not None
    assert (last.status, last.verdict, last.next_try_at) == (200, "delivered", None)
    wanted = log.Filter(DeliveryState.DEAD)
    assert await use(log.deliveries, made.destination.id, wanted, most=9, by=ALICE) == []


async def test_curl_shows_no_secret(subscribed, joins, deliver, use, rows, clock):
    made = await subscribed()
    await joins()
    await deliver()
    [row] = await rows()
    line = await use(log.as_curl, made.destination.id, row.id, by=ALICE, now=clock.now())

    assert line.startswith("curl --request POST")
    assert f"webhook-id: {row.event_id}" in line
    assert "v1,…" in line
    assert made.secret not in line


@pytest.mark.parametrize("a_second", [10, 50])
async def test_replays_have_the_id_they_had_come_after_what_is_new_so_many_a_second(
    subscribed, joins, deliver, receiver, use, clock, a_second
):
    made = await subscribed()
    await limit(use, clock.now(), replays_a_second=a_second)
    for user in range(1, 13):
        await joins(user=user)
    await deliver()
    first = receiver.ids
    count = await use(replaying.replay, made.destination.id, Which(), by=ALICE, now=clock.now())
    receiver.got.clear()
    await joins(user=99)
    await deliver()
    at_once = receiver.ids
    for _ in range(11):
        clock.advance(SECOND / a_second)
        await deliver()

    assert count == 12
    assert len(at_once) == 2
    assert at_once[1] == first[0]
    assert receiver.ids[1:] == first


async def test_the_dead_are_replayed_alone_and_those_of_a_time(
    subscribed, joins, deliver, receiver, use, clock, rows
):
    made = await subscribed()
    receiver.answers = [410]
    await joins(user=1)
    await deliver()
    with pytest.raises(Refused):
        await use(replaying.replay, made.destination.id, Which(), by=ALICE, now=clock.now())
    await use(managing.resume, made.destination.id, by=ALICE, now=clock.now())
    noon = clock.now()
    clock.advance(SECOND)
    await joins(user=2)
    await deliver()
    receiver.got.clear()
    replay = replaying.replay
    assert (
        await use(replay, made.destination.id, Which(failed=True), by=ALICE, now=clock.now()) == 1
    )
    await deliver()
    since = Which(since=noon + SECOND)
    assert await use(replay, made.destination.id, since, by=ALICE, now=clock.now()) == 1
    await deliver()

    assert [got.json["data"]["user_id"] for got in receiver.got] == ["1", "2"]
    assert {row.state for row in await rows()} == {"delivered"}


async def test_what_comes_while_it_is_paused_is_sent_when_it_is_resumed(
    subscribed, joins, deliver, receiver, use, clock
):
    made = await subscribed()
    await use(managing.pause, made.destination.id, by=ALICE, now=clock.now())
    await joins()
    await deliver()
    assert receiver.got == []
    await use(managing.resume, made.destination.id, by=ALICE, now=clock.now())
    await deliver()

    assert len(receiver.got) == 1


async def test_a_new_secret_signs_beside_the_old_one_for_a_day(
    subscribed, joins, deliver, receiver, use, clock
):
    made = await subscribed()
    again = await use(managing.rotate, made.destination.id, by=ALICE, now=clock.now())
    counts = []
    for wait in (0 * DAY, DAY - SECOND, SECOND):
        clock.advance(wait)
        await joins()
        await deliver()
        counts.append(len(receiver.got[-1].headers["webhook-signature"].split()))

    assert again.secret != made.secret
    assert counts == [2, 2, 1]


async def test_others_see_and_change_nothing(subscribed, use, clock):
    made = await subscribed()
    now = clock.now()
    for case in (managing.pause, managing.resume, managing.rotate):
        with pytest.raises(NotFound):
            await use(case, made.destination.id, by=MALLORY, now=now)
        with pytest.raises(Forbidden):
            await use(case, made.destination.id, by=CHARLIE, now=now)
    with pytest.raises(NotFound):
        await use(log.deliveries, made.destination.id, log.Filter(), most=9, by=MALLORY)
    assert await use(managing.listing, by=MALLORY) == []


async def test_each_change_is_in_the_audit_log_without_secrets(
    subscribed, use, clock, audit_log, receiver
):
    made = await subscribed(url=f"{receiver.url}/in?token=hush")
    now, number = clock.now(), made.destination.id
    for case in (managing.pause, managing.resume, managing.rotate):
        await use(case, number, by=ALICE, now=now)
    await use(managing.remove, number, users=None, by=ALICE, now=now)
    entries = await audit_log(GUILD)
    told = [each.action.removeprefix("deliveries.destination_") for each in entries]
    said = str([(each.before, each.after) for each in entries])

    assert told[:4] == ["removed", "secret_rotated", "resumed", "paused"]
    assert "hush" not in said
    assert "whsec" not in said


async def test_as_many_as_is_set_and_no_more_and_names_are_taken_once(use, clock, terms, receiver):
    def wanted(number):
        return managing.Wanted(f"n{number}", Kind.WEBHOOK_POST, {"url": receiver.url})

    async def subscribe():
        asked = subscriptions.Wanted(1, ["presence.joined"])
        await use(subscriptions.add, asked, known=["presence.joined"], by=ALICE, now=now)

    now = clock.now()
    await limit(use, now, most_destinations=2, most_subscriptions=1)
    for number in range(2):
        await use(managing.add, wanted(number), terms=terms, by=ALICE, now=now)
    with pytest.raises(Refused) as many:
        await use(managing.add, wanted(2), terms=terms, by=ALICE, now=now)
    with pytest.raises(Conflict):
        await use(managing.edit, 1, terms=terms, by=ALICE, now=now, name="n1")
    await subscribe()
    with pytest.raises(Refused) as another:
        await subscribe()

    assert (many.value.code, many.value.facts["most"]) == ("too_many_destinations", 2)
    assert (another.value.code, another.value.facts["most"]) == ("too_many_subscriptions", 1)
    assert await use(subscriptions.most, by=MALLORY) == 50
    await use(managing.add, wanted(1), terms=terms, by=MALLORY, now=now)


async def limit(use, now, **settings):
    for key, value in settings.items():
        where = {"by": ALICE, "now": now, "guild_id": GUILD}
        await use(guilds.put, {"deliveries": DeliverySettings}, f"deliveries.{key}", value, **where)


async def test_it_is_forgotten_in_time_and_what_waits_too_long_is_dead_first(
    subscribed, joins, deliver, use, clock, rows, sessions
):
    made = await subscribed()
    await joins()
    await deliver()
    await use(managing.pause, made.destination.id, by=ALICE, now=clock.now())
    await joins()
    await deliver()
    clock.advance(30 * DAY)
    assert await use(upkeep.forget_old, clock.now()) == 0
    clock.advance(SECOND)
    while await use(upkeep.forget_old, clock.now()):
        pass
    [left] = await rows()
    async with sessions() as session:
        attempts = await session.scalar(select(func.count()).select_from(DeliveryAttempt))

    assert (left.state, left.reason) == ("dead", "too_old")
    assert attempts == 0


async def test_one_whose_job_has_failed_for_good_is_looked_after(
    subscribed, joins, deliver, drain, use, clock, receiver, sessions
):
    await subscribed()
    await joins()
    await drain({}, (), feature.gatherers)
    async with sessions.begin() as session:
        [timer] = (await session.scalars(select(Timer))).all()
        timer.state = "failed"
    assert await use(upkeep.look_after, clock.now()) == 1
    assert await use(upkeep.look_after, clock.now()) == 0
    await deliver()

    assert len(receiver.got) == 1


async def test_who_wants_to_be_forgotten_is_in_nothing_that_was_sent_or_waits(
    subscribed, deliver, receiver, use, clock, rows, sessions
):
    made = await subscribed()
    many = Activated(GUILD, ChannelId(10), (UserId(20), UserId(21)))
    alone = [Joined(GUILD, ChannelId(10), UserId(user), False) for user in (20, 21)]

    async def happen():
        async with sessions.begin() as session:
            await events.record(session, many, *alone, at=clock.now())

    await happen()
    await deliver()
    await use(managing.pause, made.destination.id, by=ALICE, now=clock.now())
    await happen()
    await deliver()
    told = await use(privacy.export, UserId(20))
    await use(privacy.forget, UserId(20), clock.now())
    await deliver()
    receiver.got.clear()
    await use(managing.resume, made.destination.id, by=ALICE, now=clock.now())
    await deliver()
    left = await rows()

    assert len(told["deliveries"]) == 4
    assert (await use(privacy.export, UserId(20)))["deliveries"] == []
    assert [row.data for row in left if row.reason == "forgotten"] == [{}, {}]
    assert [row.data["user_ids"] for row in left if row.kind == "presence.activated"] == [[21]] * 2
    assert [got.json["kind"] for got in receiver.got] == ["presence.activated", "presence.joined"]
    count = await use(replaying.replay, made.destination.id, Which(), by=ALICE, now=clock.now())
    assert count == 4


async def test_a_test_says_that_it_is_one(subscribed, deliver, receiver, use, clock):
    made = await subscribed()
    await use(replaying.test, made.destination.id, Joined, by=ALICE, now=clock.now())
    await deliver()
    [got] = receiver.got

    assert got.json["kind"] == "presence.joined"
    assert got.json["guild_id"] == str(GUILD)
    assert got.json["data"]["test"] is True


async def test_each_kind_of_event_can_be_made_up(clock):
    for kind, event in catalogue.events().items():
        data = samples.data(event, guild_id=GUILD, now=clock.now())

        assert adapter(event).validate_python(data), kind


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("https://discord.com/api/webhooks/1/a b", "url_character"),
        ("https://discord.com/api/webhooks/1/../../../x", "no_discord_webhook"),
        ("https://discord.com.evil.example/api/webhooks/1/x", "no_discord_webhook"),
        ("https://discord.com@evil.example/api/webhooks/1/x", "url_userinfo"),
    ],
)
async def test_a_webhook_of_discord_is_read_before_it_is_kept(use, clock, terms, url, code):
    wanted = managing.Wanted("hook", Kind.DISCORD, {"url": url, "text": "x"})
    with pytest.raises(Refused) as refused:
        await use(managing.add, wanted, terms=terms, by=ALICE, now=clock.now())
    good = {"url": "https://discord.com/api/webhooks/1/a-b_C?thread_id=5", "text": "x"}

    assert refused.value.code == code
    assert await use(
        managing.add, replace(wanted, config=good), terms=terms, by=ALICE, now=clock.now()
    )


async def test_what_a_new_version_cannot_fill_in_is_said_at_its_start(
    subscribed, use, terms, receiver
):
    await subscribed()
    made = await subscribed(Kind.WEBHOOK_GET, url=f"{receiver.url}/?who={{{{ data.user_id }}}}")
    now = replace(terms, variables=frozenset({"kind"}))
    found = [(row.id, refused.code) for row, refused in await use(fitting.unfit, now)]

    assert await use(fitting.unfit, terms) == []
    assert found == [(made.destination.id, "template_variable")]
