from __future__ import annotations

import asyncio
import fcntl
import os
import sqlite3
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import orjson
from sqlalchemy import ColumnElement, func, literal, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from rallypoint.kernel.bulk import in_transaction, visit
from rallypoint.kernel.db import Instant
from rallypoint.kernel.errors import CannotStart

from .claims import Claim, Claimed, Outcome, Seen, in_time, timer
from .store import Store
from .waiting import unbroken

LOOK = timedelta(seconds=1)

# Whole batches go in and come out as one text of JSON: for every row that the driver steps to by itself, its thread
# must win the interpreter back from the one in which the jobs run.
_CHOOSE = """
    SELECT json_group_array(id) FROM (
        SELECT id FROM timer AS t
        WHERE state = 'waiting' AND due_at <= :until
            AND kind NOT IN (SELECT value FROM json_each(:without))
            AND (lane IS NULL OR NOT EXISTS (
                SELECT 1 FROM timer AS other
                WHERE other.lane = t.lane AND other.id <> t.id
                    AND (other.state = 'claimed' OR other.state = 'waiting' AND other.id < t.id)))
            AND EXISTS (SELECT 1 FROM worker WHERE worker.id = :worker)
        ORDER BY due_at, id LIMIT :limit)
"""
_TAKE = """
    UPDATE timer SET state = 'claimed', worker = :worker, token = token + 1, started_at = NULL
    WHERE id IN (SELECT value FROM json_each(:chosen))
"""
_BEGIN = """
    UPDATE timer SET started_at = :now, attempts = attempts + 1
    WHERE id IN (SELECT value FROM json_each(:chosen)) AND due_at <= :now AND terms IS NULL
        AND kind IN (SELECT value FROM json_each(:at_once))
"""
_NEXT = """
    SELECT min(due_at) FROM timer
    WHERE state = 'waiting' AND due_at > :until AND kind NOT IN (SELECT value FROM json_each(:without))
"""
_READ = """
    SELECT json_group_array(json_array(
        id, token, kind, key, lane, json(args), planned_at, due_at,
        attempts - (started_at IS NOT NULL), schedule_id, json(terms), started_at IS NOT NULL))
    FROM timer WHERE id IN (SELECT value FROM json_each(:chosen))
"""
# CROSS JOIN: the named ones first, and each by its key.
_OURS = """
    SELECT json_group_array(t.id)
    FROM json_each(:named) AS named CROSS JOIN timer AS t ON t.id = json_extract(named.value, '$[0]')
    WHERE t.token = json_extract(named.value, '$[1]') AND t.worker = :worker
"""
_START = """
    UPDATE timer SET started_at = :now, attempts = attempts + 1
    WHERE id IN (SELECT value FROM json_each(:ours))
"""
_NOTE = """
    INSERT INTO run (timer_id, kind, key, due_at, started_at, finished_at, attempt, status, worker)
    SELECT t.id, t.kind, t.key, t.due_at, t.started_at, json_extract(named.value, '$[2]'), t.attempts,
        'success', t.worker
    FROM json_each(:named) AS named CROSS JOIN timer AS t ON t.id = json_extract(named.value, '$[0]')
    WHERE t.id IN (SELECT value FROM json_each(:ours))
"""
_RENEW = "UPDATE worker SET lease_until = :until WHERE id = :worker"
_VERSION = "PRAGMA data_version"
_FORGET = "DELETE FROM timer WHERE id IN (SELECT value FROM json_each(:ours))"

T = TypeVar("T")


