"""The live stream: a snapshot, and then what changes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from rallypoint.features.presence import api as presence
from rallypoint.kernel.errors import Conflict, RallypointError
from rallypoint.kernel.events import Recorded, feed
from rallypoint.kernel.events.feed import Feed, Reader
from rallypoint.kernel.feature import Parts
from rallypoint.kernel.ids import ChannelId, UserId
from rallypoint.kernel.jobs.waiting import any_set
from rallypoint.kernel.people import Actor
from rallypoint.ui.web import live

from . import shapes
from .views import View

KINDS = tuple(
    each.kind
    for each in (
        presence.Joined,
        presence.Left,
        presence.Moved,
        presence.Activated,
        presence.Emptied,
        presence.Synced,
        presence.Muted,
        presence.Deafened,
        presence.Streamed,
        presence.Camera,
    )
)
MOST_OF_PERSON = 5
MOST = 500
MOST_MISSED = 2000
"""Events of all guilds since the one to go on from: more of them cost more than a snapshot."""
BEAT_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Asked:
    """What a stream is opened with."""

    actor: Actor
    wait: float
    """Seconds that it stays open; 0: what there is now."""
    last_id: str | None
    anew: Callable[[], Awaitable[Actor | None]]
    """Who asks, as of now; None: they are not let in any more."""
    closing: asyncio.Event


class Streams:
    """Those of one process."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._feed = Feed(parts.sessions, KINDS)
        self._open: dict[UserId, int] = {}

    def take_place(self, user_id: UserId) -> None:
        """Raise Conflict for one too many."""
        count = self._open.get(user_id, 0)
        if count >= MOST_OF_PERSON or sum(self._open.values()) >= MOST:
            raise Conflict("too_many_streams", most=MOST_OF_PERSON)
        self._open[user_id] = count + 1

    def give_place_back(self, user_id: UserId) -> None:
        self._open[user_id] -= 1
        if not self._open[user_id]:
            del self._open[user_id]

    async def pieces(self, asked: Asked) -> AsyncGenerator[bytes]:
        guild_id = asked.actor.guild_id
        reader = await self._feed.join(lambda one: one.data.get("guild_id") == guild_id)
        try:
            async for piece in _Stream(self._parts, self._feed, reader, asked).pieces():
                yield piece
        finally:
            await self._feed.leave(reader)


class _Stream:
    def __init__(self, parts: Parts, feed: Feed, reader: Reader, asked: Asked) -> None:
        self._parts = parts
        self._feed = feed
        self._reader = reader
        self._asked = asked
        self._view = View(parts, asked.actor)
        self._let_in = True
        self._included: set[int] = set()
        """Positions after the feed's own that were told already."""

    async def pieces(self) -> AsyncIterator[bytes]:
        loop = asyncio.get_running_loop()
        end = loop.time() + self._asked.wait
        async for piece in self._begin():
            yield piece
        while self._goes_on and (left := end - loop.time()) > 0:
            if await self._something(min(left, BEAT_SECONDS)):
                for recorded in self._reader.take():
                    if recorded.position not in self._included and (said := self._said(recorded)):
                        yield said
                continue
            yield live.BEAT
            for piece in await self._look_again():
                yield piece

    @property
    def _goes_on(self) -> bool:
        return self._let_in and not self._reader.lost and not self._asked.closing.is_set()

    async def _something(self, seconds: float) -> bool:
        """Whether there is something to say, within that time."""
        await any_set(self._reader.more, self._asked.closing, within=seconds)
        return self._reader.more.is_set()

    async def _begin(self) -> AsyncIterator[bytes]:
        """From the event that was seen last on, if that is not too long ago; else with a snapshot."""
        missed = await self._missed()
        if missed is None:
            yield await self._snapshot()
            return
        await self._view.read()
        for recorded in missed:
            if said := self._said(recorded):
                yield said

    async def _missed(self) -> list[Recorded] | None:
        if self._asked.last_id is None:
            return None
        async with self._parts.sessions() as session:
            position = await feed.position_of(session, self._asked.last_id)
            if position is None:
                return None
            query = feed.after(position, KINDS, MOST_MISSED + 1)
            rows = [feed.as_recorded(row) for row in await session.execute(query)]
        if len(rows) > MOST_MISSED:
            return None
        self._included = {row.position for row in rows if row.position > self._feed.position}
        return [row for row in rows if self._reader.wanted(row)]

    async def _snapshot(self) -> bytes:
        """And which of the events that the feed will bring are in it: both as of one moment."""
        guild_id = self._asked.actor.guild_id
        async with self._parts.sessions() as session:
            await _at_one_moment(session)
            position = self._feed.position
            query = feed.after(position, KINDS, MOST_MISSED)
            newer = [feed.as_recorded(row) for row in await session.execute(query)]
            ours = [row for row in newer if self._reader.wanted(row)]
            last_id = ours[-1].id if ours else await feed.id_at(session, position)
            present = await presence.present(session, guild_id)
            known = await presence.is_known(session, guild_id)
        self._included = {row.position for row in ours}
        told = self._view.told(list(present), known=known)
        return live.event("snapshot", told.model_dump(mode="json"), last_id)

    async def _look_again(self) -> list[bytes]:
        """Who may not see any more what they were told of is told anew, or not at all."""
        try:
            actor = await self._asked.anew()
        except RallypointError:
            # Rights that are not known now were known a moment ago.
            return []
        if actor is None:
            self._let_in = False
            return []
        changed = actor.roles != self._view.actor.roles
        self._view.actor = actor
        if changed or self._view.has_lost():
            return [await self._snapshot()]
        return []

    def _said(self, recorded: Recorded) -> bytes | None:
        places = [ChannelId(each) for each in shapes.places(recorded.data)]
        seen = [self._view.sees(each) for each in places]
        if not all(seen):
            return None
        return live.event(recorded.kind, shapes.event(recorded), recorded.id)


async def _at_one_moment(session: AsyncSession) -> None:
    """SQLite's transactions see one moment anyway."""
    if session.get_bind().dialect.name == "postgresql":
        options = {"isolation_level": "REPEATABLE READ"}
        _ = await session.connection(execution_options=options)
