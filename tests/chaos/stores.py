"""A database of a run's own, looked into beside the program: by the names of its tables, whatever code writes them."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import asyncpg
from sqlalchemy.engine import URL, make_url

Row = dict[str, Any]

SAME = 0.002
"""Seconds: Discord's times are cut to milliseconds."""

_numbers = itertools.count(1)


class Store(Protocol):
    url: str

    async def rows(self, statement: str) -> list[Row]: ...

    async def bury(self) -> None:
        """What is left of a lease passes while its worker is dead: the successor takes over at once."""

    async def strike_off(self) -> None:
        """The worker that sleeps has lost its lease, and another one, which did no more, has found that."""

    async def damage(self) -> list[str]:
        """What is wrong with the database itself."""


class SqliteStore:
    def __init__(self, path: Path) -> None:
        self.url = f"sqlite:///{path}"
        self._connection = sqlite3.connect(path, timeout=10, isolation_level=None)
        self._connection.row_factory = sqlite3.Row

    async def rows(self, statement: str) -> list[Row]:
        return [dict(row) for row in self._connection.execute(statement)]

    async def bury(self) -> None:
        """There is one engine at a file: whoever was there before is dead."""

    async def strike_off(self) -> None:
        """Nobody else may come to a file whose engine sleeps."""

    async def damage(self) -> list[str]:
        said = [row[0] for row in self._connection.execute("PRAGMA integrity_check")]
        return [] if said == ["ok"] else said

    def close(self) -> None:
        self._connection.close()


class PostgresStore:
    def __init__(self, url: str, connection: asyncpg.Connection[Any]) -> None:
        self.url = url
        self._connection = connection

    async def rows(self, statement: str) -> list[Row]:
        return [dict(row) for row in await self._connection.fetch(statement)]

    async def bury(self) -> None:
        await self._connection.execute(
            "UPDATE worker SET lease_until = now() - interval '1 second'"
        )

    async def strike_off(self) -> None:
        # The server has lost patience with whatever transaction it sleeps in.
        await self._connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
            " AND xact_start IS NOT NULL AND pid <> pg_backend_pid()"
        )
        await self._connection.execute("DELETE FROM worker")

    async def damage(self) -> list[str]:
        return []


@asynccontextmanager
async def sqlite_store(template: Path, folder: Path) -> AsyncIterator[SqliteStore]:
    path = folder / "rallypoint.db"
    shutil.copyfile(template, path)
    with closing(SqliteStore(path)) as store:
        yield store


@asynccontextmanager
async def postgres_store(server: str, template: str) -> AsyncIterator[PostgresStore]:
    name = f"{template}_chaos_{os.getpid()}_{next(_numbers)}"
    address = make_url(server)
    on_server = await asyncpg.connect(_for_driver(address))
    try:
        await on_server.execute(
            f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY'
        )
        address = address.set(database=name)
        connection = await asyncpg.connect(_for_driver(address))
        try:
            yield PostgresStore(address.render_as_string(hide_password=False), connection)
        finally:
            await connection.close()
            await on_server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    finally:
        await on_server.close()


def _for_driver(address: URL) -> str:
    return address.set(drivername="postgresql").render_as_string(hide_password=False)


def moment(value: Any) -> float:
    """Seconds since 1970, from either database."""
    read = datetime.fromisoformat(value) if isinstance(value, str) else value
    return (read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp()


def read(row: Row) -> Any:
    """Its data, from either database."""
    return json.loads(row["data"]) if isinstance(row["data"], str) else row["data"]
