from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import structlog
from sqlalchemy import BigInteger, ColumnElement, Integer, and_, any_, bindparam, func
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession, async_sessionmaker
from sqlalchemy.sql.elements import Grouping

from .claims import Claim, Claimed, Outcome, Seen, in_time, timer
from .line import Line, driver_of
from .scheduling import TOPIC
from .store import Store
from .waiting import is_set, unbroken

LOOK = timedelta(seconds=5)
"""How often to look without having been told."""
LOOK_DEAF = timedelta(seconds=1)

# All three commit in step with the server's disk. A claim that a crash of the server forgets would be made once more
# with the same token, and the token is what tells two attempts apart.
# The claim says in every row when the next is due, and in one that is else empty if it found nothing. No min(): planned
# for whatever is asked, that reads all there are.
_CLAIM = """
    WITH claimed AS (UPDATE timer
    SET state = 'claimed', worker = $3::text, token = token + 1,
        started_at = CASE
            WHEN due_at <= $5 AND kind = ANY($6::text[]) AND terms IS NULL AND lane IS NULL THEN $5 END,
        attempts = attempts + CASE
            WHEN due_at <= $5 AND kind = ANY($6::text[]) AND terms IS NULL AND lane IS NULL THEN 1 ELSE 0 END
    WHERE id = ANY(ARRAY(
        SELECT id FROM timer AS t
        WHERE state = 'waiting' AND due_at <= $1 AND kind <> ALL($2::text[])
            AND (lane IS NULL OR NOT EXISTS (
                SELECT FROM timer AS other
                WHERE other.lane = t.lane AND other.id <> t.id
                    AND (other.state = 'claimed' OR other.state = 'waiting' AND other.id < t.id)))
            AND EXISTS (SELECT FROM worker WHERE worker.id = $3::text)
        ORDER BY due_at, id LIMIT $4 FOR UPDATE OF t SKIP LOCKED))
    RETURNING id, token, kind, key, lane, args, planned_at, due_at,
        attempts - CASE WHEN started_at IS NULL THEN 0 ELSE 1 END, schedule_id, terms,
        started_at IS NOT NULL)
    SELECT next.due_at, claimed.* FROM (SELECT (
        SELECT due_at FROM timer
        WHERE state = 'waiting' AND due_at > $1 AND kind <> ALL($2::text[])
        ORDER BY due_at, id LIMIT 1) AS due_at) AS next LEFT JOIN claimed ON true
"""
# Two claims at the same moment do not see each other, and may have taken two of one lane if the first of them was
# committed only between the two. A start sees its own claim committed, so of two that start one sees the other's.
# LATERAL with a lock of its own: each row by its key, whatever else the planner might make of a join.
_START = """
    WITH named AS (SELECT * FROM unnest($1::bigint[], $2::bigint[]) AS n(id, token))
    UPDATE timer SET started_at = $4, attempts = attempts + 1
    WHERE id = ANY(ARRAY(
        SELECT ours.id FROM named CROSS JOIN LATERAL (
            SELECT id FROM timer AS t
            WHERE id = named.id AND token = named.token AND worker = $3::text AND due_at <= $4
                AND (lane IS NULL OR NOT EXISTS (
                    SELECT FROM timer AS other
                    WHERE other.lane = t.lane AND other.id <> t.id AND other.state = 'claimed'))
            FOR UPDATE OF t SKIP LOCKED
        ) AS ours))
    RETURNING id
"""
_FINISH = """
    WITH named AS (
        SELECT * FROM unnest($1::bigint[], $2::bigint[], $4::timestamptz[]) AS n(id, token, finished_at)
    ), gone AS (
        DELETE FROM timer WHERE id = ANY(ARRAY(
            SELECT ours.id FROM named CROSS JOIN LATERAL (
                SELECT id FROM timer
                WHERE id = named.id AND token = named.token AND worker = $3::text
                    AND next_due_at IS NULL
                FOR UPDATE SKIP LOCKED
            ) AS ours))
        RETURNING id, kind, key, due_at, started_at, attempts
    )
    INSERT INTO run (timer_id, kind, key, due_at, started_at, finished_at, attempt, status, worker)
    SELECT id, kind, key, due_at, started_at, finished_at, attempts, 'success', $3::text
    FROM gone JOIN named USING (id)
    RETURNING timer_id
"""
_RENEW = """
    UPDATE worker SET lease_until = now() + $2::interval WHERE id = $1::text
    RETURNING
        EXISTS (SELECT FROM worker AS other WHERE other.id <> $1::text AND other.lease_until < now())
        OR EXISTS (
            SELECT FROM timer WHERE state = 'claimed'
                AND NOT EXISTS (SELECT FROM worker AS other WHERE other.id = timer.worker)),
        EXISTS (SELECT FROM timer WHERE state = 'unsupported'),
        (SELECT extract(epoch FROM min(other.lease_until) - now())::float8
            FROM worker AS other WHERE other.id <> $1::text)
"""

