"""The data folder and the database in it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from rallypoint.adapters.db import Database, check_revision, migrate
from rallypoint.adapters.vault import keys_of
from rallypoint.kernel.errors import CannotStart
from rallypoint.kernel.settings import Settings
from rallypoint.kernel.vault import Vault


async def open_database(settings: Settings, *, is_home: bool = False) -> Database:
    """Make the folder and the file, if they are not there. Raise CannotStart if that is not possible."""
    try:
        settings.data.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CannotStart(
            f"the data folder {settings.data} cannot be made ({error.strerror});"
            " set RALLYPOINT_DATA to a folder that this user may write"
        ) from None
    return await Database.open(settings.database, vault_of(settings, is_home=is_home))


def vault_of(settings: Settings, *, is_home: bool = False) -> Vault:
    """*is_home*: the program runs here. Elsewhere no key is made for a database that is not here either."""
    may_make = is_home or sqlite_file(settings) is not None
    return Vault(partial(keys_of, settings, may_make=may_make))


def sqlite_file(settings: Settings) -> Path | None:
    scheme, _, path = settings.database.partition(":///")
    return Path(path) if scheme.startswith("sqlite") else None


@asynccontextmanager
async def existing(settings: Settings) -> AsyncIterator[Database]:
    """The database as it is; closed at the end. Raise CannotStart if there is none, or it is of another version."""
    file = sqlite_file(settings)
    if file is not None and not file.exists():
        raise CannotStart(
            f"there is no database at {file} yet; name its folder with --data,"
            " or make it with `rallypoint migrate`"
        )
    async with await Database.open(settings.database, vault_of(settings)) as database:
        await check_revision(database)
        yield database


@asynccontextmanager
async def up_to_date(settings: Settings) -> AsyncIterator[Database]:
    """The database with this version's tables; closed at the end."""
    async with await open_database(settings) as database:
        await migrate(database)
        yield database
