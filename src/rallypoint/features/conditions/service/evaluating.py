"""Whether the conditions of listeners are met."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.features.conditions.rules import steps
from rallypoint.features.conditions.rules.asked import Conditions
from rallypoint.features.conditions.rules.heard import Heard, guild_of
from rallypoint.features.conditions.rules.room import LEFT
from rallypoint.features.conditions.rules.steps import Outcome, Ruling, State
from rallypoint.features.presence import api as presence
from rallypoint.kernel.events import Outbox
from rallypoint.kernel.ids import ChannelId, GuildId

from . import states
from .states import States, Turns

MOST_OCCUPANTS = 1000


class Wants(Protocol):
    def kind(self, kind: str) -> bool: ...

    def subject(self, subject: str) -> bool: ...


@dataclass(frozen=True, slots=True)
class Listener:
    id: int
    conditions: Conditions
    wants: Wants

    def is_here(self, event: Heard) -> bool:
        return event.subject != states.WHOLE and self.wants.subject(event.subject)

    def is_concerned(self, event: Heard) -> bool:
        wanted, here = self._wants(event), self.is_here(event)
        return steps.concerns(self.conditions, event, wanted=wanted, here=here)

    def step(self, state: State, event: Heard) -> steps.Step:
        wanted, here = self._wants(event), self.is_here(event)
        return steps.step(self.conditions, state, event, wanted=wanted, here=here)

    def _wants(self, event: Heard) -> bool:
        return self.wants.kind(event.kind) and self.wants.subject(event.subject)


class Evaluation:
    """Of some events: each listener is to hear of each in order."""

    def __init__(self, states: States) -> None:
        self.states = states
        self.asked: list[tuple[int, Ruling]] = []
        """By whom, about the roles of whom."""

    def hear(self, each: Listener, event: Heard) -> list[Ruling]:
        if not each.is_concerned(event):
            return []
        before = self.ripen(each, event.at)
        done = each.step(self.states.get((each.id, event.subject)), event)
        return [*before, *self._take(each, event.subject, done)]

    def ripen(self, each: Listener, now: datetime) -> list[Ruling]:
        """What was held until then, in the order in which it was due."""
        rulings: list[Ruling] = []
        for _, subject in self.states.due(each.id, now):
            state = self.states.get((each.id, subject))
            rulings += self._take(each, subject, steps.tick(each.conditions, state, now))
        return rulings

    def admit(self, each: Listener, event: Heard, at: datetime) -> list[Ruling]:
        """Whose roles fit."""
        state = self.states.get((each.id, event.subject))
        return self._take(each, event.subject, steps.admit(each.conditions, state, event, at))

    def _take(self, each: Listener, subject: str, done: steps.Step) -> list[Ruling]:
        self.states.put((each.id, subject), done.state)
        rulings = list(done.rulings)
        self.asked += [(each.id, one) for one in rulings if one.outcome is Outcome.ASKED]
        return rulings

    async def end(self, session: AsyncSession, now: datetime) -> Turns:
        """Write down what is remembered now."""
        return await self.states.save(session, now)


async def begin(session: AsyncSession, heard: Collection[tuple[Listener, Heard]]) -> Evaluation:
    """With what they remember, as far as it matters for these events."""
    concerned = [
        (each, event)
        for each, event in heard
        if each.conditions.remembers and each.is_concerned(event)
    ]
    if not concerned:
        return Evaluation(States())
    places = {(each.id, event.subject) for each, event in concerned}
    until = max(event.at for _, event in concerned)
    known = await states.load(session, places, until=until)
    for each, event in concerned:
        await seed(session, known, each, event)
    return Evaluation(known)


async def at(session: AsyncSession, place: states.Place, *, until: datetime) -> Evaluation:
    return Evaluation(await states.load(session, [place], until=until))


async def seed(session: AsyncSession, known: States, each: Listener, event: Heard) -> None:
    """Who was in the channel before the first that is heard of it."""
    guild_id, channel_id = guild_of(event), event.data.get("channel_id")
    if not each.conditions.gathering or known.knows((each.id, event.subject)):
        return
    if guild_id is None or not isinstance(channel_id, int) or not each.is_here(event):
        return
    place, at = ChannelId(channel_id), event.at
    were = await presence.stays_between(
        session, GuildId(guild_id), at, at, of=place, most=MOST_OCCUPANTS
    )
    counted = each.conditions.counted
    leaving = {one.user_id for one in were or () if one.ended_at == at}
    gone = leaving - await _still_to_leave(session, event.subject, at) if leaving else set()
    those = [
        one.user_id
        for one in were or ()
        if (counted == "everybody" or one.bot is (counted == "bots")) and one.user_id not in gone
    ]
    known.seed((each.id, event.subject), those)


async def _still_to_leave(session: AsyncSession, subject: str, at: datetime) -> set[int]:
    """Whose leaving at that moment is heard of only now. That of all others was with an earlier batch, which a snapshot
    was cut by: nothing is remembered of a channel that is empty after it."""
    leaves = select(Outbox.data).where(
        Outbox.relayed_at.is_(None),
        Outbox.subject == subject,
        Outbox.kind == LEFT,
        Outbox.at == at,
    )
    return {data["user_id"] for data in await session.scalars(leaves)}
