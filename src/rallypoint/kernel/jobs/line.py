from __future__ import annotations

import asyncio
from typing import Any, cast

import asyncpg
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

_SETTINGS = {
    "plan_cache_mode": "force_generic_plan",
    "enable_seqscan": "off",
    "enable_bitmapscan": "off",
    "enable_mergejoin": "off",
}
"""Its few statements go by an index each, whether the table is empty or has a million rows: they are planned once, and
not by what the table looked like just then."""
_SET = "".join(f"SET {name} = {value};" for name, value in _SETTINGS.items())
_UNSET = "".join(f"RESET {name};" for name in _SETTINGS)


class Line:
    """A connection of the engine's own, one statement at a time; made at the first, and anew when it was cut.

    The driver keeps what it was given prepared.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._connection: AsyncConnection | None = None
        self._turn = asyncio.Lock()

    async def fetch(self, statement: str, *arguments: Any) -> list[asyncpg.Record]:
        """A transaction of its own."""
        async with self._turn:
            return await (await self._open()).fetch(statement, *arguments)

    async def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is None:
            return
        driver = await driver_of(connection)
        try:
            if not driver.is_closed():
                await driver.execute(_UNSET)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
            # With these settings it must not come to serve somebody else.
            await connection.invalidate()
        finally:
            await connection.close()

    async def _open(self) -> asyncpg.Connection[Any]:
        if self._connection is not None:
            known = await driver_of(self._connection)
            if not known.is_closed():
                return known
            await self.close()
        self._connection = await self._engine.connect()
        driver = await driver_of(self._connection)
        await driver.execute(_SET)
        return driver


async def driver_of(connection: AsyncConnection) -> asyncpg.Connection[Any]:
    raw = await connection.get_raw_connection()
    return cast("asyncpg.Connection[Any]", raw.driver_connection)
