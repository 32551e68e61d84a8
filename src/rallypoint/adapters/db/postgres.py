from __future__ import annotations

from collections.abc import Callable
from typing import Any

import asyncpg
from sqlalchemy import text
from sqlalchemy.engine import URL
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from rallypoint.kernel.errors import CannotStart

OLDEST = 15


def make_engine(
    url: URL, *, json_serializer: Callable[[Any], str], json_deserializer: Callable[[str], Any]
) -> AsyncEngine:
    return create_async_engine(
        url,
        json_serializer=json_serializer,
        json_deserializer=json_deserializer,
        # Values are private, and errors are kept and shown.
        hide_parameters=True,
        pool_size=10,
        max_overflow=10,
        pool_timeout=10,
        # A server that was restarted is found out when a connection is taken, not by who then uses it.
        pool_pre_ping=True,
        connect_args={
            "timeout": 10,
            "command_timeout": 60,
            "server_settings": {
                "application_name": "rallypoint",
                # Our statements touch few rows by their keys; the server's default is priced for spinning disks, and
                # for compiling what runs for seconds.
                "random_page_cost": "1.1",
                "jit": "off",
            },
        },
    )


async def check(engine: AsyncEngine) -> None:
    name = engine.url.render_as_string(hide_password=True)
    try:
        async with engine.connect() as connection:
            version = (await connection.execute(text("SHOW server_version_num"))).scalar_one()
    except (SQLAlchemyError, asyncpg.PostgresError, OSError) as error:
        raise CannotStart(f"cannot use the database {name}: {_reason(error)}") from error
    if int(version) // 10_000 < OLDEST:
        raise CannotStart(
            f"the server of {name} is PostgreSQL {int(version) // 10_000}; {OLDEST} or newer is needed"
        )


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
