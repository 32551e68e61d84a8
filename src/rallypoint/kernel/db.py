"""The declarative base and its types. Nobody but the edges opens or commits a session."""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, TypeVar, cast

import asyncpg
from sqlalchemy import BigInteger, DateTime, Dialect, Integer, MetaData, TypeDecorator
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import (
    DataError,
    DBAPIError,
    IntegrityError,
    ProgrammingError,
    SQLAlchemyError,
    TimeoutError,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeEngine

from .errors import Unavailable


class _SqliteText(sqlite.DATETIME):
    """The text SQLAlchemy writes as well, by the interpreter's own means: a tenth of the time, five times a job."""

    def bind_processor(self, dialect: Dialect) -> Any:
        return lambda value: value and value.isoformat(" ", "microseconds")

    def result_processor(self, dialect: Dialect, coltype: object) -> Any:
        return lambda value: value and datetime.fromisoformat(value)


def _in_utc(value: datetime | None) -> datetime | None:
    if value is None:
        return None
    if value.tzinfo is None:
        raise ValueError(f"{value!r} has no zone")
    return value.astimezone(UTC)


def _in_words(value: datetime | None) -> str | None:
    # In other zones the two hours of a night in autumn are equal.
    moment = value if value is not None and value.tzinfo is UTC else _in_utc(value)
    return None if moment is None else _words(moment)


@lru_cache(maxsize=64)
def _words(moment: datetime) -> str:
    """One moment stands in many places of what is written together: it is put into words once."""
    return moment.replace(tzinfo=None).isoformat(" ", "microseconds")


class Instant(TypeDecorator[datetime]):
    """An aware moment in UTC, on both databases (SQLite has no zone and compares the text)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "sqlite":
            return dialect.type_descriptor(_SqliteText())  # type: ignore[no-untyped-call]
        return dialect.type_descriptor(DateTime(timezone=True))

    def bind_processor(self, dialect: Dialect) -> Any:
        return _in_words if dialect.name == "sqlite" else _in_utc

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        value = _in_utc(value)
        return value and (value.replace(tzinfo=None) if dialect.name == "sqlite" else value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        moment: datetime = value
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


Serial = BigInteger().with_variant(Integer, "sqlite")
"""A self-counting primary key: SQLite counts only INTEGER by itself."""

Snowflake = BigInteger


DatabaseErrors = (
    SQLAlchemyError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    sqlite3.Error,
    OSError,
)
"""What a use of the database may raise; while connecting, and from the engine's own statements, the driver's own errors
come through."""

_WRONG = (
    ProgrammingError,
    IntegrityError,
    DataError,
    sqlite3.ProgrammingError,
    sqlite3.IntegrityError,
    sqlite3.DataError,
    asyncpg.SyntaxOrAccessError,
    asyncpg.IntegrityConstraintViolationError,
    asyncpg.DataError,
)


def is_outage(error: BaseException) -> bool:
    """The database cannot be reached or did not answer: the same may work later. A wrong statement never will."""
    if isinstance(error, SQLAlchemyError):
        down = isinstance(error, DBAPIError | TimeoutError)
        return down and not isinstance(error, _WRONG)
    return isinstance(error, DatabaseErrors) and not isinstance(error, _WRONG)


@contextmanager
def outages() -> Iterator[None]:
    """One within is raised as Unavailable."""
    try:
        yield
    except DatabaseErrors as error:
        if not is_outage(error):
            raise
        raise Unavailable(f"The database does not answer ({type(error).__name__})") from error


TRIES = 3
T = TypeVar("T")


async def insist(step: Callable[[], Awaitable[T]]) -> T:
    """Do *step*, and again should the database be cut off in the middle: it may then be done twice."""
    for _ in range(TRIES - 1):
        try:
            return await step()
        except DatabaseErrors as error:
            if not is_outage(error):
                raise
    return await step()


def storable(text: str) -> str:
    """Without what a database does not take as text: a NUL in PostgreSQL, half a surrogate pair in both."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}").encode(errors="replace").decode()


async def add_unless_there(session: AsyncSession, model: type[Model], **values: Any) -> bool:
    """Whether the row is new. False: one with its primary key, or another unique one, is there; one that is just being
    added is waited for."""
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    insert = cast(Any, sqlite.insert if is_sqlite else postgresql.insert)
    added: Any = await session.execute(insert(model).values(values).on_conflict_do_nothing())
    return bool(added.rowcount)


class Model(DeclarativeBase):
    """Base of every table."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_N_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
