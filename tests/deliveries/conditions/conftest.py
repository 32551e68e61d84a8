"""Fixtures of subscriptions with conditions."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select

from rallypoint.features.conditions.model import ConditionState
from rallypoint.features.deliveries.model import Delivery
from rallypoint.features.deliveries.rules.destinations import Kind
from rallypoint.features.deliveries.service import managing as destinations
from rallypoint.features.subscriptions.feature import feature
from rallypoint.features.subscriptions.model import Subscription
from rallypoint.features.subscriptions.service import managing as subscriptions
from rallypoint.kernel.errors import Unavailable
from rallypoint.kernel.ids import RoleId
from rallypoint.kernel.jobs import Timer
from rallypoint.kernel.people import Asker, Permission
from rallypoint.kernel.ports import Standing
from tests.deliveries.conftest import ALICE


class Roles:
    """A Discord that knows who has which roles, and may be away."""

    connected = True

    def __init__(self) -> None:
        self.of: dict[int, set[int]] = {}
        self.away = False
        self.silent_about: int | None = None

    async def standing(self, guild_id: int, user_id: int) -> Standing | None:
        if self.away or user_id == self.silent_about:
            raise Unavailable("away")
        roles = self.of.get(user_id)
        if roles is None:
            return None
        return Standing("x", Permission.NONE, frozenset(map(RoleId, roles)), False)


@pytest.fixture
def roles():
    return Roles()


@pytest.fixture
def add(use, clock, terms):
    """`await add({"most_per_hour": 1})`: a subscription, to a destination of its own; its id."""
    names = iter("abcdefgh")

    async def add(
        conditions: Any,
        kinds: Any = ("presence.joined",),
        by: Asker = ALICE,
        subjects: Any = None,
    ) -> Any:
        now, wanted = clock.now(), {"url": "https://hooks.example.com/in"}
        to = destinations.Wanted(next(names), Kind.WEBHOOK_POST, wanted)
        made = await use(destinations.add, to, terms=terms, by=by, now=now)
        asked = subscriptions.Wanted(made.destination.id, kinds, subjects, conditions)
        row = await use(subscriptions.add, asked, known=["presence.joined"], by=by, now=now)
        return row.id

    return add


@pytest.fixture
def goes_on(drain, roles):
    """Hand on, and run what is due; nothing is sent."""

    async def run() -> None:
        await drain(feature.jobs, (), feature.gatherers, discord=roles)

    return run


@pytest.fixture
def destination_of(sessions):
    async def read(subscription_id: int) -> Any:
        async with sessions() as session:
            row = await session.get_one(Subscription, subscription_id)
            return row.destination_id

    return read


@pytest.fixture
def count_rows(sessions):
    """Of all that trying could write."""

    async def count() -> list[int]:
        async with sessions() as session:
            tables = (ConditionState, Timer, Delivery)
            return [
                await session.scalar(select(func.count()).select_from(each)) or 0 for each in tables
            ]

    return count
