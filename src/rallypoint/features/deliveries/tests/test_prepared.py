"""Deliveries that bring their own address or body: for what the program itself sends to the operator's destinations."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from rallypoint.features.deliveries.rules import destinations, facts
from rallypoint.features.deliveries.rules.destinations import Kind, Terms
from rallypoint.features.deliveries.rules.facts import Fact, Prepared
from rallypoint.features.deliveries.rules.retries import Health, Trial, judge
from rallypoint.features.deliveries.rules.shipments import Target, shipment
from rallypoint.kernel.addresses import Bounds
from rallypoint.kernel.errors import Refused
from rallypoint.kernel.ids import GuildId
from rallypoint.kernel.outlets import HttpRequest, Receipt, RedisPush, Verdict

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
GET = {"url": "https://h.example/", "patience": "dbot", "prepared": True}
LIST = {"key": "a bare list", "prepared": True}
TERMS = Terms(facts.HEAD, Bounds())


def sent(kind, config, data):
    return shipment(Target(1, None, kind, config), Fact("id", "kind", "x:1", NOON, data), NOON)


def test_each_brings_its_own_and_its_values_are_encoded_as_ever():
    called = {
        "url": "https://h.example/{{ a }}?b={{ usernames_safe }}",
        "values": {"a": "x/y", "usernames_safe": "p%2C+q"},
    }
    pushed = Prepared(body='{"z":1,"a":2}')

    assert sent(Kind.WEBHOOK_GET, GET, called) == HttpRequest(
        "GET", "https://h.example/x%2Fy?b=p%2C+q"
    )
    assert sent(Kind.REDIS_LIST, LIST, pushed.data()) == RedisPush("a bare list", b'{"z":1,"a":2}')


@pytest.mark.parametrize(("kind", "config"), [(Kind.WEBHOOK_GET, GET), (Kind.REDIS_LIST, LIST)])
def test_what_was_not_prepared_is_refused(kind, config):
    with pytest.raises(Refused, match="not_prepared"):
        sent(kind, config, {"user_id": 1, "url": 5})


@pytest.mark.parametrize(("kind", "config"), [(Kind.WEBHOOK_GET, GET), (Kind.REDIS_LIST, LIST)])
def test_guests_have_none_and_no_bare_names(kind, config):
    kept = destinations.checked(kind, config, guild_id=None, terms=TERMS)

    assert kept == config
    with pytest.raises(Refused, match="destination_config_invalid"):
        destinations.checked(kind, config, guild_id=GuildId(1), terms=TERMS)
    with pytest.raises(Refused, match="destination_config_invalid"):
        destinations.checked(
            Kind.REDIS_LIST, {"key": "a bare list"}, guild_id=GuildId(1), terms=TERMS
        )


def test_one_address_of_many_that_is_gone_ends_nothing():
    trial = Trial(1, Receipt(Verdict.GONE, status=410), NOON, 0.5)
    many = destinations.patience(Kind.WEBHOOK_GET, GET)
    one = destinations.patience(Kind.WEBHOOK_GET, {"url": "https://h.example/", "patience": "dbot"})

    assert judge(trial, Health(), many).disabled is None
    assert judge(trial, Health(), one).disabled == "gone"
