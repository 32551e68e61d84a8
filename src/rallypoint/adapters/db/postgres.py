from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import asyncpg
from sqlalchemy import event, text
from sqlalchemy.engine import URL, ExceptionContext
from sqlalchemy.exc import DBAPIError, InvalidatePoolError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.util import await_only

from rallypoint.kernel.errors import CannotStart

from .lending import Lending

OLDEST = 15
TRUSTED_FOR = 5.0
"""Seconds that an unused connection is taken for alive if nothing says otherwise."""
IDLE_SECONDS = 15
"""That a transaction may wait for us, before the server ends it: we wait for nobody within one."""
TRIES = 3
_LAST_USED = "rallypoint.last_used"


class Connections(Lending):
    """Those to one server."""

    def is_fit(self, entry: ConnectionPoolEntry) -> bool:
        driver: Any = entry.driver_connection
        return super().is_fit(entry) and not driver.is_closed() and _idle_for(entry) <= TRUSTED_FOR

    async def take_back(self, entry: ConnectionPoolEntry) -> None:
        _note_end(None, entry)
        await super().take_back(entry)


def make_engine(
    url: URL, *, json_serializer: Callable[[Any], str], json_deserializer: Callable[[str], Any]
) -> AsyncEngine:
    engine = create_async_engine(
        url,
        json_serializer=json_serializer,
        json_deserializer=json_deserializer,
        # Values are private, and errors are kept and shown.
        hide_parameters=True,
        poolclass=Connections,
        pool_size=10,
        max_overflow=10,
        pool_timeout=10,
        # Each of a few connections soon knows all statements; in turn, each of them would have to learn them all.
        pool_use_lifo=True,
        connect_args={
            "timeout": 10,
            "command_timeout": 60,
            "server_settings": {
                "application_name": "rallypoint",
                # Our statements touch few rows by their keys; the server's default is priced for spinning disks, and
                # for compiling what runs for seconds.
                "random_page_cost": "1.1",
                "jit": "off",
                # A process that is stopped within a transaction would hold its locks, the relay's among them, against
                # all the others.
                "idle_in_transaction_session_timeout": str(IDLE_SECONDS * 1000),
            },
        },
    )
    event.listen(engine.sync_engine, "checkin", _note_end)
    event.listen(engine.sync_engine, "checkout", _check_alive)
    event.listen(engine.sync_engine, "handle_error", _give_up_the_confused)
    return engine


def _note_end(_: object, record: ConnectionPoolEntry) -> None:
    record.info[_LAST_USED] = time.monotonic()


def _idle_for(record: ConnectionPoolEntry) -> float:
    now = time.monotonic()
    return now - float(record.info.get(_LAST_USED, now))


def _check_alive(connection: Any, record: ConnectionPoolEntry, _: object) -> None:
    """A server that was restarted is found out when a connection is taken, not by who then uses it. That one has been
    closed is known by itself; to ask each time would be three more trips for every transaction."""
    driver = connection.driver_connection
    try:
        if driver.is_closed():
            raise InvalidatePoolError("the server has closed the connection")
        if _idle_for(record) > TRUSTED_FOR:
            await_only(driver.fetchrow(";"))
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
        raise InvalidatePoolError(str(error)) from error


def _give_up_the_confused(context: ExceptionContext) -> None:
    """A connection that was cut in the middle of something may not know it, and fail at everything for ever."""
    cause = context.original_exception.__cause__
    if isinstance(cause, asyncpg.InternalClientError) and context.connection is not None:
        context.is_disconnect = True
        context.invalidate_pool_on_disconnect = False


async def check(engine: AsyncEngine) -> None:
    name = engine.url.render_as_string(hide_password=True)
    try:
        version = await _version(engine, tries=TRIES)
    except (SQLAlchemyError, asyncpg.PostgresError, OSError) as error:
        raise CannotStart(f"cannot use the database {name}: {_reason(error)}") from error
    if version // 10_000 < OLDEST:
        raise CannotStart(
            f"the server of {name} is PostgreSQL {version // 10_000}; {OLDEST} or newer is needed"
        )


async def _version(engine: AsyncEngine, *, tries: int) -> int:
    """A server that answered and was then gone is asked again: it may just have been restarted."""
    try:
        async with engine.connect() as connection:
            return int((await connection.execute(text("SHOW server_version_num"))).scalar_one())
    except DBAPIError:
        if tries <= 1:
            raise
    return await _version(engine, tries=tries - 1)


def _reason(error: BaseException) -> str:
    inner = getattr(error, "orig", None) or error
    cause = inner.__cause__ or inner
    match cause:
        case asyncpg.InvalidPasswordError() | asyncpg.InvalidAuthorizationSpecificationError():
            return "user or password is wrong; correct RALLYPOINT_DATABASE_URL"
        case asyncpg.InvalidCatalogNameError():
            return "it does not exist; create it (createdb) or correct RALLYPOINT_DATABASE_URL"
        case OSError():
            return "the server cannot be reached; start it, or correct RALLYPOINT_DATABASE_URL"
        case _:
            return " ".join(str(cause).split()) or type(cause).__name__
