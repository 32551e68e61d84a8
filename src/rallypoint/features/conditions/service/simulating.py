"""What would have been sent, by the events that are still there: judged by the same rules, in the same order."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import String, cast, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.features.conditions.rules.asked import JOINED
from rallypoint.features.conditions.rules.heard import Heard
from rallypoint.features.conditions.rules.room import LEFT
from rallypoint.features.conditions.rules.steps import Outcome, Ruling
from rallypoint.features.presence import api as presence
from rallypoint.features.presence.api import Stay
from rallypoint.kernel.events import Outbox
from rallypoint.kernel.ids import GuildId

from . import evaluating
from .evaluating import Evaluation, Listener
from .states import States

MOST_EVENTS = 100_000
READ_AT_ONCE = 2_000
MOST_SHOWN = 50
MOST_DAYS = 30
MOST_STAYS = 20_000
BUDGET = 2.0
"""Seconds."""

Elapsed = Callable[[], float]


@dataclass(slots=True)
class Simulation:
    since: datetime
    until: datetime
    """Between these moments, with what is known of them."""
    is_whole: bool = True
    """Whether that is the whole time that was asked about."""
    events: int = 0
    """Of the server."""
    stays: int = 0
    """Comings and goings that were read out of the ledger, for their events are forgotten already."""
    would_send: int = 0
    first: list[Ruling] = field(default_factory=list)
    left_out: Counter[Outcome] = field(default_factory=Counter)
    """For want of which condition."""
    assumes_roles: bool = False
    """What roles members had is not remembered: as if everybody had had one of them."""

    def add(self, ruling: Ruling) -> None:
        if ruling.outcome is Outcome.SENT:
            self.would_send += 1
            if len(self.first) < MOST_SHOWN:
                self.first.append(ruling)
        elif ruling.outcome is Outcome.ASKED:
            self.assumes_roles = True
        else:
            self.left_out[ruling.outcome] += 1


async def simulate(
    session: AsyncSession,
    listener: Listener,
    guild_id: GuildId,
    *,
    since: datetime,
    until: datetime,
    elapsed: Elapsed = time.monotonic,
) -> Simulation:
    """Over what happened in the guild in that time. Reads, and writes nothing; and ends early rather than late."""
    found = Simulation(since, until)
    give_up_at = elapsed() + BUDGET
    run = _Run(session, guild_id, listener, found, give_up_at=give_up_at, elapsed=elapsed)
    await run.go()
    return found


class _Run:
    def __init__(
        self,
        session: AsyncSession,
        guild_id: GuildId,
        each: Listener,
        found: Simulation,
        *,
        give_up_at: float,
        elapsed: Elapsed,
    ) -> None:
        self._session = session
        self._guild_id = guild_id
        self._each = each
        self._found = found
        self._give_up_at = give_up_at
        self._elapsed = elapsed
        self._evaluation = Evaluation(States())
        self._asked_since = found.since

    async def go(self) -> None:
        first, last = await self._bounds()
        reached = self._found.since
        while first <= last:
            if self._elapsed() >= self._give_up_at:
                self._found.is_whole, self._found.until = False, reached
                break
            upto = min(first + READ_AT_ONCE - 1, last)
            for event in await self._read(first, upto):
                self._found.events += 1
                await self._hear(event)
                reached = event.at
            first = upto + 1
        self._end()

    async def _bounds(self) -> tuple[int, int]:
        """Which positions to read. What lies before was forgotten, or is too much; the ledger may know of it still."""
        oldest, last = (
            await self._session.execute(
                select(func.min(Outbox.position), func.max(Outbox.position))
            )
        ).one()
        if last is None:
            return 1, 0
        first = max(oldest, last - MOST_EVENTS + 1)
        begins = select(Outbox.at).where(Outbox.position >= first).order_by(Outbox.position)
        since = await self._session.scalar(begins.limit(1))
        if first > 1 and since is not None and since > self._found.since:
            await self._begin_late(since)
        return first, last

    async def _begin_late(self, since: datetime) -> None:
        found, asked_since = self._found, self._found.since
        found.is_whole, found.since = False, min(since, found.until)
        stays = await presence.stays_between(
            self._session, self._guild_id, asked_since, found.since, most=MOST_STAYS
        )
        if stays is None:
            return
        moves = [move for stay in stays for move in _moves(stay)]
        # What is of one moment stays in the order of the ledger: who was there for no time came before they left.
        for event in sorted(moves, key=lambda event: event.at):
            if asked_since <= event.at < found.since:
                found.stays += 1
                await self._hear(event)
        found.since = asked_since

    async def _read(self, first: int, last: int) -> list[Heard]:
        # As text: either database takes a number out of JSON in its own way.
        guild = cast(Outbox.data["guild_id"].as_string(), String)
        rows = await self._session.execute(
            select(Outbox.id, Outbox.kind, Outbox.subject, Outbox.at, Outbox.data, Outbox.erase_at)
            .where(Outbox.position.between(first, last), guild == str(self._guild_id))
            .where(Outbox.at >= self._asked_since, Outbox.at <= self._found.until)
            .order_by(Outbox.position)
        )
        return [
            Heard(row.id, row.kind, row.subject, row.at, row.data, row.erase_at is not None)
            for row in rows
        ]

    async def _hear(self, event: Heard) -> None:
        each, evaluation = self._each, self._evaluation
        if each.is_concerned(event):
            await evaluating.seed(self._session, evaluation.states, each, event)
        self._judge(evaluation.hear(each, event))

    def _end(self) -> None:
        """What was held up to then."""
        self._judge(self._evaluation.ripen(self._each, self._found.until))

    def _judge(self, rulings: Sequence[Ruling]) -> None:
        for ruling in rulings:
            self._found.add(ruling)
            if ruling.outcome is Outcome.ASKED:
                self._judge(self._evaluation.admit(self._each, ruling.event, ruling.at))


def _moves(stay: Stay) -> list[Heard]:
    """As the events told of them."""
    data = {
        "guild_id": stay.guild_id,
        "channel_id": stay.channel_id,
        "user_id": stay.user_id,
        "bot": stay.bot,
    }
    subject = f"channel:{stay.channel_id}"
    moves = [Heard(f"stay:{stay.id}:in", JOINED, subject, stay.started_at, data)]
    if stay.ended_at is not None:
        moves.append(Heard(f"stay:{stay.id}:out", LEFT, subject, stay.ended_at, data))
    return moves
