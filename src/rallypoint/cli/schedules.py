from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from rallypoint.kernel import settings
from rallypoint.kernel.clock import SystemClock
from rallypoint.kernel.errors import NotFound

from .commands import run as run_work
from .options import AsJson, Data

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from rallypoint.kernel.jobs.schedules import Listed

T = TypeVar("T")

app = typer.Typer(
    no_args_is_help=True,
    help="See what recurs and how it went, and run it now.",
)

Which = Annotated[str, typer.Argument(help="Its number or name, as `schedules list` shows them.")]


@app.command(name="list")
def show(data: Data = None, as_json: AsJson = False) -> None:
    """Each schedule: when it is run, when next, and how it went last."""
    from rallypoint.kernel.jobs import schedules

    from . import shown_schedules

    listed = _within(data, schedules.listing)
    (shown_schedules.listing_as_json if as_json else shown_schedules.listing_table)(listed)


@app.command()
def run(which: Which, data: Data = None) -> None:
    """Run it once, beside its turns. The program, if it runs, begins within a second; else when it starts."""
    from rallypoint.kernel.jobs import schedules

    async def use(session: AsyncSession) -> str:
        found = await _find(session, which)
        await schedules.run_now(session, found.schedule.id, now=SystemClock().now())
        return found.schedule.name

    print(f"{_within(data, use)} is to run now; `rallypoint schedules list` tells how it went.")


@app.command()
def history(
    which: Which,
    most: Annotated[int, typer.Option(min=1, max=1000, help="How many runs.")] = 20,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Its last runs, the newest first. Of a sweep only what went wrong is listed."""
    from rallypoint.kernel.jobs import Run, schedules

    from . import shown_schedules

    async def use(session: AsyncSession) -> list[Run]:
        found = await _find(session, which)
        return list(await schedules.history(session, found.schedule.id, most=most))

    runs = _within(data, use)
    (shown_schedules.history_as_json if as_json else shown_schedules.history_table)(runs)


async def _find(session: AsyncSession, which: str) -> Listed:
    from rallypoint.kernel.jobs import schedules

    for each in await schedules.listing(session):
        if which in (str(each.schedule.id), each.schedule.name):
            return each
    raise NotFound("schedule_unknown", schedule=which)


def _within(data: Path | None, use: Callable[[AsyncSession], Awaitable[T]]) -> T:
    """One transaction on a database that is there, up to date, and knows the built-in schedules."""
    chosen = settings.load(data=data)
    from rallypoint.app import catalogue
    from rallypoint.app.storage import existing
    from rallypoint.kernel.jobs import ensure_builtins

    async def work() -> T:
        async with existing(chosen) as database, database.sessions.begin() as session:
            now = SystemClock().now()
            await ensure_builtins(session, catalogue.schedules(), now, again=False)
            return await use(session)

    return run_work(work())
