"""What is done to the database as a whole, beside the program's own connections."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import cast

from sqlalchemy import URL, text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from rallypoint.features.upkeep import rules
from rallypoint.kernel.db import Model
from rallypoint.kernel.errors import Refused

BUSY = 30.0
"""Seconds to wait for the one who writes."""
INCREMENTAL = 2
"""https://www.sqlite.org/pragma.html#pragma_auto_vacuum"""
MOST_PAGES = 10_000
"""Of 4 kB, at a time: nobody else can write meanwhile."""


async def maintain(
    sessions: async_sessionmaker[AsyncSession], *, most_pages: int = MOST_PAGES
) -> bool:
    """Whether the room of what was deleted comes back."""
    engine = cast(AsyncEngine, sessions.kw["bind"])
    if engine.dialect.name == "sqlite":
        return await asyncio.to_thread(_maintain_file, _path_of(engine), most_pages)
    # VACUUM cannot be in a transaction.
    async with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        for table in sorted(Model.metadata.tables):
            await connection.execute(text(f'VACUUM (ANALYZE) "{table}"'))
    return True


async def back_up(
    sessions: async_sessionmaker[AsyncSession],
    config: rules.BackupConfig,
    *,
    due_at: datetime,
    data: Path,
) -> Path:
    """A whole copy, which is there under its name only once it is whole. Raise Refused without the means."""
    engine = cast(AsyncEngine, sessions.kw["bind"])
    on_sqlite = engine.dialect.name == "sqlite"
    beside = _path_of(engine).parent if on_sqlite else data
    folder = Path(config.folder) if config.folder else beside / "backups"
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / rules.backup_name(due_at, ".db" if on_sqlite else ".dump")
    partial = target.with_name(f"{target.name}.partial")
    partial.unlink(missing_ok=True)
    if on_sqlite:
        await asyncio.to_thread(_copy_file, _path_of(engine), partial)
    else:
        await _dump(engine.url, partial)
    partial.chmod(0o600)
    partial.replace(target)
    there = [path.name for path in folder.iterdir() if path.suffix == target.suffix]
    for name in rules.outdated(there, config.keep):
        (folder / name).unlink(missing_ok=True)
    return target


def _path_of(engine: AsyncEngine) -> Path:
    return Path(engine.url.database or "")


def _maintain_file(path: Path, most_pages: int) -> bool:
    with closing(sqlite3.connect(path, timeout=BUSY, isolation_level=None)) as connection:
        # A sample of each index is enough, and bounds how long nobody else can write.
        connection.execute("PRAGMA analysis_limit = 1000")
        connection.execute("ANALYZE")
        gives_back = _gives_back(connection, most_pages)
        # As a script: each page is a step of its own, and the driver takes only the first of a statement without rows.
        connection.executescript(f"PRAGMA incremental_vacuum({most_pages})")
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
    return gives_back


def _gives_back(connection: sqlite3.Connection, most_pages: int) -> bool:
    """Whether the file can shrink in steps. One made by an older version is made so, if that takes but a moment."""
    [mode] = connection.execute("PRAGMA auto_vacuum").fetchone()
    if mode == INCREMENTAL:
        return True
    [pages] = connection.execute("PRAGMA page_count").fetchone()
    if pages > most_pages:
        return False
    connection.execute(f"PRAGMA auto_vacuum = {INCREMENTAL}")
    connection.execute("VACUUM")
    return True


def _copy_file(source: Path, target: Path) -> None:
    # In one step: a copy in several starts anew whenever somebody writes. In WAL mode it keeps nobody waiting.
    with (
        closing(sqlite3.connect(source, timeout=BUSY)) as here,
        closing(sqlite3.connect(target)) as there,
    ):
        here.backup(there)


async def _dump(url: URL, target: Path) -> None:
    program = shutil.which("pg_dump")
    if program is None:
        raise Refused("backup_needs_pg_dump")
    address = URL.create(
        "postgresql", url.username, None, url.host, url.port, url.database
    ).render_as_string()
    # Not in the arguments, which every user of the machine may read.
    environment = os.environ | ({"PGPASSWORD": str(url.password)} if url.password else {})
    process = await asyncio.create_subprocess_exec(
        program,
        *("--format=custom", f"--file={target}", f"--dbname={address}", "--no-password"),
        env=environment,
        stdin=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        _, said = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        raise OSError(
            f"pg_dump ended with {process.returncode}: {said.decode(errors='replace')[:500]}"
        )
