"""What is being recorded, as it is recorded, for those who watch right now: live pages and streams.

Nobody relies on it: who was away for long reads a snapshot. It costs nothing while nobody watches.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog
from sqlalchemy import Row, Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from rallypoint.kernel.commits import listen
from rallypoint.kernel.db import DatabaseErrors, is_outage
from rallypoint.kernel.jobs.waiting import end, is_set, unbroken

from .outbox import TOPIC, Recorded, outbox

LOOK_SECONDS = 1.0
"""How soon what other processes recorded is noticed."""
BATCH = 500
GAP_SECONDS = 5.0
"""A position that is missing may belong to a transaction that is not committed yet: so long it is waited for."""
MOST_WAITING = 256
"""Events that a reader may lag behind."""

log = structlog.get_logger()


Wanted = Callable[[Recorded], bool]


@dataclass(slots=True, eq=False)
class Reader:
    """One who watches. *lost*: it lags too far behind, and nothing comes any more."""

    wanted: Wanted
    waiting: deque[Recorded] = field(default_factory=deque)
    more: asyncio.Event = field(default_factory=asyncio.Event)
    lost: bool = False

    def give(self, recorded: Recorded) -> None:
        if self.lost or not self.wanted(recorded):
            return
        if len(self.waiting) >= MOST_WAITING:
            self.lost = True
            self.waiting.clear()
        else:
            self.waiting.append(recorded)
        self.more.set()

    def take(self) -> list[Recorded]:
        """All that waits."""
        taken = list(self.waiting)
        self.waiting.clear()
        self.more.clear()
        return taken


class Feed:
    """Reads the outbox once for all readers, in the order of its positions."""

    def __init__(self, sessions: async_sessionmaker[AsyncSession], kinds: Sequence[str]) -> None:
        self._sessions = sessions
        self._kinds = frozenset(kinds)
        self._readers: set[Reader] = set()
        self._reading: asyncio.Task[None] | None = None
        self._wake = asyncio.Event()
        self._gap_since: float | None = None
        self.position = 0
        """Everything up to it has been given to those who read then."""

    @property
    def readers(self) -> int:
        return len(self._readers)

    async def join(self, wanted: Wanted) -> Reader:
        """From now on *wanted* ones are given to the reader, until it leaves."""
        # Who wants none, such as a page of what no event tells of, has nothing read.
        if self._reading is None and self._kinds:
            async with self._sessions() as session:
                position = await session.scalar(select(func.max(outbox.c.position)))
            if self._reading is None:
                self.position = position or 0
                self._reading = asyncio.create_task(self._read_for_ever(), name="events feed")
        reader = Reader(wanted)
        self._readers.add(reader)
        return reader

    async def leave(self, reader: Reader) -> None:
        self._readers.discard(reader)
        if not self._readers and self._reading is not None:
            reading, self._reading = self._reading, None
            await end([reading])

    async def _read_for_ever(self) -> None:
        unlisten = listen(self._sessions, TOPIC, lambda _: self._wake.set())
        try:
            while True:
                self._wake.clear()
                await unbroken(self._try_to_read())
                await is_set(self._wake, within=LOOK_SECONDS)
        finally:
            unlisten()

    async def _try_to_read(self) -> None:
        try:
            while await self._read():
                pass
        except DatabaseErrors as error:
            if not is_outage(error):
                raise
            log.warning("live events wait for the database", error=str(error)[:300])

    async def _read(self) -> bool:
        """Whether there may be more."""
        query = select(*_COLUMNS).where(outbox.c.position > self.position)
        async with self._sessions() as session:
            rows = (await session.execute(query.order_by(outbox.c.position).limit(BATCH))).all()
        for row in rows:
            if row.position != self.position + 1 and not self._is_old_gap():
                return False
            self._gap_since = None
            self.position = row.position
            if row.kind in self._kinds:
                recorded = as_recorded(row)
                for reader in self._readers:
                    reader.give(recorded)
        return len(rows) == BATCH

    def _is_old_gap(self) -> bool:
        now = asyncio.get_running_loop().time()
        if self._gap_since is None:
            self._gap_since = now
        return now - self._gap_since >= GAP_SECONDS


_COLUMNS = (outbox.c.position, outbox.c.id, outbox.c.kind, outbox.c.at, outbox.c.data)


def as_recorded(row: Row[*tuple[Any, ...]]) -> Recorded:
    return Recorded(row.position, row.id, row.kind, row.at, row.data)


async def position_of(session: AsyncSession, event_id: str) -> int | None:
    """None: there is no such event, or not any more."""
    found: int | None = await session.scalar(
        select(outbox.c.position).where(outbox.c.id == event_id)
    )
    return found


async def id_at(session: AsyncSession, position: int) -> str | None:
    """Of the last event at or before that position that is still there."""
    last = outbox.c.position <= position
    found: str | None = await session.scalar(
        select(outbox.c.id).where(last).order_by(outbox.c.position.desc()).limit(1)
    )
    return found


def after(position: int, kinds: Sequence[str], most: int) -> Select[Any]:
    """The events of *kinds* after it, in order, *most* at most."""
    return (
        select(*_COLUMNS)
        .where(outbox.c.position > position, outbox.c.kind.in_(kinds))
        .order_by(outbox.c.position)
        .limit(most)
    )
