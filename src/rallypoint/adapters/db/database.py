from __future__ import annotations

from types import TracebackType
from typing import Any, Self

import orjson
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from rallypoint.kernel.errors import CannotStart
from rallypoint.kernel.vault import LENT, Vault

from . import postgres, sqlite
from .sqlite import READING

_ACCEPTED = "write it like sqlite:///path/to/file.db or postgresql://user:password@host/name"
_DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "sqlite+aiosqlite": "sqlite+aiosqlite",
    "postgres": "postgresql+asyncpg",
    "postgresql": "postgresql+asyncpg",
    "postgresql+asyncpg": "postgresql+asyncpg",
}


class Database:
    """Good until it is closed; also an asynchronous context manager which does that."""

    def __init__(self, engine: AsyncEngine, vault: Vault | None = None) -> None:
        self.engine = engine
        self.vault = vault or Vault(_no_keys)
        self.sessions: async_sessionmaker[AsyncSession] = async_sessionmaker(
            engine, expire_on_commit=False, info={LENT: self.vault}
        )
        self.reading: async_sessionmaker[AsyncSession] = async_sessionmaker(
            engine.execution_options(**{READING: True}),
            expire_on_commit=False,
            info={LENT: self.vault},
        )
        """For what only reads: on SQLite it takes no lock to write, and so waits for no other process."""

    @classmethod
    async def open(cls, url: str, vault: Vault | None = None) -> Self:
        """*url*: `sqlite:///file` or `postgresql://user:password@host/name`, with or without our driver's name.
        Without a *vault* no secret is written or read.

        Raises CannotStart when it cannot be reached or used.
        """
        address = _parse(url)
        backend = sqlite if address.get_backend_name() == "sqlite" else postgres
        engine = backend.make_engine(
            address, json_serializer=_to_json, json_deserializer=_from_json
        )
        try:
            await backend.check(engine)
        except CannotStart:
            await engine.dispose()
            raise
        return cls(engine, vault)

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self.engine.dialect.name

    @property
    def name(self) -> str:
        """For people: no password."""
        return self.engine.url.render_as_string(hide_password=True)

    async def close(self) -> None:
        await self.engine.dispose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()


def _no_keys() -> list[str]:
    raise RuntimeError("this database was opened without a key for its secrets")


_KNOWN = {"host", "port", "ssl"}
_TLS = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")


def _parse(url: str) -> URL:
    try:
        address = make_url(url)
    except (ArgumentError, ValueError):
        raise CannotStart(f"the database URL cannot be read; {_ACCEPTED}") from None
    driver = _DRIVERS.get(address.drivername)
    if driver is None:
        kind = address.drivername
        raise CannotStart(f"databases of the kind {kind!r} are not supported; {_ACCEPTED}")
    if driver.startswith("postgresql"):
        address = _with_tls(address)
    return address.set(drivername=driver)


def _with_tls(address: URL) -> URL:
    """`?sslmode=require`, as providers write it: our driver calls it otherwise."""
    given = {"ssl" if name == "sslmode" else name: each for name, each in address.query.items()}
    if not given.keys() <= _KNOWN or given.get("ssl", "prefer") not in _TLS:
        raise CannotStart(
            f"behind the database URL's ? may stand host, port and sslmode (one of {', '.join(_TLS)})"
        )
    return address.set(query=given)


def _from_json(value: Any) -> Any:
    # A column declared JSON has numeric affinity in SQLite: what is a number alone comes back as one.
    return orjson.loads(value) if isinstance(value, str) else value


def _to_json(value: Any) -> str:
    return orjson.dumps(value).decode()
