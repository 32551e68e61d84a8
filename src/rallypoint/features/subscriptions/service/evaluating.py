"""Whether the conditions of subscriptions are met: in the transaction that hands events on, and later, when what they
made us wait for is over."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import orjson
import structlog
from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.features.deliveries import api as deliveries
from rallypoint.features.deliveries.api import Bound, Fact
from rallypoint.features.presence import api as presence
from rallypoint.features.subscriptions.model import Subscription
from rallypoint.features.subscriptions.rules import matching
from rallypoint.features.subscriptions.rules.conditions import kept, steps
from rallypoint.features.subscriptions.rules.conditions.asked import Conditions
from rallypoint.features.subscriptions.rules.conditions.heard import Heard, guild_of, member_of
from rallypoint.features.subscriptions.rules.conditions.steps import Outcome, Ruling, State
from rallypoint.kernel import jobs
from rallypoint.kernel.events import Outbox
from rallypoint.kernel.ids import ChannelId, GuildId, UserId
from rallypoint.kernel.jobs import Work

from . import states
from .states import Place, States

CHECK_ROLES = "subscriptions.check_roles"
SOON = timedelta(seconds=1)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Listener:
    """A subscription with conditions, as far as it matters here."""

    id: int
    destination_id: int
    kinds: Sequence[str]
    subjects: Sequence[str] | None
    conditions: Conditions

    def wants(self, event: Heard) -> bool:
        return matching.fits(self.kinds, event.kind) and self.is_here(event)

    def is_here(self, event: Heard) -> bool:
        return event.subject != states.WHOLE and matching.is_about(self.subjects, event.subject)

    def is_concerned(self, event: Heard) -> bool:
        wanted, here = self.wants(event), self.is_here(event)
        return steps.concerns(self.conditions, event, wanted=wanted, here=here)

    def step(self, state: State, event: Heard) -> steps.Step:
        wanted, here = self.wants(event), self.is_here(event)
        return steps.step(self.conditions, state, event, wanted=wanted, here=here)


def listener(row: Subscription) -> Listener | None:
    """None: this version cannot read its conditions, and cannot say when to send."""
    conditions = _read(orjson.dumps(row.conditions))
    if conditions is None:
        log.warning("the conditions of a subscription cannot be read", subscription=row.id)
        return None
    return Listener(row.id, row.destination_id, row.kinds, row.subjects, conditions)


@lru_cache(maxsize=1024)
def _read(text: bytes) -> Conditions | None:
    try:
        return Conditions.model_validate(orjson.loads(text))
    except ValidationError:
        return None


class Evaluation:
    """Of some events, for those who have conditions; each hears of each in order, and remembers it at the end."""

    def __init__(self, states: States) -> None:
        self._states = states
        self._asked: list[tuple[int, Ruling]] = []

    def hear(self, each: Listener, event: Heard) -> list[Heard]:
        """What is to be sent now."""
        if not each.is_concerned(event):
            return []
        place = each.id, event.subject
        done = each.step(self._states.get(place), event)
        self._states.put(place, done.state)
        return self._sort(each, done.rulings)

    def ripen(self, each: Listener, subject: str, now: datetime) -> list[Heard]:
        place = each.id, subject
        done = steps.tick(each.conditions, self._states.get(place), now)
        self._states.put(place, done.state)
        return self._sort(each, done.rulings)

    def admit(self, each: Listener, event: Heard, at: datetime) -> list[Heard]:
        place = each.id, event.subject
        done = steps.admit(each.conditions, self._states.get(place), event, at)
        self._states.put(place, done.state)
        return self._sort(each, done.rulings)

    def _sort(self, each: Listener, rulings: Iterable[Ruling]) -> list[Heard]:
        rulings = list(rulings)
        self._asked += [(each.id, one) for one in rulings if one.outcome is Outcome.ASKED]
        return [one.event for one in rulings if one.outcome is Outcome.SENT]

    async def end(self, session: AsyncSession, now: datetime, *, ripe: Place | None = None) -> None:
        await self._states.save(session, now, ripe=ripe)
        for subscription_id, ruling in self._asked:
            await _ask_for_roles(session, subscription_id, ruling, now)


async def begin(
    session: AsyncSession, listeners: Sequence[Listener], events: Sequence[Heard]
) -> Evaluation:
    """Those whose past matters are locked, with what they remember."""
    concerned = [
        (each, event)
        for each in listeners
        if each.conditions.remembers
        for event in events
        if each.is_concerned(event)
    ]
    if not concerned:
        return Evaluation(States())
    await states.locked(session, {each.id for each, _ in concerned})
    known = await states.load(session, {(each.id, event.subject) for each, event in concerned})
    for each, event in concerned:
        await seed(session, known, each, event)
    return Evaluation(known)


async def seed(session: AsyncSession, known: States, each: Listener, event: Heard) -> None:
    """Who was in the channel before the first that is heard of it."""
    guild_id, channel_id = guild_of(event), event.data.get("channel_id")
    if not each.conditions.gathering or known.knows((each.id, event.subject)):
        return
    if guild_id is None or not isinstance(channel_id, int) or not each.is_here(event):
        return
    were = await presence.were_in(
        session, GuildId(guild_id), ChannelId(channel_id), at=event.at
    )
    counted = each.conditions.counted
    those = [
        one.user_id for one in were if counted == "everybody" or one.bot is (counted == "bots")
    ]
    known.seed((each.id, event.subject), those)


async def ripen(session: AsyncSession, subscription_id: int, subject: str, now: datetime) -> None:
    """Send what was held until now, if nothing has come between."""
    each = await _active(session, subscription_id)
    if each is None:
        return
    place = subscription_id, subject
    known = await states.load(session, [place])
    held = known.get(place).room.held
    if held is None:
        return
    if held.due > now or await _has_waiting(session, subject, held.due):
        due = max(held.due, now + SOON)
        args = {"subscription_id": subscription_id, "subject": subject}
        await jobs.schedule(session, states.RIPEN, due=due, key=states.key(place), **args)
        return
    evaluation = Evaluation(known)
    ready = evaluation.ripen(each, subject, now)
    await evaluation.end(session, now, ripe=place)
    await _enqueue(session, each, ready, now)


async def check_roles(work: Work) -> None:
    """The member's roles as they are now: events do not tell of them, and nobody is asked in the transaction of the
    relay. Who is no member any more has none."""
    subscription_id, event = work.args["subscription_id"], kept.read_event(work.args["event"])
    async with work.sessions() as session:
        each = await _active(session, subscription_id)
    member_id, guild_id = member_of(event), guild_of(event)
    if each is None or each.conditions.roles is None or member_id is None or guild_id is None:
        return
    standing = await work.discord.standing(GuildId(guild_id), UserId(member_id))
    wanted = {int(role) for role in each.conditions.roles}
    if standing is None or wanted.isdisjoint(standing.roles):
        return
    at = datetime.fromisoformat(work.args["at"])
    async with work.sessions.begin() as session:
        await _admit(session, subscription_id, event, at, work.clock.now())


async def _admit(
    session: AsyncSession, subscription_id: int, event: Heard, at: datetime, now: datetime
) -> None:
    each = await _active(session, subscription_id)
    if each is None:
        return
    evaluation = Evaluation(await states.load(session, [(each.id, event.subject)]))
    ready = evaluation.admit(each, event, at)
    await evaluation.end(session, now)
    await _enqueue(session, each, ready, now)


async def _active(session: AsyncSession, subscription_id: int) -> Listener | None:
    """Locked."""
    await states.locked(session, [subscription_id])
    row = await session.get(Subscription, subscription_id)
    return listener(row) if row is not None and row.active else None


async def _has_waiting(session: AsyncSession, subject: str, before: datetime) -> bool:
    """Whether something about it happened by then that has not been handed on: perhaps somebody left."""
    theirs = (Outbox.relayed_at.is_(None), Outbox.subject == subject, Outbox.at < before)
    return await session.scalar(select(Outbox.position).where(*theirs).limit(1)) is not None


async def _enqueue(
    session: AsyncSession, each: Listener, ready: Sequence[Heard], now: datetime
) -> None:
    bound = [Bound(each.destination_id, fact(event)) for event in ready]
    if bound:
        await deliveries.enqueue(session, bound, now=now)


async def _ask_for_roles(
    session: AsyncSession, subscription_id: int, ruling: Ruling, now: datetime
) -> None:
    event = ruling.event
    args: dict[str, Any] = {
        "subscription_id": subscription_id,
        "event": kept.event(event),
        "at": ruling.at.isoformat(),
    }
    key = f"{CHECK_ROLES}:{subscription_id}:{event.id}"
    lane = f"{CHECK_ROLES}:{subscription_id}:{event.subject}"
    await jobs.schedule(session, CHECK_ROLES, due=now, key=key, lane=lane, **args)


def fact(event: Heard) -> Fact:
    return Fact(event.id, event.kind, event.subject, event.at, event.data)
