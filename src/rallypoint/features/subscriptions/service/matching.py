"""Each event goes to the destinations of those who want it. In the transaction that hands the event on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Text, cast, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.features.conditions import api as conditions
from rallypoint.features.conditions.api import Evaluation, Heard, Listener
from rallypoint.features.deliveries import api as deliveries
from rallypoint.features.deliveries.api import Bound, Fact
from rallypoint.features.subscriptions.model import Subscription
from rallypoint.features.subscriptions.rules import matching
from rallypoint.kernel.events import Outbox, Recorded

from . import judging

GATHER = "subscriptions.gather"
_GUILDS = select(cast(Subscription.guild_id, Text)).where(Subscription.active)
_OF_ALL = _GUILDS.where(Subscription.guild_id.is_(None)).exists()
IS_HEARD = Outbox.data["guild_id"].as_string().in_(_GUILDS) | _OF_ALL
"""Somebody hears of that guild, or of all."""


async def gather(session: AsyncSession, recorded: Sequence[Recorded], now: datetime) -> None:
    """What is fleeting names somebody who wants nothing kept about them: it is sent to nobody."""
    guilds = {deliveries.guild_of(each.data) for each in recorded}
    subscriptions = await _of_guilds(session, guilds)
    if not subscriptions:
        return
    gathering = await _begin(session, recorded, subscriptions)
    bound = _bound(recorded, subscriptions, gathering)
    await judging.end(session, gathering.evaluation, now)
    if bound:
        await deliveries.enqueue(session, bound, now=now)


Subscriptions = dict[int | None, list[Subscription]]


async def _of_guilds(session: AsyncSession, guilds: set[int | None]) -> Subscriptions:
    """By guild; under None those of the operator."""
    if not guilds:
        return {}
    here = or_(Subscription.guild_id.in_(guilds - {None}), Subscription.guild_id.is_(None))
    rows = select(Subscription).where(here, Subscription.active).order_by(Subscription.id)
    found: defaultdict[int | None, list[Subscription]] = defaultdict(list)
    for row in await session.scalars(rows):
        found[row.guild_id].append(row)
    return found


@dataclass(frozen=True, slots=True)
class _Gathering:
    listeners: Mapping[int, Listener]
    """Of the subscriptions with conditions those that can be judged."""
    evaluation: Evaluation


async def _begin(
    session: AsyncSession, recorded: Sequence[Recorded], subscriptions: Subscriptions
) -> _Gathering:
    choosy = [row.id for rows in subscriptions.values() for row in rows if row.conditions]
    listeners: dict[int, Listener] = {}
    heard: list[tuple[Listener, Heard]] = []
    for row in await judging.locked(session, choosy) if choosy else ():
        if (each := judging.listener(row)) is not None:
            listeners[row.id] = each
            heard += [(each, _heard(one)) for one in recorded if _is_of(row, one)]
    return _Gathering(listeners, await conditions.begin(session, heard))


def _bound(
    recorded: Sequence[Recorded], subscriptions: Subscriptions, gathering: _Gathering
) -> list[Bound]:
    """Once for each destination, however many subscriptions lead there."""
    bound: dict[tuple[int, str], Bound] = {}
    for one in recorded:
        guild_id = deliveries.guild_of(one.data)
        own = subscriptions.get(guild_id, []) if guild_id is not None else []
        for row in (*own, *subscriptions.get(None, [])):
            for fact in _to_send(row, one, gathering):
                bound.setdefault((row.destination_id, fact.id), Bound(row.destination_id, fact))
    return list(bound.values())


def _to_send(row: Subscription, one: Recorded, gathering: _Gathering) -> list[Fact]:
    if row.conditions:
        each = gathering.listeners.get(row.id)
        return [] if each is None else judging.sent(gathering.evaluation.hear(each, _heard(one)))
    fits = matching.fits(row.kinds, one.kind) and matching.is_about(row.subjects, one.subject)
    return [_fact(one)] if fits and not one.fleeting else []


def _is_of(row: Subscription, one: Recorded) -> bool:
    return row.guild_id is None or row.guild_id == deliveries.guild_of(one.data)


def _heard(one: Recorded) -> Heard:
    return Heard(one.id, one.kind, one.subject, one.at, one.data, one.fleeting)


def _fact(recorded: Recorded) -> Fact:
    return Fact(recorded.id, recorded.kind, recorded.subject, recorded.at, recorded.data)
