from __future__ import annotations

import difflib
from pathlib import Path
from typing import Annotated

import typer

from rallypoint.kernel import settings
from rallypoint.kernel.clock import SystemClock
from rallypoint.kernel.settings import SettingsInvalid

from .commands import run
from .options import Data

What = Annotated[str, typer.Argument(help="What is in it, such as voice-sessions.")]


def import_(
    what: What,
    file: Annotated[Path, typer.Argument(help="The other program's file; it is only read.")],
    data: Data = None,
) -> None:
    """Take over what another program has kept: all of a file, or nothing of it.

    Run again it adds nothing twice. A file that is damaged is refused, with what is wrong and where.
    """
    chosen = settings.load(data=data)
    from rallypoint.app import catalogue
    from rallypoint.app.storage import existing

    importers = catalogue.importers()
    if what not in importers:
        nearest = difflib.get_close_matches(what, importers, n=1, cutoff=0.0)[0]
        raise SettingsInvalid(f"there is no import of {what!r}; did you mean {nearest}?")

    async def work() -> str:
        async with existing(chosen) as database, database.sessions.begin() as session:
            return await importers[what].run(session, file, SystemClock().now())

    print(run(work()))
