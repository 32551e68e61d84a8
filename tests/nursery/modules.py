"""What a program imports only once it runs, or only for some commands."""

from __future__ import annotations

import importlib

LATER = (
    "aiosqlite",
    "asyncpg",
    "rallypoint.app.demo.run",
    "rallypoint.app.doctor",
    "rallypoint.app.program",
    "rallypoint.app.worker",
    "rallypoint.cli.words",
    "sqlalchemy.dialects.postgresql.asyncpg",
    "sqlalchemy.dialects.sqlite.aiosqlite",
    "uvicorn.lifespan.off",
    "uvicorn.protocols.http.auto",
    "uvicorn.protocols.http.httptools_impl",
    "uvicorn.protocols.websockets.auto",
)


def warm() -> None:
    for name in LATER:
        importlib.import_module(name)
