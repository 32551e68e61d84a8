from __future__ import annotations

import asyncio
import fcntl
import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
from sqlalchemy import ColumnElement, func, literal, select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from rallypoint.kernel.db import Instant
from rallypoint.kernel.errors import CannotStart

from .claims import Claim, timer
from .store import Store
from .waiting import unbroken

LOOK = timedelta(seconds=1)


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

    async def arrivals(self) -> datetime | None:
        while True:
            await asyncio.sleep(LOOK.total_seconds())
            known, self._version = self._version, await unbroken(self._data_version())
            if known != self._version:
                return None

    async def _data_version(self) -> int:
        """Another number when another connection has written; all of ours is one connection."""
        async with self.engine.connect() as connection:
            version: int = (await connection.execute(text("PRAGMA data_version"))).scalar_one()
        return version

    def moment(self, later: timedelta = timedelta(0)) -> ColumnElement[datetime]:
        # SQLite is its own server, in this process; the program's clock may be a stopped one.
        return literal(datetime.now(UTC) + later, Instant)

    def named(self, claims: Sequence[Claim]) -> ColumnElement[bool]:
        pairs = orjson.dumps([[claim.id, claim.token] for claim in claims]).decode()
        each = func.json_each(pairs).table_valued("value", name="pairs")
        pair_id = func.json_extract(each.c.value, "$[0]")
        pair_token = func.json_extract(each.c.value, "$[1]")
        return tuple_(timer.c.id, timer.c.token).in_(select(pair_id, pair_token))


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
