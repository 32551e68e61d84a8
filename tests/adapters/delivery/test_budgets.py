"""One address gets no more than so much a second, whoever wants it sent."""

from __future__ import annotations

from datetime import timedelta
from ipaddress import ip_address

import pytest

from rallypoint.adapters.delivery import budgets
from rallypoint.adapters.delivery.budgets import Budgets, Spent
from rallypoint.kernel.ids import GuildId
from rallypoint.kernel.outlets import HttpRequest, Verdict

from .receivers import Told

VICTIM, OTHER = ip_address("192.0.2.1"), ip_address("192.0.2.2")


class Time:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def some(time: Time) -> Budgets:
    return Budgets(time, a_second=2, at_once=3)


def spend(some: Budgets, place=VICTIM) -> int:
    """How many it gets before it is enough."""
    for count in range(100):
        try:
            some.take(place)
        except Spent:
            return count
    raise AssertionError("it is never enough")


def test_so_many_at_once_and_then_so_many_a_second(some, time):
    assert spend(some) == 3
    time.now = 0.49
    assert spend(some) == 0
    time.now = 1.0
    assert spend(some) == 2
    time.now = 1000.0
    assert spend(some) == 3


def test_it_is_said_how_long_to_wait(some, time):
    spend(some)
    with pytest.raises(Spent) as spent:
        some.take(VICTIM)

    assert spent.value.wait == timedelta(seconds=0.5)


def test_nobody_else_has_less_for_it(some):
    spend(some)

    assert spend(some, OTHER) == 3


def test_what_is_full_again_is_forgotten(some, time, monkeypatch):
    monkeypatch.setattr(budgets, "MOST_KEPT", 10)
    for n in range(10):
        some.take(ip_address(n))
    time.now = 60.0
    some.take(VICTIM)

    assert len(some._left) == 1


async def test_many_guests_with_many_names_flood_nobody(http, connected, monkeypatch):
    """By names that all lead to one address; where nothing listens, since that is not the point."""
    monkeypatch.setattr(budgets, "AT_ONCE", 0.0)
    names = Told(**{f"n{n}_example": ["192.0.2.1"] for n in range(3)})
    monkeypatch.setattr("rallypoint.kernel.addresses.is_public", lambda _: True)
    carrier = http(names=names)
    receipts = [
        await carrier.carry(HttpRequest("GET", f"http://n{n}.example/", tenant=GuildId(n)))
        for n in range(3)
    ]

    assert {(each.verdict, each.reason) for each in receipts} == {(Verdict.LATER, "enough_for_now")}
    assert all(each.retry_in for each in receipts)
    assert connected == []
