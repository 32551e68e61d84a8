from __future__ import annotations

import os
import secrets
import socket

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from .postgres import PostgresStore
from .sqlite import SqliteStore
from .store import Store


def store_for(sessions: async_sessionmaker[AsyncSession]) -> Store:
    sqlite = sessions.kw["bind"].dialect.name == "sqlite"
    return (SqliteStore if sqlite else PostgresStore)(sessions, new_worker())


def new_worker() -> str:
    """A name nobody had before, and that says to people which process it is."""
    return f"{socket.gethostname()[:30]}:{os.getpid()}:{secrets.token_hex(4)}"
