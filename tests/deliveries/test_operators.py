"""What only who runs the program sends, and what is said when something ends."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast

import pytest
from pydantic import SecretStr

from rallypoint.app import catalogue
from rallypoint.features.deliveries import feature as deliveries_feature
from rallypoint.features.deliveries.rules.destinations import Kind
from rallypoint.features.deliveries.service import managing
from rallypoint.features.subscriptions.feature import feature as subscriptions_feature
from rallypoint.features.subscriptions.service import bus
from rallypoint.features.subscriptions.service import managing as subscriptions
from rallypoint.kernel.errors import Refused
from rallypoint.kernel.feature import Parts
from rallypoint.kernel.outlets import AmqpPublish, Receipt, RedisAdd, RedisPush, Verdict
from rallypoint.kernel.people import Operator
from rallypoint.kernel.settings import FixedSettings

from .conftest import ALICE, GUILD

OPERATOR = Operator()


class Basket:
    """Takes whatever is to be carried."""

    def __init__(self) -> None:
        self.parcels: list[Any] = []
        self.receipt = Receipt(Verdict.DELIVERED)

    async def carry(self, parcel):
        self.parcels.append(parcel)
        return self.receipt


@pytest.fixture
def basket():
    return Basket()


@pytest.fixture
def carried(drain, basket):
    async def run(**more):
        feature = deliveries_feature.feature
        await drain(
            feature.jobs,
            feature.subscribers,
            subscriptions_feature.gatherers,
            carrier=basket,
            **more,
        )
        return basket.parcels

    return run


@pytest.fixture
def starts(sessions, clock):
    """`await starts(amqp="amqp://…")`: what is done at a start, with that set."""

    async def start(amqp=None):
        more: dict[str, Any] = {} if amqp is None else {"amqp_url": SecretStr(amqp)}
        settings = FixedSettings(**more)
        events = catalogue.events()
        await bus.ensure(Parts(sessions, clock, cast(Any, None), events=events, settings=settings))

    return start


async def test_every_event_of_every_guild_goes_to_the_bus_while_there_is_one(
    starts, joins, carried
):
    await joins()
    await starts()
    assert await carried() == []
    for _ in range(2):
        await starts("amqp://localhost/")
    await joins(guild=1)
    await joins(guild=2)
    parcels = await carried()

    assert [(each.routing_key, len(each.message_id)) for each in parcels] == [
        ("presence.joined", 26)
    ] * 2
    assert isinstance(parcels[0], AmqpPublish)
    await starts()
    await joins()
    assert len(await carried()) == 2
    await starts("amqp://localhost/")
    await joins()
    assert len(await carried()) == 3


async def add(use, terms, clock, kind, key, *, by=ALICE):
    wanted = managing.Wanted(f"{kind} {key}", kind, {"key": key, "most": 7})
    made = await use(managing.add, wanted, terms=terms, by=by, now=clock.now())
    asked = subscriptions.Wanted(made.destination.id, ["presence.*"])
    known = list(catalogue.events())
    await use(subscriptions.add, asked, known=known, by=by, now=clock.now())


async def test_a_guilds_redis_keys_are_below_its_own_and_the_operators_are_as_they_are(
    use, terms, clock, joins, carried
):
    await add(use, terms, clock, Kind.REDIS_LIST, "joins")
    await add(use, terms, clock, Kind.REDIS_STREAM, f"events:{GUILD}:all")
    await add(use, terms, clock, Kind.REDIS_LIST, "bare", by=OPERATOR)
    await joins()
    parcels = sorted(await carried(), key=lambda each: each.key)

    assert [(type(each), each.key, each.most) for each in parcels] == [
        (RedisPush, "bare", 7),
        (RedisAdd, f"events:{GUILD}:all", 7),
        (RedisPush, f"events:{GUILD}:joins", 7),
    ]
    assert parcels[1].fields["body"] == parcels[0].body


@pytest.mark.parametrize("key", ["a b", "a\nb", "", "*", "a" * 201, "é"])
async def test_keys_that_could_be_misread_are_refused(use, terms, clock, key):
    with pytest.raises(Refused):
        await add(use, terms, clock, Kind.REDIS_LIST, key)


async def test_a_guild_sends_nothing_to_the_bus(use, terms, clock):
    wanted = managing.Wanted("bus", Kind.AMQP, {})
    with pytest.raises(Refused) as refused:
        await use(managing.add, wanted, terms=terms, by=ALICE, now=clock.now())

    assert refused.value.code == "destination_for_operator"


async def test_what_can_never_arrive_is_dead_with_its_reason_and_frees_its_subject(
    use, terms, clock, joins, carried, basket, rows
):
    await add(use, terms, clock, Kind.REDIS_LIST, "joins")
    basket.receipt = Receipt(Verdict.NEVER, reason="wrong_type")
    await joins()
    await joins()
    await carried()

    assert [(row.state, row.reason) for row in await rows()] == [("dead", "wrong_type")] * 2


class Ear:
    """A Discord that hears what is said, and to whom."""

    connected = True

    def __init__(self):
        self.said = []

    async def say(self, channel_id, card, *, key):
        self.said.append((channel_id, card.title or card.lines[0], key))

    async def tell(self, user_id, card, *, key):
        self.said.append((user_id, card.title or card.lines[0], key))


@pytest.mark.parametrize("channel", [None, 77])
async def test_who_looks_after_it_is_told_that_it_is_disabled(
    use, terms, clock, joins, carried, basket, set_setting, audit_log, channel
):
    if channel is not None:
        await set_setting("deliveries.log_channel", str(channel), GUILD)
    await add(use, terms, clock, Kind.REDIS_LIST, "joins")
    basket.receipt = Receipt(Verdict.LATER, reason="unreachable")
    ear = Ear()
    for _ in range(7):
        await joins()
        await carried(discord=ear)
        clock.advance(timedelta(days=1))
    [(to, words, _)] = ear.said
    [entry, *_] = await audit_log(GUILD)

    assert to == (channel or ALICE.user_id)
    assert "It has failed for five days" in words
    assert (entry.action, entry.after) == (
        "deliveries.destination_disabled",
        {"reason": "failing"},
    )
