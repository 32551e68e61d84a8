"""The part of a page that stays as the server has it: rendered once for all who see the same, and sent to each.

Every message is the whole part, with what it holds as its id. Who comes with that id has it already; whoever was away,
for a moment or over a restart, gets it as it is now. So nothing is missed, and nothing has to be kept for anybody.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Hashable, Sequence
from typing import Any

import structlog

from rallypoint.kernel.db import DatabaseErrors
from rallypoint.kernel.errors import Conflict, RallypointError
from rallypoint.kernel.events import Recorded
from rallypoint.kernel.events.feed import Feed
from rallypoint.kernel.feature import Parts
from rallypoint.kernel.ids import UserId
from rallypoint.kernel.jobs.waiting import any_set, is_set

from . import live
from .page import ManagedPage, Page

LOOK_SECONDS = 2.0
"""How soon is seen what no event tells of."""
BEAT_SECONDS = 15.0
"""How often it is looked whether somebody may still see it."""
LASTS_SECONDS = 1800.0
MOST_OF_PERSON = 20
MOST = 1000

log = structlog.get_logger(__name__)


def id_of(part: str) -> str:
    return hashlib.blake2b(part.encode(), digest_size=9).hexdigest()


class _Reader:
    """One open page. Small: there are hundreds."""

    __slots__ = ("has", "more", "page")

    def __init__(self, page: ManagedPage, has: str) -> None:
        self.page = page
        self.has = has
        self.more = asyncio.Event()


class _Group:
    """All who see the same."""

    def __init__(self) -> None:
        self.readers: set[_Reader] = set()
        self.look = asyncio.Event()
        self.id = ""
        self.message = b""
        self.task: asyncio.Task[None] | None = None


class LivePart:
    """*render* makes the part for one of its audience, which *audience_of* tells by their page: whatever the part
    depends on besides what is stored, such as which channels they may see, is in it. The language is not.

    *kinds*: the events after which it is looked at once; *belongs* tells whether one is of interest there.
    """

    def __init__(
        self,
        parts: Parts,
        *,
        kinds: Sequence[str],
        audience_of: Callable[[Any], Hashable],
        render: Callable[[Any], Awaitable[str]],
    ) -> None:
        self._feed = Feed(parts.sessions, kinds)
        self._audience_of = audience_of
        self._render = render
        self._groups: dict[Hashable, _Group] = {}
        self._open: dict[UserId, int] = {}

    def stream(self, page: ManagedPage) -> live.Stream:
        """For the route that the part's `hx-sse:connect` names. Raise Conflict for one page too many."""
        user_id = page.visitor.user_id
        count = self._open.get(user_id, 0)
        if count >= MOST_OF_PERSON or sum(self._open.values()) >= MOST:
            raise Conflict("too_many_pages", most=MOST_OF_PERSON)
        self._open[user_id] = count + 1
        asked = page.request
        has = asked.headers.get("last-event-id") or asked.query_params.get("v") or ""
        return live.Stream(self._pieces(_Reader(page, has)), ended=lambda: self._give_back(user_id))

    def _give_back(self, user_id: UserId) -> None:
        self._open[user_id] -= 1
        if not self._open[user_id]:
            del self._open[user_id]

    async def _pieces(self, reader: _Reader) -> AsyncGenerator[bytes]:
        loop = asyncio.get_running_loop()
        closing = _closing(reader.page)
        end = loop.time() + LASTS_SECONDS
        key, group = self._enter(reader)
        try:
            yield live.BEAT
            while loop.time() < end and not closing.is_set():
                if group.message and reader.has != group.id:
                    reader.has = group.id
                    yield group.message
                    continue
                if await _wait(reader.more):
                    continue
                yield live.BEAT
                moved = await self._move(reader, key, group)
                if moved is None:
                    return
                key, group = moved
        finally:
            self._leave(reader, key, group)

    async def _move(
        self, reader: _Reader, key: Hashable, group: _Group
    ) -> tuple[Hashable, _Group] | None:
        """To where they belong by what they may now; None: nowhere."""
        try:
            page = await reader.page.anew()
        except RallypointError:
            # Rights that are not known now were known a moment ago.
            return key, group
        if page is None or page.role < reader.page.role:
            return None
        self._leave(reader, key, group)
        reader.page = page
        return self._enter(reader)

    def _enter(self, reader: _Reader) -> tuple[Hashable, _Group]:
        page = reader.page
        key = (page.guild_id, page.language, page.role, self._audience_of(page))
        group = self._groups.setdefault(key, _Group())
        group.readers.add(reader)
        if group.task is None:
            group.task = asyncio.create_task(self._keep(key, group), name="live part")
        return key, group

    def _leave(self, reader: _Reader, key: Hashable, group: _Group) -> None:
        group.readers.discard(reader)
        if not group.readers and group.task is not None:
            group.task.cancel()
            group.task = None
            self._groups.pop(key, None)

    async def _keep(self, key: Hashable, group: _Group) -> None:
        """Look after every event of theirs, and every other second; tell all of them. Also that the program is about
        to stop: then they end."""
        page = next(iter(group.readers)).page
        guild_id, closing = page.guild_id, _closing(page)

        def of_theirs(recorded: Recorded) -> bool:
            return recorded.data.get("guild_id") == guild_id

        listener = await self._feed.join(of_theirs)
        try:
            while group.readers and not closing.is_set():
                listener.take()
                await self._look(group)
                await any_set(listener.more, closing, within=LOOK_SECONDS)
            for reader in group.readers:
                reader.more.set()
        finally:
            await self._feed.leave(listener)

    async def _look(self, group: _Group) -> None:
        page = next(iter(group.readers)).page
        try:
            part = await self._render(page)
        except (RallypointError, *DatabaseErrors) as error:
            log.warning("a live part waits", path=page.request.url.path, error=str(error)[:300])
            return
        if (found := id_of(part)) == group.id:
            return
        group.id, group.message = found, live.part(part, found)
        for reader in group.readers:
            reader.more.set()


def _closing(page: Page) -> asyncio.Event:
    closing: asyncio.Event = page.request.app.state.closing
    return closing


async def _wait(event: asyncio.Event) -> bool:
    """Whether it was set in time."""
    if not await is_set(event, within=BEAT_SECONDS):
        return False
    event.clear()
    return True