class SqliteStore(Store):
    """One engine per file. Other processes only write rows, which is noticed within `LOOK`."""

    shared = False

    def __init__(self, sessions: async_sessionmaker[AsyncSession], name: str) -> None:
        super().__init__(sessions, name)
        self._lock: int | None = None
        self._version: int | None = None

    async def open(self) -> None:
        database = self.engine.url.database
        if self._lock is None and database is not None and database != ":memory:":
            self._lock = _lock(Path(database))
        self._version = await self._data_version()

    async def close(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    async def claim(
        self,
        *,
        until: datetime,
        limit: int,
        without: Collection[str],
        now: datetime | None = None,
        at_once: Collection[str] = (),
    ) -> Claimed:
        wanted = {
            "until": _written(until),
            "limit": limit,
            "without": _json(list(without)),
            "now": now and _written(now),
            "at_once": _json(list(at_once)),
            "worker": self.worker,
        }
        rows, next_due = await self._transact(lambda driver: _claim(driver, wanted))
        claims = sorted((Claim(*_read(row)) for row in orjson.loads(rows)), key=in_time)
        return Claimed(claims, None if next_due is None else _moment(next_due))

    async def start(self, claims: Sequence[Claim], *, now: datetime) -> set[int]:
        wanted = {
            "named": _json([(claim.id, claim.token) for claim in claims]),
            "now": _written(now),
            "worker": self.worker,
        }
        return await self._transact(lambda driver: _start(driver, wanted))

    async def finish(self, outcomes: Sequence[Outcome]) -> set[int]:
        named = [(o.claim.id, o.claim.token, _written(o.finished_at)) for o in outcomes]
        wanted = {"named": _json(named), "worker": self.worker}
        return await self._transact(lambda driver: _finish(driver, wanted))

    async def renew(self, lease: timedelta) -> Seen | None:
        """Nobody else can have left anything behind."""
        wanted = {"until": _written(datetime.now(UTC) + lease), "worker": self.worker}
        found = await self._transact(lambda driver: driver.execute(_RENEW, wanted).rowcount)
        return Seen(abandoned=False, parked=False) if found else None

    async def _transact(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Have *work* done in the driver's own thread, in one go: each way there and back costs as much as ten jobs."""
        return await self._visit(partial(in_transaction, work))

    async def _visit(self, work: Callable[[sqlite3.Connection], T]) -> T:
        return await visit(self.engine, work)

    async def arrivals(self) -> datetime | None:
        while True:
            await asyncio.sleep(LOOK.total_seconds())
            known, self._version = self._version, await unbroken(self._data_version())
            if known != self._version:
                return None

    async def _data_version(self) -> int:
        """Another number when another connection has written; all of ours is one connection."""
        (version,) = await self._visit(lambda driver: driver.execute(_VERSION).fetchone())
        return int(version)

    def moment(self, later: timedelta = timedelta(0)) -> ColumnElement[datetime]:
        # SQLite is its own server, in this process; the program's clock may be a stopped one.
        return literal(datetime.now(UTC) + later, Instant)

    def named(self, claims: Sequence[Claim]) -> ColumnElement[bool]:
        pairs = _json([(claim.id, claim.token) for claim in claims])
        each = func.json_each(pairs).table_valued("value", name="pairs")
        pair_id = func.json_extract(each.c.value, "$[0]")
        pair_token = func.json_extract(each.c.value, "$[1]")
        return tuple_(timer.c.id, timer.c.token).in_(select(pair_id, pair_token))


def _claim(driver: sqlite3.Connection, wanted: dict[str, Any]) -> tuple[str, str | None]:
    (chosen,) = driver.execute(_CHOOSE, wanted).fetchone()
    (next_due,) = driver.execute(_NEXT, wanted).fetchone()
    if chosen == "[]":
        return chosen, next_due
    given = wanted | {"chosen": chosen}
    driver.execute(_TAKE, given)
    if wanted["now"] is not None:
        driver.execute(_BEGIN, given)
    rows: str = driver.execute(_READ, given).fetchone()[0]
    return rows, next_due


def _start(driver: sqlite3.Connection, wanted: dict[str, Any]) -> set[int]:
    (ours,) = driver.execute(f"{_OURS} AND t.due_at <= :now", wanted).fetchone()
    driver.execute(_START, wanted | {"ours": ours})
    return set(orjson.loads(ours))


def _finish(driver: sqlite3.Connection, wanted: dict[str, Any]) -> set[int]:
    (ours,) = driver.execute(f"{_OURS} AND t.next_due_at IS NULL", wanted).fetchone()
    given = wanted | {"ours": ours}
    driver.execute(_NOTE, given)
    driver.execute(_FORGET, given)
    return set(orjson.loads(ours))


def _read(row: list[Any]) -> list[Any]:
    row[6], row[7], row[11] = _moment(row[6]), _moment(row[7]), bool(row[11])
    return row


def _moment(written: str) -> datetime:
    return datetime.fromisoformat(written).replace(tzinfo=UTC)


def _written(moment: datetime) -> str:
    """As `Instant` has it."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()


def _lock(database: Path) -> int:
    """The kernel frees it with the process, however that ends; the file itself stays."""
    path = database.with_name(f"{database.name}.lock")
    lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        pid = os.read(lock, 20).decode(errors="replace").strip() or "unknown"
        os.close(lock)
        raise CannotStart(
            f"{database} is in use by the process {pid}; stop that one first, or set "
            "RALLYPOINT_DATABASE_URL to a PostgreSQL database, which several may share"
        ) from None
    os.ftruncate(lock, 0)
    os.write(lock, f"{os.getpid()}\n".encode())
    return lock