log = structlog.get_logger()


class PostgresStore(Store):
    """Any number of engines; NOTIFY tells them of what others schedule."""

    shared = True

    def __init__(self, sessions: async_sessionmaker[AsyncSession], name: str) -> None:
        super().__init__(sessions, name)
        self._opened = False
        # The next batch is claimed while the last one is written.
        self._hand, self._pen = Line(self.engine), Line(self.engine)
        self._ear: AsyncConnection | None = None
        self._told = asyncio.Event()
        self._earliest: datetime | None = None

    async def open(self) -> None:
        self._opened = True

    async def close(self) -> None:
        self._opened = False
        await self._hand.close()
        await self._pen.close()
        await self._close_ear()

    async def claim(
        self,
        *,
        until: datetime,
        limit: int,
        without: Collection[str],
        now: datetime | None = None,
        at_once: Collection[str] = (),
    ) -> Claimed:
        rows = await self._ask(
            self._hand, _CLAIM, until, list(without), self.worker, limit, now, list(at_once)
        )
        claims = [Claim._make(row[1:]) for row in rows if row[1] is not None]
        return Claimed(sorted(claims, key=in_time), rows[0][0])

    async def start(self, claims: Sequence[Claim], *, now: datetime) -> set[int]:
        rows = await self._ask(self._hand, _START, *_named(claims), self.worker, now)
        started = {row[0] for row in rows}
        if met := [claim for claim in claims if claim.lane is not None and claim.id not in started]:
            # Both go back, or both would wait for the other for ever; the next claim takes the older one.
            await self.release(met)
            self._told.set()
        return started

    async def finish(self, outcomes: Sequence[Outcome]) -> set[int]:
        named = _named([outcome.claim for outcome in outcomes])
        finished = [outcome.finished_at for outcome in outcomes]
        rows = await self._ask(self._pen, _FINISH, *named, self.worker, finished)
        return {row[0] for row in rows}

    async def renew(self, lease: timedelta) -> Seen | None:
        rows = await self._ask(self._pen, _RENEW, self.worker, lease)
        return Seen(*rows[0]) if rows else None

    async def _ask(self, line: Line, statement: str, *arguments: Any) -> list[asyncpg.Record]:
        try:
            return await line.fetch(statement, *arguments)
        finally:
            if not self._opened:
                await line.close()

    async def arrivals(self) -> datetime | None:
        if await unbroken(self._new_ear()):
            return None
        look = LOOK if self._ear is not None else LOOK_DEAF
        if not await is_set(self._told, within=look.total_seconds()):
            return None
        self._told.clear()
        earliest, self._earliest = self._earliest, None
        return earliest

    async def _close_ear(self) -> None:
        ear, self._ear = self._ear, None
        if ear is not None:
            # A connection that listens must not come to serve somebody else.
            await ear.invalidate()
            await ear.close()

    async def _new_ear(self) -> bool:
        """Whether there is one where there was none: what was told meanwhile was not heard."""
        if self._ear is not None and not (await driver_of(self._ear)).is_closed():
            return False
        await self._close_ear()
        ear = await self.engine.connect()
        try:
            await (await driver_of(ear)).add_listener(TOPIC, self._hear)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
            log.warning("cannot listen for notifications, looking every second", error=str(error))
            await ear.close()
            return False
        self._ear = ear
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


def _named(claims: Sequence[Claim]) -> tuple[list[int], list[int]]:
    return [claim.id for claim in claims], [claim.token for claim in claims]
