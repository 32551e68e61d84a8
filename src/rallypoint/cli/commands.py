from __future__ import annotations

import asyncio
import sys
from collections.abc import Coroutine
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from rallypoint.adapters.telemetry import logs, tracking
from rallypoint.kernel import settings
from rallypoint.kernel.settings import Settings, SettingsInvalid

from .options import AsJson, Data, Port

if sys.platform == "win32":
    new_event_loop = asyncio.new_event_loop
else:
    from uvloop import new_event_loop

T = TypeVar("T")

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def run(work: Coroutine[Any, Any, T]) -> T:
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        return runner.run(work)


def _show_version(wanted: bool) -> None:
    if wanted:
        print(f"rallypoint {version('rallypoint')}")
        raise typer.Exit


@app.callback()
def rallypoint(
    _: Annotated[
        bool,
        typer.Option(
            "--version", callback=_show_version, is_eager=True, help="Say the version and leave."
        ),
    ] = False,
) -> None:
    """Gathers a Discord community's players: voice rooms that appear and vanish by themselves, a
    truthful record of who was in voice, and one scheduler behind it all.

    To play with it, without a token:  [bold]rallypoint demo[/]
    To run it:  set RALLYPOINT_TOKEN, then  [bold]rallypoint invite[/]  and  [bold]rallypoint up[/]

    It is set up by RALLYPOINT_* in the environment, or in a file .env in the current folder.
    """


@app.command()
def up(
    data: Data = None,
    host: Annotated[
        str | None,
        typer.Option(help="The address to listen on (RALLYPOINT_HOST; without it 127.0.0.1)."),
    ] = None,
    port: Port = None,
) -> None:
    """Run everything in this process: bot, scheduler and dashboard.

    Needs RALLYPOINT_TOKEN. The database is made, or brought up to date, at the start. Ends on
    SIGTERM or Ctrl-C within a few seconds; nothing is lost if it is killed.
    """
    chosen = settings.load(data=data, host=host, port=port)
    _log(chosen)
    from rallypoint.app import program
    from rallypoint.app.lifecycle import until_signalled

    run(until_signalled(program.up(chosen)))


@app.command()
def worker() -> None:
    """Run one more scheduler beside `up`, for what needs no connection to Discord.

    Needs the PostgreSQL database that `up` works with (RALLYPOINT_DATABASE_URL), but no token.
    Start as many as you want; nothing is lost if one is killed.
    """
    chosen = settings.load()
    _log(chosen)
    from rallypoint.app.lifecycle import until_signalled
    from rallypoint.app.worker import work

    run(until_signalled(work(chosen)))


@app.command()
def demo(
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="The dashboard's; 0: any free.")
    ] = 8080,
    discord_port: Annotated[
        int, typer.Option(min=0, max=65535, help="The local Discord's; 0: any free.")
    ] = 8200,
    data: Annotated[
        Path | None,
        typer.Option(
            file_okay=False,
            help="Keep the world and the database here; without it they are gone at the end.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Play with it, without a token: a local Discord, a demo guild, the bot and the dashboard.

    With --json it prints one line once all is ready: dashboard, discord, control, token (Alice's,
    for the REST interface), guild_id, members and channels.
    """
    logs.set_up(level="warning", form="auto")
    from rallypoint.app.demo.run import Options, play
    from rallypoint.app.lifecycle import until_signalled

    from . import shown

    say = shown.scene_as_json if as_json else shown.what_to_click
    run(until_signalled(play(Options(port, discord_port, data), ready=say)))


@app.command()
def doctor(as_json: AsJson = False, data: Data = None) -> None:
    """Look for what would keep the program from working, and say what mends it.

    Each line is ok, a warning or a failure; the exit code is 1 if there is a failure. It changes
    nothing, and may be run while the program runs.
    """
    problems: tuple[str, ...] = ()
    chosen = None
    try:
        chosen = settings.load(data=data)
    except SettingsInvalid as error:
        problems = error.problems
    from rallypoint.app.doctor import examine, failure

    from . import shown

    if chosen is None:
        findings = [failure("settings", each, "") for each in problems]
    else:
        logs.set_up(level="error", form=chosen.log_format, secrets=chosen.secrets)
        findings = run(examine(chosen))
    (shown.findings_as_json if as_json else shown.findings_table)(findings)
    if shown.has_failure(findings):
        raise typer.Exit(1)


@app.command()
def migrate(data: Data = None) -> None:
    """Make the database, or bring it up to date (as `up` does at its start).

    An SQLite file is copied beside itself first.
    """
    chosen = settings.load(data=data)
    _log(chosen)
    from rallypoint.app.storage import up_to_date

    async def work() -> None:
        async with up_to_date(chosen):
            print("The database is up to date.")

    run(work())


@app.command()
def invite(
    client_id: Annotated[
        int | None, typer.Option(help="The application's id; without it taken from the token.")
    ] = None,
) -> None:
    """Print the link by which an admin adds the bot to a server, with the least permissions."""
    chosen = settings.load()
    from rallypoint.app.invite import client_id_of, link

    print(link(client_id or client_id_of(chosen)))


def _log(chosen: Settings) -> None:
    """Raise CannotStart if errors cannot be told where they are to be."""
    logs.set_up(level=chosen.log_level, form=chosen.log_format, secrets=chosen.secrets)
    if tracking.is_wanted(chosen):
        from rallypoint.adapters.telemetry import sentry

        sentry.set_up(chosen)
