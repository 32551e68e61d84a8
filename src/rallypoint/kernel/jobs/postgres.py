from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, cast

import asyncpg
import structlog
from sqlalchemy import BigInteger, ColumnElement, Integer, and_, any_, bindparam, func
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession, async_sessionmaker
from sqlalchemy.sql.elements import Grouping

from .claims import Claim, timer
from .scheduling import TOPIC
from .store import Store
from .waiting import unbroken

LOOK = timedelta(seconds=5)
"""How often to look without having been told."""
LOOK_DEAF = timedelta(seconds=1)

log = structlog.get_logger()


class PostgresStore(Store):
    """Any number of engines; NOTIFY tells them of what others schedule."""

    shared = True

    def __init__(self, sessions: async_sessionmaker[AsyncSession], name: str) -> None:
        super().__init__(sessions, name)
        self._line: AsyncConnection | None = None
        self._told = asyncio.Event()
        self._earliest: datetime | None = None

    async def open(self) -> None:
        pass

    async def close(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            # A connection that listens must not come to serve somebody else.
            await line.invalidate()
            await line.close()

    async def arrivals(self) -> datetime | None:
        if await unbroken(self._new_line()):
            return None
        look = LOOK if self._line is not None else LOOK_DEAF
        try:
            await asyncio.wait_for(self._told.wait(), look.total_seconds())
        except TimeoutError:
            return None
        self._told.clear()
        earliest, self._earliest = self._earliest, None
        return earliest

    async def _new_line(self) -> bool:
        """Whether there is one where there was none: what was told meanwhile was not heard."""
        if self._line is not None and not (await _driver(self._line)).is_closed():
            return False
        await self.close()
        line = await self.engine.connect()
        try:
            await (await _driver(line)).add_listener(TOPIC, self._hear)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
            log.warning("cannot listen for notifications, looking every second", error=str(error))
            await line.close()
            return False
        self._line = line
        return True

    def _hear(self, _line: object, _pid: object, _channel: object, payload: object) -> None:
        due = datetime.fromisoformat(str(payload))
        self._earliest = due if self._earliest is None else min(due, self._earliest)
        self._told.set()

    def moment(self, later: timedelta = timedelta(0)) -> ColumnElement[datetime]:
        return func.now() + later

    def named(self, claims: Sequence[Claim]) -> ColumnElement[bool]:
        ids = bindparam(None, [claim.id for claim in claims], ARRAY(BigInteger))
        tokens = bindparam(None, [claim.token for claim in claims], ARRAY(BigInteger))
        # Not a join with the unnested pairs: for that the planner reads the whole table while it is not a big one.
        of_it = func.array_position(ids, timer.c.id, type_=Integer)
        return and_(timer.c.id == any_(ids), timer.c.token == Grouping(tokens)[of_it])


async def _driver(connection: AsyncConnection) -> asyncpg.Connection[Any]:
    raw = await connection.get_raw_connection()
    return cast("asyncpg.Connection[Any]", raw.driver_connection)
