from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from rallypoint.kernel import settings
from rallypoint.kernel.clock import SystemClock
from rallypoint.kernel.people import Operator

from .commands import run as run_work
from .options import AsJson, Data

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from rallypoint.kernel.jobs import Run, Schedule

    Change = Callable[..., Awaitable[Schedule]]

T = TypeVar("T")

app = typer.Typer(
    no_args_is_help=True,
    help="See what recurs and how it went, run it now, pause it.",
)

Which = Annotated[str, typer.Argument(help="Its number or name, as `schedules list` shows them.")]


@app.command(name="list")
def show(data: Data = None, as_json: AsJson = False) -> None:
    """Each schedule: when it is run, when next, and how it went last."""
    from rallypoint.app.machinery import kinds
    from rallypoint.features.schedules import api as schedules

    from . import shown_schedules

    listed = _within(data, lambda session: schedules.listing(session, by=Operator()))
    say = shown_schedules.listing_as_json if as_json else shown_schedules.listing_table
    say(listed, kinds(), SystemClock().now())


@app.command()
def run(which: Which, data: Data = None) -> None:
    """Run it once, beside its turns. The program, if it runs, begins within a second; else when it starts."""
    from rallypoint.features.schedules import api as schedules

    row = _changed(data, which, schedules.run_now)
    print(f"{row.name} is to run now; `rallypoint schedules list` tells how it went.")


@app.command()
def pause(which: Which, data: Data = None) -> None:
    """Have it not run until it is resumed. One of the program's own stays paused over a restart and an upgrade."""
    from rallypoint.features.schedules import api as schedules

    row = _changed(data, which, schedules.pause)
    print(f"{row.name} is paused; `rallypoint schedules resume {row.id}` has it go on.")


@app.command()
def resume(which: Which, data: Data = None) -> None:
    """Have it run again, from its next turn on: what was left out meanwhile stays left out."""
    from rallypoint.features.schedules import api as schedules

    row = _changed(data, which, schedules.resume)
    print(f"{row.name} goes on, next at {row.next_run_at:%Y-%m-%d %H:%M} UTC.")


@app.command()
def history(
    which: Which,
    most: Annotated[int, typer.Option(min=1, max=1000, help="How many runs.")] = 20,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Its last runs, the newest first. Of a sweep only what went wrong is listed."""
    from rallypoint.features.schedules import api as schedules

    from . import shown_schedules

    async def use(session: AsyncSession) -> Sequence[Run]:
        found = await schedules.called(session, which, by=Operator())
        return await schedules.history(session, found.schedule.id, by=Operator(), most=most)

    runs = _within(data, use)
    (shown_schedules.history_as_json if as_json else shown_schedules.history_table)(runs)


def _changed(data: Path | None, which: str, change: Change) -> Schedule:
    from rallypoint.features.schedules import api as schedules

    async def use(session: AsyncSession) -> Schedule:
        found = await schedules.called(session, which, by=Operator())
        now = SystemClock().now()
        return await change(session, found.schedule.id, by=Operator(), now=now)

    return _within(data, use)


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
