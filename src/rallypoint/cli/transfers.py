"""`rallypoint import KIND FILE` and `rallypoint export KIND`: what other programs keep in files."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from rallypoint.kernel import settings
from rallypoint.kernel.clock import SystemClock
from rallypoint.kernel.errors import Forbidden, Refused, Unavailable
from rallypoint.kernel.feature import Transfer
from rallypoint.kernel.settings import Settings

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
        notes = await _checked(transfer, file, chosen)
        async with existing(chosen) as database, database.sessions() as session:
            print(await transfer.take_in(session, file, SystemClock().now()))
            print(*notes, sep="\n", end="\n" if notes else "")
            await (session.rollback() if dry_run else session.commit())
        if dry_run:
            print("Nothing was changed.")

    run(work())


async def _checked(transfer: Transfer, file: Path, chosen: Settings) -> Sequence[str]:
    if transfer.check is None:
        return []
    if chosen.token is None:
        return ["The channels were not looked up: there is no RALLYPOINT_TOKEN."]
    from rallypoint.adapters.discord import inspection

    token, discord = chosen.token.get_secret_value(), chosen.discord_url
    try:
        return await transfer.check(file, partial(inspection.find_channels, token, discord))
    except Forbidden:
        return ["The channels were not looked up: Discord does not accept RALLYPOINT_TOKEN."]
    except Unavailable as error:
        return [f"The channels were not looked up: {error}."]


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
