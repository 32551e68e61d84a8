"""`rallypoint import KIND FILE` and `rallypoint export KIND`: what other programs keep in files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from rallypoint.kernel import settings
from rallypoint.kernel.clock import SystemClock
from rallypoint.kernel.errors import Refused

from .commands import run
from .options import Data

Kind = Annotated[str, typer.Argument(help="What the file holds, such as `tracker`.")]


def take_in(
    kind: Kind,
    file: Annotated[Path, typer.Argument(help="The other program's file.", dir_okay=False)],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")
    ] = False,
    data: Data = None,
) -> None:
    """Take over what another program keeps in a file: all of it, or nothing if it is broken."""
    chosen = settings.load(data=data)
    from rallypoint.app import catalogue
    from rallypoint.app.storage import existing

    transfer = catalogue.transfers().get(kind)
    if transfer is None or transfer.take_in is None:
        known = ", ".join(name for name, each in catalogue.transfers().items() if each.take_in)
        raise Refused("transfer_unknown", kind=kind, known=known)

    async def work() -> None:
        assert transfer is not None
        assert transfer.take_in is not None
        async with existing(chosen) as database, database.sessions() as session:
            counts = await transfer.take_in(session, file, SystemClock().now())
            await (session.rollback() if dry_run else session.commit())
        for words, number in counts.items():
            print(f"{number} {words}")
        if dry_run:
            print("Nothing was changed.")

    run(work())


def write_out(kind: Kind, data: Data = None) -> None:
    """Print what there is, in the shape of another program's file."""
    chosen = settings.load(data=data)
    from rallypoint.app import catalogue
    from rallypoint.app.storage import existing

    transfer = catalogue.transfers().get(kind)
    if transfer is None or transfer.write_out is None:
        known = ", ".join(name for name, each in catalogue.transfers().items() if each.write_out)
        raise Refused("transfer_unknown", kind=kind, known=known)

    async def work() -> str:
        assert transfer is not None
        assert transfer.write_out is not None
        async with existing(chosen) as database, database.sessions() as session:
            return await transfer.write_out(session, SystemClock().now())

    print(run(work()), end="")
